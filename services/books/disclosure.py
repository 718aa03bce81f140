"""A year's contributions and what was done with them, as they are published by 31 March of the next year
(Nghị định 03/2026).

Organisations and collectives are named. Persons and households are named only where they consented to
`PURPOSE`, by the consents that stand when the list is made; all others are counted and summed by kind. What
went between the funds of the list is in none of its sums.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from events.refusals import Language
from events.vocabulary import PartyKind
from services.books.flows import Flow, Flows, NotAddingUpError, Total
from services.books.terms import labels
from workers.accounts import label

PURPOSE = "disclosure"
"""What persons consent to who may be named."""


class GivenItem(msgspec.Struct, frozen=True):
    """Goods in a contribution; words as the lists of terms have them."""

    what: str
    label: str
    quantity: int
    unit: str
    unit_label: str


class Contribution(msgspec.Struct, frozen=True):
    """A gift of somebody who is named. Goods are at appraised value."""

    donor_kind: PartyKind
    donor: str
    occurred_on: dt.date
    fund_id: str
    money: int
    goods: int
    items: list[GivenItem]
    purpose: str | None
    purpose_label: str | None
    corrects: bool
    """It takes back a gift of an earlier year: sums and quantities are negative."""
    event_id: UUID


class Unnamed(msgspec.Struct, frozen=True):
    """All gifts of one kind of donor that are not named."""

    donor_kind: PartyKind
    label: str
    gifts: int
    """Less those of earlier years that were taken back."""
    money: int
    goods: int


class AwardLine(msgspec.Struct, frozen=True):
    """Awards of one category, with how many they went to."""

    category: str
    label: str
    recipients: int
    measure: str
    """What recipients are counted in: `person`, `person_turn` (the same person may count twice), `award`."""
    money: int
    goods: int


class Disclosure(msgspec.Struct, frozen=True):
    """The list of one year, in đồng. Goods are at appraised value and in no sum of money."""

    unit_id: str
    name: str
    year: int
    from_date: dt.date
    to_date: dt.date
    as_known: int
    """The position up to which events are counted; who may be named goes by the consents of `made_on`."""
    made_on: dt.date
    consent_purpose: str
    funds: int
    money: Total
    goods: Total
    contributed_money: int
    contributed_goods: int
    contributions: list[Contribution]
    """By day."""
    unnamed: list[Unnamed]
    other_sources: list[Flow]
    """Opening balances, transfers from funds not in this list, surpluses on counting."""
    awards: list[AwardLine]
    other_uses: list[Flow]
    """Costs by purpose, transfers to funds not in this list, losses on counting."""


class Given(NamedTuple):
    """A gift, before it is known who may be named."""

    event_id: UUID
    fund_id: str
    occurred_on: dt.date
    donor_kind: PartyKind
    name: str | None
    person_id: UUID | None
    money: int
    goods: int
    purpose: str | None
    corrects: bool
    items: list[GivenItem]


# $1 funds, $2 first day, $3 last day, $4 position. A gift and its reversal in one year: neither is listed.
_GIVEN = """
    SELECT m.event_id, m.fund_id, m.position, m.occurred_on, m.party_kind, m.party_name, m.party_person,
        m.pocket, m.amount, m.purpose, m.reversal_of IS NOT NULL AS corrects
    FROM read_funds.movement m
    WHERE m.fund_id IN (SELECT unnest($1::text[])) AND m.occurred_on BETWEEN $2 AND $3 AND m.position <= $4
        AND m.kind = 'DonationReceived'
        AND NOT EXISTS (SELECT FROM read_funds.movement o WHERE o.occurred_on BETWEEN $2 AND $3
            AND o.position <= $4 AND o.event_id IN (m.reversal_of, m.reversed_by))
    ORDER BY m.occurred_on, m.position
"""
_ITEMS = """
    SELECT event_id, what, quantity, unit FROM read_funds.item
    WHERE event_id IN (SELECT unnest($1::uuid[])) ORDER BY position, line
"""
_AWARDS = """
    SELECT m.category, a.measure,
        sum(CASE WHEN m.reversal_of IS NULL THEN a.recipients ELSE -a.recipients END)::bigint AS recipients,
        -coalesce(sum(m.amount) FILTER (WHERE m.pocket <> 'goods'), 0)::bigint AS money,
        -coalesce(sum(m.amount) FILTER (WHERE m.pocket = 'goods'), 0)::bigint AS goods
    FROM read_funds.movement m JOIN read_funds.award a ON a.event_id = coalesce(m.reversal_of, m.event_id)
    WHERE m.fund_id IN (SELECT unnest($1::text[])) AND m.occurred_on BETWEEN $2 AND $3 AND m.position <= $4
        AND m.kind = 'AwardGranted'
    GROUP BY 1, 2 ORDER BY 1, 2
