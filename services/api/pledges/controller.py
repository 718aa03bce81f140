"""Routes of pledges: a fund's, and those to all funds of a unit and below."""

from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from events.vocabulary import today
from services.api.access import AnyRequest
from services.api.accounts.asked import books_asked
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.funds.asked import fund_asked
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
from services.books.pledges import PledgesPage, PledgeState, pledges

State = Annotated[
    PledgeState | None, QueryParameter(name="state", description="Only those that stand so that day")
]


@get(
    "/v1/funds/{fund_id:str}/pledges",
    operation_id="listFundPledges",
    summary="What a fund was promised",
    tags=["funds"],
    responses=documented({200: PledgesPage}, 400, 404, 503),
)
async def fund_pledges(
    request: AnyRequest,
    fund_id: Identifier,
    wanted: State = None,
    as_of: Day = None,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Each promise with the gifts that fulfilled it in part or wholly, and what is outstanding at a day's end
    (default: today)."""
    day, after = as_of or today(), understood(cursor, int) or 0
    async with fund_asked(request, fund_id, as_known, min_position) as (connection, _, known):
        found = await pledges(connection, [fund_id], day, known.position, wanted, after, limit)
    totals, listed, last = found
    return _answer(request, PledgesPage(None, fund_id, day, known.position, totals, listed), last)


@get(
    "/v1/units/{unit_id:str}/pledges",
    operation_id="listUnitPledges",
    summary="What a unit's funds were promised",
    tags=["funds"],
    responses=documented({200: PledgesPage}, 400, 404, 503),
)
async def unit_pledges(
    request: AnyRequest,
    unit_id: Identifier,
    wanted: State = None,
    as_of: Day = None,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """As a fund's, of all funds that are the unit's or below it that day."""
    after = understood(cursor, int) or 0
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        day = scope.as_of
        found = await pledges(connection, scope.fund_ids, day, scope.known, wanted, after, limit)
    totals, listed, last = found
    return _answer(request, PledgesPage(unit_id, None, day, scope.known, totals, listed), last)


def _answer(request: AnyRequest, content: PledgesPage, last: int | None) -> Answer:
    position = content.as_known
    link = None if last is None else next_page(request, cursor=written(last), as_known=position)
    return answer(content, position, link=link)


HANDLERS: list[Any] = [fund_pledges, unit_pledges]
