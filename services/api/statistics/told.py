"""Routes that tell more of a year's figures: by topic, against targets, against what was published."""

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
    MinPosition,
    TreeName,
    YearOf,
    next_page,
    tree_named,
    understood,
    written,
)
from services.api.problems import ApiProblem
from services.api.statistics.asked import Indicator, statistics_asked
from services.api.statistics.refusals import DEFINITIONS_GONE, NO_TOPICS, NOTHING_PUBLISHED
from services.statistics.changes import (
    ChangesSince,
    DefinitionsGoneError,
    NothingPublishedError,
    changes_since,
)
from services.statistics.published import PublishedTables, published_tables
from services.statistics.targets import Targets, targets_of
from services.statistics.topics import FigureByTopic, NoTopicsError, figure_by_topic
from workers.indicators import INDICATORS

FewTables = Annotated[
    int, QueryParameter(ge=1, le=50, description="How many a page holds at most; each is computed anew")
]
Position = Annotated[
    int | None,
    QueryParameter(ge=1, le=2**62, description="Since then; without it, since the last publication"),
]


@get(
    "/v1/units/{unit_id:str}/statistics/{year:str}/{indicator:str}/topics",
    operation_id="getFigureByTopic",
    summary="A figure divided by topic",
    tags=["statistics"],
    responses=documented({200: FigureByTopic}, 400, 404, 503),
)
async def by_topic(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    indicator: Indicator,
    as_known: AsKnown = None,
    tree: TreeName = "then",
    min_position: MinPosition = None,
) -> Answer:
    """What the classes were about: the parts sum to the figure of the yearly table."""
    choice = tree_named(tree)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        try:
            found = await figure_by_topic(
                connection, unit_id, year, indicator, as_known=as_known, tree=choice, today=today()
            )
        except NoTopicsError:
            known = ", ".join(i.name for i in INDICATORS.values() if i.topics)
            raise ApiProblem(NO_TOPICS, name=indicator, known=known) from None
    return answer(found, found.as_known)


@get(
    "/v1/units/{unit_id:str}/targets/{year:str}",
    operation_id="getTargets",
    summary="Targets against actuals",
    tags=["statistics"],
    responses=documented({200: Targets}, 400, 404, 503),
)
async def targets(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    as_known: AsKnown = None,
    tree: TreeName = "then",
    min_position: MinPosition = None,
) -> Answer:
    """What the unit set out to reach in that year, what it reached, and the difference."""
    choice = tree_named(tree)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        found = await targets_of(connection, unit_id, year, as_known=as_known, tree=choice, today=today())
    return answer(found, found.as_known)


@get(
    "/v1/units/{unit_id:str}/statistics/{year:str}/published",
    operation_id="listPublishedStatistics",
    summary="The tables that went out",
    tags=["statistics"],
    responses=documented({200: PublishedTables}, 400, 404, 503),
)
async def published(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    limit: FewTables = 20,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Each with what it fixed, and whether the log gives that digest and that root still. The last first."""
    before = understood(cursor, int)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        page = await published_tables(connection, unit_id, year, before=before, limit=limit, today=today())
    link = None if page.next_before is None else next_page(request, cursor=written(page.next_before))
    return answer(page, page.as_known, link=link)


@get(
    "/v1/units/{unit_id:str}/statistics/{year:str}/changes",
    operation_id="getChangesSincePublished",
    summary="What changed since the table went out",
    tags=["statistics"],
    responses=documented({200: ChangesSince}, 400, 404, 503),
)
async def changes(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    position: Position = None,
    tree: TreeName = "then",
    min_position: MinPosition = None,
) -> Answer:
    """Every figure that differs from what was published, with the events that made the difference, by reason:
    late entry, correction, reversal, evaluation replaced; and what came or went with the territory. `tree` is
    for a position at which nothing was published; a publication keeps its own."""
    choice = tree_named(tree)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        try:
            found = await changes_since(
                connection, unit_id, year, position=position, tree=choice, today=today()
            )
        except NothingPublishedError:
            raise ApiProblem(NOTHING_PUBLISHED, unit=unit_id, year=str(year)) from None
        except DefinitionsGoneError as e:
            raise ApiProblem(DEFINITIONS_GONE, names=str(e)) from None
    return answer(found, found.as_known)


HANDLERS: list[Any] = [by_topic, targets, published, changes]
