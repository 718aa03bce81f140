"""The statement of a period: opening + received − spent = closing, whether the period is closed, and what was
recorded late for it.

Once `PeriodClosed` is recorded nothing dated inside changes; what was found wrong afterwards stands at a
later day, and is listed here beside the figures as they were.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from events.refusals import Language
from events.vocabulary import VIETNAM, Pocket
from services.books.flows import Flow, PlaceLine, Total, flows
from services.books.known import Known
from services.books.movements import Place
from services.books.terms import purposes

Lateness = Literal["after_period", "reversed_later"]


class Closing(msgspec.Struct, frozen=True):
    """What closed a fund's period first: the books are closed up to and including `through`."""

    fund_id: str
    through: dt.date
    event_id: UUID
    position: int
    occurred_on: dt.date
    recorded_at: dt.datetime
    recorded_by: UUID | None


class LateEntry(msgspec.Struct, frozen=True):
    """A movement that the period's last day did not yet know of."""

    why: Lateness
    """`after_period`: dated in the period, recorded after its last day. `reversed_later`: dated after the
    period, it takes back an entry of the period; it is not in the figures."""
    after_closing: bool
    """Recorded after the fund's period was closed."""
    position: int
    event_id: UUID
    fund_id: str
    type: str
    occurred_on: dt.date
    recorded_at: dt.datetime
    recorded_by: UUID | None
    pocket: Pocket
    amount: int
    reversal_of: UUID | None


class PeriodStatement(msgspec.Struct, frozen=True):
    """A period of a fund, or of a unit's funds taken together, in đồng. Goods are at appraised value."""

    unit_id: str
    """Whose the fund is; of several: the unit asked about."""
    fund_id: str | None
    name: str
    from_date: dt.date
    to_date: dt.date
    as_known: int
    """The position up to which events are counted."""
    funds: int
    places: list[PlaceLine]
    money: Total
    """Cash, bank, and what is on its way between two of the funds."""
    goods: Total
    sources: list[Flow]
    uses: list[Flow]
    moved: list[Flow]
    """Between cash and bank, and between the funds: neither received nor spent."""
    closed: bool
    """Every fund's books are closed through the last day."""
    closings: list[Closing]
    still_open: list[str]
    """Funds whose books are not closed through the last day."""
    late_count: int
    late: list[LateEntry]
    """A page, by day."""


_CLOSINGS = """
    SELECT DISTINCT ON (fund_id) fund_id, through, event_id, position, occurred_on, recorded_at,
        actor AS recorded_by
    FROM read_funds.closing
    WHERE fund_id IN (SELECT unnest($1::text[])) AND through >= $2 AND position <= $3
    ORDER BY fund_id, position
"""

# $1 funds, $2 first day, $3 last day, $4 position, $5 when the last day was over
_LATE = """
    SELECT m.fund_id, m.occurred_on, m.position, m.line, m.event_id, m.type, m.recorded_at,
        m.actor AS recorded_by, m.pocket, m.amount, m.reversal_of,
        CASE WHEN m.occurred_on <= $3 THEN 'after_period' ELSE 'reversed_later' END AS why
    FROM read_funds.movement m
    WHERE m.fund_id IN (SELECT unnest($1::text[])) AND m.position <= $4 AND m.occurred_on >= $2
        AND (m.occurred_on <= $3 AND m.recorded_at >= $5
            OR m.occurred_on > $3 AND m.reversal_of IS NOT NULL AND EXISTS (
                SELECT FROM read_funds.movement o
                WHERE o.event_id = m.reversal_of AND o.occurred_on BETWEEN $2 AND $3))
"""
_LATE_COUNT = f"SELECT count(*) FROM ({_LATE}) late"
_LATE_PAGE = f"""
    SELECT * FROM ({_LATE}) late WHERE (occurred_on, position, line) > ($6, $7, $8::bigint)
    ORDER BY occurred_on, position, line LIMIT $9
"""


class Asked(msgspec.Struct, frozen=True):
    """What a statement is asked of."""

    unit_id: str
    fund_id: str | None
    name: str
    fund_ids: Sequence[str]
    first: dt.date
    last: dt.date
    known: Known
    language: Language


async def statement(
    connection: Any, asked: Asked, after: Place, limit: int
) -> tuple[PeriodStatement, Place | None]:
    """The statement with a page of what was recorded late, and where the next page begins (None at the end).

    Raises `NotAddingUpError`.
    """
    funds, known = list(asked.fund_ids), asked.known.position
    found = await flows(
        connection,
        funds,
        asked.first,
        asked.last,
        asked.known,
        language=asked.language,
        purposes=await purposes(connection),
    )
    rows = await connection.fetch(_CLOSINGS, funds, asked.last, known)
    closings = {row["fund_id"]: Closing(**row) for row in rows}
    over = dt.datetime.combine(asked.last + dt.timedelta(days=1), dt.time(), VIETNAM)
    of = (funds, asked.first, asked.last, known, over)
    late = await connection.fetch(_LATE_PAGE, *of, *after, limit + 1)
    still_open = [fund_id for fund_id in funds if fund_id not in closings]
    made = PeriodStatement(
        unit_id=asked.unit_id,
        fund_id=asked.fund_id,
        name=asked.name,
        from_date=asked.first,
        to_date=asked.last,
        as_known=known,
        funds=len(funds),
        **msgspec.structs.asdict(found),
        closed=bool(funds) and not still_open,
        closings=list(closings.values()),
        still_open=still_open,
        late_count=await connection.fetchval(_LATE_COUNT, *of),
        late=[_late(row, closings) for row in late[:limit]],
    )
    last = late[limit - 1] if len(late) > limit else None
    return made, (last["occurred_on"], last["position"], last["line"]) if last else None


def _late(row: Any, closings: dict[str, Closing]) -> LateEntry:
    closing = closings.get(row["fund_id"])
    told = {name: row[name] for name in LateEntry.__struct_fields__ if name != "after_closing"}
    return LateEntry(**told, after_closing=closing is not None and closing.position < row["position"])
