"""Routes that look at figures more than once: through time, and at what print says against itself."""

import datetime as dt
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.faults import OUT_OF_RANGE, Fault, Malformed
from services.api.parameters import AsKnown, Identifier, MinPosition, TreeName, tree_named
from services.api.statistics.asked import Indicator, statistics_asked
from services.api.statistics.shapes import Contradictions
from services.statistics.contradictions import contradictions
from services.statistics.revisions import RevisionTable, revision_table
from services.statistics.scope import position_meant

YEARS = 20
COLUMNS = 24
"""At most, in one table."""

Known = Annotated[
    list[int | dt.date] | None,
    QueryParameter(
        max_items=COLUMNS,
        description="A column each: a position, or a day. Without any: the end of each January, and now",
    ),
]


@get(
    "/v1/units/{unit_id:str}/revisions/{indicator:str}",
    operation_id="getRevisions",
    summary="What a figure was, and when",
    tags=["statistics"],
    responses=documented({200: RevisionTable}, 400, 404, 503),
)
async def revisions(
    request: AnyRequest,
    unit_id: Identifier,
    indicator: Indicator,
    from_year: Annotated[int, QueryParameter(ge=1900, le=2200)],
    to_year: Annotated[
        int | None, QueryParameter(ge=1900, le=2200, description="Default: `from_year` alone")
    ] = None,
    known: Known = None,
    level: Annotated[str | None, QueryParameter(max_length=20)] = None,
    measure: Annotated[str | None, QueryParameter(max_length=20)] = None,
    tree: TreeName = "then",
    min_position: MinPosition = None,
) -> Answer:
    """Years down, times of knowing across: what the report of each time said. With each change, the events
    that made it, each with its reason: late entry, correction, reversal, evaluation replaced; and what came
    or went with the territory. At most 20 years."""
    years = _years(from_year, to_year or from_year)
    async with statistics_asked(ledger_of(request), min_position) as connection:
        table = await revision_table(
            connection,
            unit_id,
            indicator,
            level=level,
            measure=measure,
            years=years,
            known=known or [],
            tree=tree_named(tree),
            today=today(),
        )
    return answer(table, table.known[-1].position if table.known else None)


def _years(first: int, last: int) -> range:
    """Raises `Malformed` for years that are none or too many."""
    if not first <= last < first + YEARS:
        limits = f"{first} … {first + YEARS - 1}"
        raise Malformed(Fault("/query/to_year", OUT_OF_RANGE, "maximum", limits, str(last)))
    return range(first, last + 1)


@get(
    "/v1/units/{unit_id:str}/contradictions",
    operation_id="listContradictions",
    summary="Where print contradicts itself",
    tags=["statistics"],
    responses=documented({200: Contradictions}, 400, 404, 503),
)
async def contradicting(
    request: AnyRequest, unit_id: Identifier, as_known: AsKnown = None, min_position: MinPosition = None
) -> Answer:
    """Printed figures of the unit that cannot all be right: a rate beside its counts, more achieved than
    registered, parts above their whole, two sources on one figure, a printed change beside the figure of the
    year before."""
    async with statistics_asked(ledger_of(request), min_position) as connection:
        known, _ = await position_meant(connection, "statistics", as_known)
        found = await contradictions(connection, unit_id, known)
    return answer(Contradictions(unit_id, known, found), known)


HANDLERS: list[Any] = [revisions, contradicting]
