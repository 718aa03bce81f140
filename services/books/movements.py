"""Balances and movements out of the read model `funds`, on any day, as known at any position.

Money (cash and bank) and goods are summed apart. Sums come from `fund_day`, a row for each day of life and of
recording; only of the last day in question are single movements added up.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from events.vocabulary import PartyKind, Pocket
from services.books.known import Known

Place = tuple[dt.date, int, int]
"""Where a movement stands in the book: day, position, line."""


class Balances(msgspec.Struct, frozen=True):
    """What lies in each pocket, in đồng. Goods are at appraised value and in no other sum."""

    cash: int
    bank: int
    money: int
    """Cash and bank."""
    goods: int


class Voucher(msgspec.Struct, frozen=True):
    """The receipt (`pt`) or payment (`pc`) voucher of an entry."""

    unit_id: str
    series: str
    year: int
    number: int


class Counterparty(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who gave or was paid; of a transfer the other fund."""

    kind: PartyKind | None = None
    name: str | None = None
    person_id: UUID | None = None
    fund_id: str | None = None


class Movement(msgspec.Struct, frozen=True):
    """What one entry did to one pocket, in đồng: what comes in is positive, what goes out negative."""

    position: int
    event_id: UUID
    fund_id: str
    type: str
    occurred_on: dt.date
    recorded_at: dt.datetime
    recorded_by: UUID | None
    pocket: Pocket
    amount: int
    balance: int
    """Of that pocket after it; of a whole unit's: of its sort of value, what is on its way included."""
    money: int
    """Cash and bank after it; of a whole unit's: with what is on its way."""
    late: bool
    """Something of a later day had been recorded before it."""
    counterparty: Counterparty | None
    purpose: str | None
    category: str | None
    voucher: Voucher | None
    payment_id: str | None
    approval: UUID | None
    """The event that approved the payment."""
    approved_by: UUID | None
    transfer_id: str | None
    other_half: UUID | None
    """The event at the other end of a transfer; null: in transit."""
    reversal_of: UUID | None
    reversed_by: UUID | None


POCKETS = ("cash", "bank", "goods")

# $1 funds, $2 position, $3 first day not counted, $4 whole days of recording before it, $5 what those held
_BEFORE = """
    SELECT fund_id, pocket, amount FROM read_funds.fund_day
    WHERE fund_id IN (SELECT unnest($1::text[])) AND occurred_on < $3 AND recorded_on < $4
    UNION ALL
    SELECT fund_id, pocket, amount FROM read_funds.movement
    WHERE fund_id IN (SELECT unnest($1::text[])) AND position > $5 AND position <= $2 AND occurred_on < $3
"""
_SUMS = f"SELECT fund_id, pocket, sum(amount)::bigint AS amount FROM ({_BEFORE}) s GROUP BY 1, 2"

_OPENING = f"""
    SELECT pocket, sum(amount)::bigint AS amount FROM (
        {_BEFORE}
        UNION ALL
        SELECT fund_id, pocket, amount FROM read_funds.movement
        WHERE fund_id IN (SELECT unnest($1::text[])) AND occurred_on = $3 AND position <= $2
            AND (position, line) <= ($6, $7::bigint)
    ) s GROUP BY pocket
"""

# A link is shown if what it leads to was known: a later reversal is not part of an earlier book. The row of
# what was sent names the receipt that stands today; the one that stood at $2 is looked up.
COLUMNS = """
    m.*,
    (SELECT min(r.position) FROM read_funds.movement r WHERE r.event_id = m.reversed_by) AS reversed_at,
    CASE type WHEN 'TransferSent' THEN (
        SELECT o.event_id FROM read_funds.movement o
        WHERE o.transfer_id = m.transfer_id AND o.type = 'TransferReceived' AND o.other_fund = m.fund_id
            AND o.position <= $2 AND NOT EXISTS (
                SELECT FROM read_funds.movement r WHERE r.event_id = o.reversed_by AND r.position <= $2)
        ORDER BY o.position DESC LIMIT 1
    ) ELSE other_half END AS other_then
"""
_PAGE = f"""
    SELECT {COLUMNS} FROM read_funds.movement m
    WHERE fund_id = $1 AND position <= $2 AND occurred_on <= $3
        AND (occurred_on, position, line) > ($4, $5, $6::bigint)
    ORDER BY occurred_on, position, line LIMIT $7
"""


