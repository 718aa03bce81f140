"""Routes of a fund: balances as of any day, as known at any position, and the movements behind them."""

import datetime as dt
from typing import Any

from litestar import get

from events.log.read import position_at_end_of
from services.api.access import BOOKS, AnyRequest, ledger_of, require_reach
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.funds.shapes import FundDetail, Movements
from services.api.ledger import AGAIN
from services.api.parameters import (
    AsKnown,
    Cursor,
    Day,
    Identifier,
    Limit,
    MinPosition,
    next_page,
    today,
    understood,
    written,
)
from services.api.problems import FUND_NOT_FOUND, NOT_REACHED, ApiProblem
from services.books.known import Known, known_up_to
from services.books.movements import balances, movements, told

MODEL = ("funds",)

_FUND = """
    SELECT fund_id, name, unit_id, restricted_to, opened_on, closed_on, closed_through
    FROM read_funds.fund WHERE fund_id = $1
        AND EXISTS (SELECT FROM log.beginnings WHERE stream = 'fund-' || $1 AND position <= $2)
"""


@get(
    "/v1/funds/{fund_id:str}",
    operation_id="getFund",
    summary="A fund's balances",
    tags=["funds"],
    responses=documented({200: FundDetail}, 400, 404, 503),
)
async def get_fund(
    request: AnyRequest,
    fund_id: Identifier,
    as_of: Day = None,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """What lies in each pocket at the end of a day (default: today), as known at a position or on a day."""
    day = as_of or today()
    async with ledger_of(request).reading_models(MODEL, min_position) as (connection, position):
        known = await _known(connection, as_known, position)
        fund = await _fund(request, connection, fund_id, known.position)
        held = await balances(connection, [fund_id], day, known)
    detail = FundDetail(**fund, as_of=day, as_known=known.position, balances=told(held[fund_id]))
    return answer(detail, known.position)


@get(
    "/v1/funds/{fund_id:str}/movements",
    operation_id="listFundMovements",
    summary="A fund's movements",
    tags=["funds"],
    responses=documented({200: Movements}, 400, 404, 503),
)
async def list_movements(
    request: AnyRequest,
    fund_id: Identifier,
    as_of: Day = None,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every movement by day, with the running balance, who gave or was paid, and the links an auditor
    follows: voucher, approval, the other half of a transfer, reversals."""
    day = as_of or today()
    after = understood(cursor, tuple[dt.date, int, int]) or (dt.date.min, 0, 0)
    async with ledger_of(request).reading_models(MODEL, min_position) as (connection, position):
        known = await _known(connection, as_known, position)
        await _fund(request, connection, fund_id, known.position)
        opening, found, last = await movements(connection, fund_id, day, known, after, limit)
    content = Movements(fund_id, day, known.position, opening, found)
    if last is None:
        return answer(content, known.position)
    link = next_page(request, cursor=written(last), as_known=known.position)
    return answer(content, known.position, link=link)


async def _fund(request: AnyRequest, connection: Any, fund_id: str, known: int) -> Any:
    """Raises `out-of-reach` for one of another's units, `fund-not-found`."""
    fund = await connection.fetchrow(_FUND, fund_id, known)
    require_reach(request, BOOKS, [fund["unit_id"]] if fund else ())
    if fund is None:
        raise ApiProblem(FUND_NOT_FOUND, fund=fund_id)
    return fund


async def _known(connection: Any, as_known: int | dt.date | None, reached: int) -> Known:
    """The events meant. Raises `ApiProblem` for a position that the read model has not reached."""
    if isinstance(as_known, dt.date):
        position = min(await position_at_end_of(connection, as_known), reached)
    elif as_known is not None and as_known > reached:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=as_known, reached=reached)
    else:
        position = reached if as_known is None else as_known
    return await known_up_to(connection, position, reached)


HANDLERS: list[Any] = [get_fund, list_movements]
