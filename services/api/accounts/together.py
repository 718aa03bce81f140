"""Routes of a whole unit's books taken together: balances and movements, transfers within them eliminated."""

import datetime as dt
from typing import Any

import msgspec
from litestar import get

from services.api.access import AnyRequest
from services.api.accounts.asked import books_asked
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.parameters import (
    AsKnown,
    Cursor,
    Day,
    Identifier,
    Limit,
    MinPosition,
    next_page,
    understood,
    written,
)
from services.books.consolidated import (
    Consolidated,
    FundLine,
    consolidated,
    fund_lines,
    movements_together,
)
from services.books.movements import Movement, Place


class UnitBalances(msgspec.Struct, frozen=True):
    """What the funds of a unit and all below it hold at a day's end; a page of them, one by one."""

    unit_id: str
    as_of: dt.date
    as_known: int
    together: Consolidated
    funds: list[FundLine]
    """By id."""


class UnitMovements(msgspec.Struct, frozen=True):
    """A page of what came into the funds of a unit and all below it from outside, and what left them."""

    unit_id: str
    as_of: dt.date
    as_known: int
    opening: Consolidated
    """Before the first of this page."""
    movements: list[Movement]


@get(
    "/v1/units/{unit_id:str}/balances",
    operation_id="getUnitBalances",
    summary="What a unit's funds hold together",
    tags=["funds"],
    responses=documented({200: UnitBalances}, 400, 404, 503),
)
async def unit_balances(
    request: AnyRequest,
    unit_id: Identifier,
    as_of: Day = None,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Cash, bank and goods of all funds of the unit and below, with every transfer between two of them that
    is still on its way. A fund belongs to whom it belonged that day."""
    after = understood(cursor, str) or ""
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        known = scope.cut
        together = await consolidated(connection, scope, known)
        later = [fund_id for fund_id in scope.fund_ids if fund_id > after]
        lines = await fund_lines(connection, scope, known, later[:limit])
    content = UnitBalances(unit_id, scope.as_of, known.position, together, lines)
    more = len(later) > limit
    link = next_page(request, cursor=written(lines[-1].fund_id), as_known=known.position) if more else None
    return answer(content, known.position, link=link)


@get(
    "/v1/units/{unit_id:str}/movements",
    operation_id="listUnitMovements",
    summary="The movements of a unit's funds together",
    tags=["funds"],
    responses=documented({200: UnitMovements}, 400, 404, 503),
)
async def unit_movements(
    request: AnyRequest,
    unit_id: Identifier,
    as_of: Day = None,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """By day, with a running balance of all money (or goods), what is on its way included. What only went
    from fund to fund, or from the cash box to the bank, is left out: it changed nothing."""
    after: Place = understood(cursor, tuple[dt.date, int, int]) or (dt.date.min, 0, 0)
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        known = scope.cut
        opening, found, last = await movements_together(connection, scope, known, after, limit)
    content = UnitMovements(unit_id, scope.as_of, known.position, opening, found)
    if last is None:
        return answer(content, known.position)
    link = next_page(request, cursor=written(last), as_known=known.position)
    return answer(content, known.position, link=link)


HANDLERS: list[Any] = [unit_balances, unit_movements]
