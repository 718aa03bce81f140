"""Routes of the yearly statistics. The figures are made in `services/statistics`; here they are asked for."""

from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.parameters import (
    AsKnown,
    Cursor,
    Identifier,
    Limit,
    MinPosition,
    TreeName,
    YearOf,
    next_page,
    tree_named,
    understood,
    written,
)
from services.api.statistics.asked import Indicator, statistics_asked
from services.statistics.behind import EventsBehind, events_behind
from services.statistics.comparison import Comparison, comparison
from services.statistics.yearly import YearlyTable, yearly_table
from workers.indicators import INDICATORS


@get(
    "/v1/units/{unit_id:str}/statistics/{year:str}",
    operation_id="getYearlyStatistics",
    summary="The yearly table of a unit",
    tags=["statistics"],
    responses=documented({200: YearlyTable}, 400, 404, 503),
)
async def yearly_statistics(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    as_known: AsKnown = None,
    tree: TreeName = "then",
    min_position: MinPosition = None,
) -> Answer:
    """Every indicator of the unit and all below it, beside the year before, on the same tree."""
    choice = tree_named(tree)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        table = await yearly_table(connection, unit_id, year, as_known=as_known, tree=choice, today=today())
    return answer(table, table.as_known)


@get(
    "/v1/units/{unit_id:str}/statistics/{year:str}/{indicator:str}/events",
    operation_id="listEventsBehindFigure",
    summary="The events behind a figure",
    tags=["statistics"],
    responses=documented({200: EventsBehind}, 400, 404, 503),
)
async def behind_figure(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    indicator: Indicator,
    level: Annotated[str | None, QueryParameter(max_length=20)] = None,
    measure: Annotated[str | None, QueryParameter(max_length=20)] = None,
    as_known: AsKnown = None,
    tree: TreeName = "then",
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """What each event contributes; the contributions sum to the figure. A rate lists both of its counts."""
    choice = tree_named(tree)
    after = understood(cursor, int) or 0
    declared = INDICATORS.get(indicator)  # its own measure filters nothing
    async with statistics_asked(ledger_of(request), min_position) as connection:
        page = await events_behind(
            connection,
            unit_id,
            year,
            indicator,
            level=level,
            measure=None if declared and declared.measure == measure else measure,
            as_known=as_known,
            tree=choice,
            after=after,
            limit=limit,
            today=today(),
        )
    if page.next_after is None:
        return answer(page, page.as_known)
    link = next_page(request, cursor=written(page.next_after), as_known=page.as_known)
    return answer(page, page.as_known, link=link)


@get(
    "/v1/units/{unit_id:str}/comparison/{year:str}",
    operation_id="getComparison",
    summary="Printed figures beside computed ones",
    tags=["statistics"],
    responses=documented({200: Comparison}, 400, 404, 503),
)
async def compared(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    as_known: AsKnown = None,
    tree: TreeName = "then",
    min_position: MinPosition = None,
) -> Answer:
    """Every figure that was printed for the unit and year, with the computed one and a verdict."""
    choice = tree_named(tree)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        found, position = await comparison(
            connection, unit_id, year, as_known=as_known, tree=choice, today=today()
        )
    return answer(found, position)


HANDLERS: list[Any] = [yearly_statistics, behind_figure, compared]
