"""The route of the yearly report. It is made in `services/report`; here it is asked for as a file."""

import asyncio
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer
from services.api.documented import documented
from services.api.parameters import AsKnown, Identifier, MinPosition, TreeName, YearOf, tree_named
from services.api.statistics.asked import statistics_asked
from services.report.formats import MEDIA_TYPES, Format, written
from services.report.making import report
from services.report.material import MODELS


@get(
    "/v1/units/{unit_id:str}/report/{year:str}",
    operation_id="getReport",
    summary="The yearly report of a unit",
    tags=["statistics"],
    responses=documented({200: None}, 400, 404, 503),
)
async def yearly_report(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    format: Annotated[
        Format, QueryParameter(description="A page, a Word document, an Excel workbook")
    ] = "html",
    as_known: AsKnown = None,
    tree: TreeName = "then",
    with_print: Annotated[
        bool, QueryParameter(description="With a section on what was printed otherwise")
    ] = False,
    min_position: MinPosition = None,
) -> Answer:
    """In Vietnamese, in the form of an official document: organisation and members, models, centres and
    training, funds by level, awards, units below, the year before, targets. Of one position and tree always
    the same bytes."""
    choice = tree_named(tree)
    async with statistics_asked(ledger_of(request), min_position, MODELS) as connection:
        made = await report(
            connection,
            unit_id,
            year,
            as_known=as_known,
            tree=choice,
            with_print=with_print,
            today=today(),
        )
    # a quarter of a second for Word: others go on meanwhile
    content = await asyncio.to_thread(written, made, format)
    shown = "inline" if format == "html" else "attachment"
    name = f"bao-cao-{unit_id}-{year}.{format}"
    headers = [
        (b"ledger-position", b"%d" % made.position),
        (b"content-disposition", f'{shown}; filename="{name}"'.encode()),
    ]
    return Answer(200, content, MEDIA_TYPES[format].encode(), headers)


HANDLERS: list[Any] = [yearly_report]
