"""Routes of a period's statement: of one fund, of a unit's funds together, as data or as a page to print; and
of the goods given."""

import datetime as dt
from typing import Any

from litestar import get

from events.refusals import Language
from events.vocabulary import today
from services.api.access import AnyRequest, speech_of
from services.api.accounts.asked import books_asked
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.funds.asked import fund_asked
from services.api.pages import accepted, text_answer
from services.api.parameters import (
    AsKnown,
    Cursor,
    Identifier,
    Limit,
    MinPosition,
    next_page,
    understood,
    written,
)
from services.api.problems import BOOKS_UNBALANCED, ApiProblem
from services.api.statements.period import FIRST, From, FromIfAny, To, ToIfAny, check_period
from services.books.flows import NotAddingUpError, flows
from services.books.goods import Goods, goods_of, goods_received
from services.books.known import Known
from services.books.movements import Place
from services.books.statement import Asked, PeriodStatement, statement
from services.books.statement_page import page
from services.books.terms import purposes
from services.statistics.scope import TREES

HTML = "text/html"


@get(
    "/v1/funds/{fund_id:str}/statement",
    operation_id="getFundStatement",
    summary="A fund's statement of a period",
    tags=["funds"],
    responses=documented({200: PeriodStatement}, 400, 404, 503),
)
async def fund_statement(
    request: AnyRequest,
    fund_id: Identifier,
    from_: From,
    to: To,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Opening + received − spent = closing, by pocket, source and use; whether the period is closed, and what
    was recorded late, paged. As known at the closing's position it is what was closed. With
    `Accept: text/html` a page to print. Fails loudly where it does not add up."""
    check_period(from_, to)
    async with fund_asked(request, fund_id, as_known, min_position) as (connection, fund, known):
        owner, name = fund["unit_id"], fund["name"]
        asked = Asked(owner, fund_id, name, [fund_id], from_, to, known, speech_of(request))
        return await _answer(request, connection, asked, cursor, limit)


@get(
    "/v1/units/{unit_id:str}/statement",
    operation_id="getUnitStatement",
    summary="The statement of a unit's funds together",
    tags=["funds"],
    responses=documented({200: PeriodStatement}, 400, 404, 503),
)
async def unit_statement(
    request: AnyRequest,
    unit_id: Identifier,
    from_: From,
    to: To,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """As a fund's, of all funds that were the unit's or below it on the last day; transfers between two of
    them are neither received nor spent, what is on its way between them is held."""
    check_period(from_, to)
    async with books_asked(request, unit_id, to, as_known, min_position) as (connection, scope):
        name = await name_of_unit(connection, unit_id, to, scope.known)
        asked = Asked(unit_id, None, name, scope.fund_ids, from_, to, scope.cut, speech_of(request))
        return await _answer(request, connection, asked, cursor, limit)


@get(
    "/v1/units/{unit_id:str}/goods",
    operation_id="getGoods",
    summary="What was given in kind",
    tags=["funds"],
    responses=documented({200: Goods}, 400, 404, 503),
)
async def goods(
    request: AnyRequest,
    unit_id: Identifier,
    from_: FromIfAny = None,
    to: ToIfAny = None,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """Things that the funds of the unit and all below it received: quantities by unit of count, appraised
    value; what was given out, and what is left, in value."""
    first, last = from_ or FIRST, to or today()
    check_period(first, last)
    async with books_asked(request, unit_id, last, as_known, min_position) as (connection, scope):
        found = await period_of(
            connection, unit_id, scope.fund_ids, first, last, scope.cut, speech_of(request)
        )
        received = await goods_received(connection, scope.fund_ids, first, last, scope.cut)
    return answer(goods_of(unit_id, first, last, scope.cut, received, found), scope.known)


async def period_of(
    connection: Any,
    unit_id: str,
    fund_ids: list[str],
    first: dt.date,
    last: dt.date,
    known: Known,
    language: Language,
) -> Any:
    """A period's flows. Raises `ApiProblem` where they do not add up."""
    terms = await purposes(connection)
    try:
        return await flows(connection, fund_ids, first, last, known, language=language, purposes=terms)
    except NotAddingUpError as e:
        raise unbalanced(unit_id, e) from None


async def name_of_unit(connection: Any, unit_id: str, on: dt.date, known: int) -> str:
    """As it was called that day."""
    unit = (await TREES.at(connection, known)).get(unit_id)
    return unit.name(on) if unit is not None else unit_id


def unbalanced(unit_id: str, error: NotAddingUpError) -> ApiProblem:
    return ApiProblem(BOOKS_UNBALANCED, unit=unit_id, count=error.count, found=error.found)


async def _answer(
    request: AnyRequest, connection: Any, asked: Asked, cursor: str | None, limit: int
) -> Answer:
    after: Place = understood(cursor, tuple[dt.date, int, int]) or (dt.date.min, 0, 0)
    try:
        made, last = await statement(connection, asked, after, limit)
    except NotAddingUpError as e:
        raise unbalanced(asked.unit_id, e) from None
    if accepted(request, HTML) == HTML:
        return text_answer(page(made), HTML, made.as_known)
    link = None if last is None else next_page(request, cursor=written(last), as_known=made.as_known)
    return answer(made, made.as_known, link=link)


HANDLERS: list[Any] = [fund_statement, unit_statement, goods]