"""
_CONSENTED = """
    SELECT DISTINCT right(stream, 36)::uuid AS person_id FROM log.events
    WHERE type = 'ConsentGiven' AND subject = $2
        AND stream IN (SELECT 'person-' || person_id FROM unnest($1::uuid[]) AS p (person_id))
"""


async def given(
    connection: Any, fund_ids: Sequence[str], first: dt.date, last: dt.date, known: int
) -> list[Given]:
    """Every gift of the period, by day."""
    rows = await connection.fetch(_GIVEN, list(fund_ids), first, last, known)
    things, units = await labels(connection, "item"), await labels(connection, "item_unit")
    items: dict[UUID, list[GivenItem]] = {}
    of_goods = [row["event_id"] for row in rows if row["pocket"] == "goods"]
    for row in await connection.fetch(_ITEMS, of_goods):
        what, unit = row["what"], row["unit"]
        item = GivenItem(what, things.get(what, what), row["quantity"], unit, units.get(unit, unit))
        items.setdefault(row["event_id"], []).append(item)
    return [
        Given(
            row["event_id"],
            row["fund_id"],
            row["occurred_on"],
            row["party_kind"],
            row["party_name"],
            row["party_person"],
            0 if row["pocket"] == "goods" else row["amount"],
            row["amount"] if row["pocket"] == "goods" else 0,
            row["purpose"],
            row["corrects"],
            items.get(row["event_id"], []),
        )
        for row in rows
    ]


async def awards(
    connection: Any, fund_ids: Sequence[str], first: dt.date, last: dt.date, known: int, language: Language
) -> list[AwardLine]:
    """By category and what recipients are counted in."""
    rows = await connection.fetch(_AWARDS, list(fund_ids), first, last, known)
    return [
        AwardLine(
            row["category"],
            label(f"expenses:award:money:{row['category']}", language)[-1],
            row["recipients"],
            row["measure"],
            row["money"],
            row["goods"],
        )
        for row in rows
    ]


async def ever_consented(connection: Any, person_ids: Iterable[UUID]) -> list[UUID]:
    """Those of the persons for whom consent was once given: only their histories need be looked at. The
    connection must see the whole log."""
    rows = await connection.fetch(_CONSENTED, list(person_ids), PURPOSE)
    return [row["person_id"] for row in rows]


def listed(
    gifts: Iterable[Given], names: Mapping[UUID, str], terms: Mapping[str, str], language: Language
) -> tuple[list[Contribution], list[Unnamed]]:
    """Who is named, and everybody else by kind. `names`: of persons who may be named."""
    named: list[Contribution] = []
    others: dict[PartyKind, Unnamed] = {}
    for gift in gifts:
        donor = names.get(gift.person_id) if gift.person_id else gift.name
        if donor:
            purpose = terms.get(gift.purpose, gift.purpose) if gift.purpose else None
            named.append(
                Contribution(
                    gift.donor_kind, donor, gift.occurred_on, gift.fund_id, gift.money, gift.goods,
                    gift.items, gift.purpose, purpose, gift.corrects, gift.event_id,
                )
            )  # fmt: skip
            continue
        kind = gift.donor_kind
        so_far = others.get(kind) or Unnamed(kind, label(f"income:money:{kind}", language)[-1], 0, 0, 0)
        others[kind] = msgspec.structs.replace(
            so_far,
            gifts=so_far.gifts + (-1 if gift.corrects else 1),
            money=so_far.money + gift.money,
            goods=so_far.goods + gift.goods,
        )
    return named, [others[kind] for kind in sorted(others)]


def check(made: Disclosure, found: Flows) -> None:
    """The lists sum to what the books say. Raises `NotAddingUpError`."""
    wrong = {}
    for sort in ("money", "goods"):
        gifts: list[Any] = [*made.contributions, *made.unnamed]
        listed_ = sum(getattr(line, sort) for line in gifts)
        booked = sum(getattr(f, sort) for f in found.sources if f.kind == "donation")
        wrong[f"contributions.{sort}"] = listed_ - booked
        paid = sum(getattr(line, sort) for line in made.awards)
        wrong[f"awards.{sort}"] = paid - sum(getattr(f, sort) for f in found.uses if f.kind == "award")
    if wrong := {where: difference for where, difference in wrong.items() if difference}:
        raise NotAddingUpError(wrong)
