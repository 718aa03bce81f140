"""Pledges: what was promised to funds, what came of it, and what is overdue. A pledge is no money.

Gifts that name a pledge fulfil it, in money or in goods at appraised value, in parts, and to more than was
promised; a reversed gift does not. One that was withdrawn never bound anybody, on any day.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from events.vocabulary import Pocket
from services.books.movements import Counterparty

PledgeState = Literal["open", "part", "fulfilled", "overdue", "withdrawn"]


class Part(msgspec.Struct, frozen=True):
    """A gift on a pledge, or the reversal of one (its amount negative)."""

    event_id: UUID
    position: int
    occurred_on: dt.date
    pocket: Pocket
    amount: int
    reversal_of: UUID | None


class Pledge(msgspec.Struct, frozen=True):
    """A promise as it stood on a day, in đồng."""

    event_id: UUID
    position: int
    fund_id: str
    pledge_id: str
    donor: Counterparty
    amount: int
    pledged_on: dt.date
    due_on: dt.date | None
    recorded_by: UUID | None
    state: PledgeState
    """`overdue`: not wholly fulfilled on a day after `due_on`, whatever came in part."""
    money: int
    """Received on it, less reversals."""
    goods: int
    """Likewise, at appraised value."""
    outstanding: int
    """Never negative; of a withdrawn pledge nothing."""
    parts: list[Part]


class PledgeTotal(msgspec.Struct, frozen=True):
    """All pledges that stand alike, in đồng."""

    state: PledgeState
    count: int
    amount: int
    money: int
    goods: int
    outstanding: int


class PledgesPage(msgspec.Struct, frozen=True):
    """A page of pledges in the order in which they were recorded; totals are of all of them, by state."""

    unit_id: str | None
    fund_id: str | None
    as_of: dt.date
    as_known: int
    totals: list[PledgeTotal]
    pledges: list[Pledge]


# $1 funds, $2 day, $3 position. A gift fulfils the pledge of that id that stood when it was recorded.
_PARTS = """
    SELECT p.event_id AS pledge, m.event_id, m.position, m.occurred_on, m.pocket, m.amount, m.reversal_of
    FROM read_funds.pledge p
    JOIN read_funds.on_pledge g ON g.fund_id = p.fund_id AND g.pledge_id = p.pledge_id
        AND g.position > p.position AND (p.withdrawn_at IS NULL OR g.position < p.withdrawn_at)
    JOIN read_funds.movement o ON o.event_id = g.event_id
    JOIN read_funds.movement m ON m.event_id IN (o.event_id, o.reversed_by)
    WHERE p.fund_id IN (SELECT unnest($1::text[]))
        AND m.occurred_on <= $2 AND m.position <= $3
"""

_STANDING = f"""
    WITH part AS ({_PARTS}), got AS (
        SELECT pledge, coalesce(sum(amount) FILTER (WHERE pocket <> 'goods'), 0)::bigint AS money,
            coalesce(sum(amount) FILTER (WHERE pocket = 'goods'), 0)::bigint AS goods
        FROM part GROUP BY pledge
    ), standing AS (
        SELECT p.*, coalesce(g.money, 0) AS money, coalesce(g.goods, 0) AS goods,
            p.withdrawn_at IS NOT NULL AND p.withdrawn_at <= $3 AS withdrawn,
            greatest(p.amount - coalesce(g.money, 0) - coalesce(g.goods, 0), 0) AS missing
        FROM read_funds.pledge p LEFT JOIN got g ON g.pledge = p.event_id
        WHERE p.fund_id IN (SELECT unnest($1::text[])) AND p.pledged_on <= $2 AND p.position <= $3
    ), told AS (
        SELECT *, CASE WHEN withdrawn THEN 0 ELSE missing END AS outstanding,
            CASE WHEN withdrawn THEN 'withdrawn' WHEN missing = 0 THEN 'fulfilled'
                WHEN due_on < $2 THEN 'overdue' WHEN money + goods > 0 THEN 'part' ELSE 'open' END AS state
        FROM standing
    )
"""

_TOTALS = f"""
    {_STANDING}
    SELECT state, count(*)::integer AS count, sum(amount)::bigint AS amount, sum(money)::bigint AS money,
        sum(goods)::bigint AS goods, sum(outstanding)::bigint AS outstanding
    FROM told GROUP BY state
"""

_PAGE = f"""
    {_STANDING}
    SELECT * FROM told WHERE ($4::text IS NULL OR state = $4) AND position > $5 ORDER BY position LIMIT $6
"""

_PARTS_OF = f"{_PARTS} AND p.event_id IN (SELECT unnest($4::uuid[])) ORDER BY m.occurred_on, m.position"

STATES: tuple[PledgeState, ...] = ("open", "part", "overdue", "fulfilled", "withdrawn")


async def pledges(
    connection: Any,
    fund_ids: Sequence[str],
    day: dt.date,
    known: int,
    state: PledgeState | None,
    after: int,
    limit: int,
) -> tuple[list[PledgeTotal], list[Pledge], int | None]:
    """Totals of all, a page of those in `state` (None: any), and where the next one begins (None at the
    end)."""
    of = (list(fund_ids), day, known)
    totals = [PledgeTotal(**row) for row in await connection.fetch(_TOTALS, *of)]
    rows = await connection.fetch(_PAGE, *of, state, after, limit + 1)
    parts: dict[UUID, list[Part]] = {}
    for row in await connection.fetch(_PARTS_OF, *of, [r["event_id"] for r in rows[:limit]]):
        parts.setdefault(row["pledge"], []).append(_part(row))
    found = [_pledge(row, parts.get(row["event_id"], ())) for row in rows[:limit]]
    more = rows[limit - 1]["position"] if len(rows) > limit else None
    return sorted(totals, key=lambda total: STATES.index(total.state)), found, more


def _part(row: Any) -> Part:
    return Part(**{name: row[name] for name in Part.__struct_fields__})


def _pledge(row: Any, parts: Iterable[Part]) -> Pledge:
    return Pledge(
        event_id=row["event_id"],
        position=row["position"],
        fund_id=row["fund_id"],
        pledge_id=row["pledge_id"],
        donor=Counterparty(row["party_kind"], row["party_name"], row["party_person"]),
        amount=row["amount"],
        pledged_on=row["pledged_on"],
        due_on=row["due_on"],
        recorded_by=row["actor"],
        state=row["state"],
        money=row["money"],
        goods=row["goods"],
        outstanding=row["outstanding"],
        parts=list(parts),
    )
