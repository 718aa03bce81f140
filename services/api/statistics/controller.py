"""Routes of the yearly statistics. The figures are made in `services/statistics`; here they are asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from litestar import get
from litestar.params import Parameter

from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.ledger import AGAIN, Ledger
from services.api.parameters import (
    AsKnown,
    Cursor,
    Identifier,
    Limit,
    MinPosition,
    TreeName,
    YearOf,
    next_page,
    today,
    tree_named,
    understood,
    written,
)
from services.api.problems import NAME_NOT_FOUND, NOT_REACHED, UNIT_NOT_FOUND, ApiProblem
from services.statistics.behind import EventsBehind, UnknownIndicatorError, events_behind
from services.statistics.comparison import Comparison, comparison
from services.statistics.scope import NotYetKnownError, UnknownUnitError
from services.statistics.yearly import YearlyTable, yearly_table
from workers.indicators import INDICATORS

MODEL = ("statistics",)
Indicator = Annotated[str, Parameter(pattern=r"^[a-z][a-z_]*(\.[a-z_]+){0,3}$", max_length=64)]


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
    async with _asked(ledger_of(request), min_position) as connection:
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
    level: Annotated[str | None, Parameter(max_length=20)] = None,
    measure: Annotated[str | None, Parameter(max_length=20)] = None,
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
    async with _asked(ledger_of(request), min_position) as connection:
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
    async with _asked(ledger_of(request), min_position) as connection:
        found, position = await comparison(
            connection, unit_id, year, as_known=as_known, tree=choice, today=today()
        )
    return answer(found, position)


@asynccontextmanager
async def _asked(ledger: Ledger, min_position: int | None) -> AsyncIterator[Any]:
    """A connection to ask with, once the figures are that far; what is not there told as a problem."""
    try:
        async with ledger.asking(MODEL, min_position) as connection:
            yield connection
    except UnknownUnitError as e:
        named = ", ".join(e.successors) or "–"
        raise ApiProblem(UNIT_NOT_FOUND, successors=e.successors, unit=e.unit_id, named=named) from None
    except UnknownIndicatorError as e:
        raise ApiProblem(NAME_NOT_FOUND, name=str(e)) from None
    except NotYetKnownError as e:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=e.asked, reached=e.reached) from None


HANDLERS: list[Any] = [yearly_statistics, behind_figure, compared]