async def balances(
    connection: Any, fund_ids: Sequence[str], day: dt.date, known: Known
) -> dict[str, dict[str, int]]:
    """fund → pocket → đồng at the end of a day."""
    held: dict[str, dict[str, int]] = {fund_id: {} for fund_id in fund_ids}
    after = day + dt.timedelta(days=1) if day < dt.date.max else day  # nothing is dated then
    for row in await connection.fetch(
        _SUMS, list(fund_ids), known.position, after, known.since, known.before
    ):
        held[row["fund_id"]][row["pocket"]] = row["amount"]
    return held


async def opening(connection: Any, fund_ids: Sequence[str], known: Known, after: Place) -> dict[str, int]:
    """pocket → đồng in all the funds once everything up to that place had happened."""
    rows = await connection.fetch(
        _OPENING, list(fund_ids), known.position, after[0], known.since, known.before, *after[1:]
    )
    return {row["pocket"]: row["amount"] for row in rows}


async def movements(
    connection: Any, fund_id: str, day: dt.date, known: Known, after: Place, limit: int
) -> tuple[Balances, list[Movement], Place | None]:
    """Balances before the page, the page, and where the next one begins (None at the end)."""
    sums = await opening(connection, [fund_id], known, after)
    before = told(sums)
    rows = await connection.fetch(_PAGE, fund_id, known.position, day, *after, limit + 1)
    found = []
    for row in rows[:limit]:
        sums[row["pocket"]] = sums.get(row["pocket"], 0) + row["amount"]
        found.append(movement(row, known.position, sums[row["pocket"]], told(sums).money))
    return before, found, place_of(rows[limit - 1]) if len(rows) > limit else None


def told(sums: Mapping[str, int]) -> Balances:
    cash, bank, goods = (int(sums.get(pocket, 0)) for pocket in POCKETS)
    return Balances(cash, bank, cash + bank, goods)


def place_of(row: Any) -> Place:
    return row["occurred_on"], row["position"], row["line"]


def movement(row: Any, known: int, balance: int, money: int) -> Movement:
    """`COLUMNS` of a row of `read_funds.movement`, and what was there after it."""
    return Movement(
        position=row["position"],
        event_id=row["event_id"],
        fund_id=row["fund_id"],
        type=row["type"],
        occurred_on=row["occurred_on"],
        recorded_at=row["recorded_at"],
        recorded_by=row["actor"],
        pocket=row["pocket"],
        amount=row["amount"],
        balance=balance,
        money=money,
        late=row["late"],
        counterparty=_counterparty(row),
        purpose=row["purpose"],
        category=row["category"],
        voucher=_voucher(row),
        payment_id=row["payment_id"],
        approval=row["approval"],
        approved_by=row["approved_by"],
        transfer_id=row["transfer_id"],
        other_half=row["other_then"],
        reversal_of=row["reversal_of"],
        reversed_by=row["reversed_by"] if (row["reversed_at"] or known) <= known else None,
    )


def _counterparty(row: Any) -> Counterparty | None:
    if row["party_kind"] is None and row["other_fund"] is None:
        return None
    return Counterparty(row["party_kind"], row["party_name"], row["party_person"], row["other_fund"])


def _voucher(row: Any) -> Voucher | None:
    if row["voucher_number"] is None:
        return None
    return Voucher(row["voucher_unit"], row["voucher_series"], row["voucher_year"], row["voucher_number"])
