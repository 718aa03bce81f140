"""Routes of a fund: balances as of any day, as known at any position, and the movements behind them."""

import datetime as dt
from typing import Any

from litestar import get

from events.vocabulary import today
from services.api.access import AnyRequest
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.funds.asked import fund_asked
from services.api.funds.shapes import FundDetail, Movements
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
from services.books.movements import balances, movements, told


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
    async with fund_asked(request, fund_id, as_known, min_position) as (connection, fund, known):
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
    async with fund_asked(request, fund_id, as_known, min_position) as (connection, _, known):
        opening, found, last = await movements(connection, fund_id, day, known, after, limit)
    content = Movements(fund_id, day, known.position, opening, found)
    if last is None:
        return answer(content, known.position)
    link = next_page(request, cursor=written(last), as_known=known.position)
    return answer(content, known.position, link=link)


HANDLERS: list[Any] = [get_fund, list_movements]
