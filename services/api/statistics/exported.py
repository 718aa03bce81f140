"""The route of figures for statisticians: many units and years at once, as CSV, JSON-stat, a data package or
JSON."""

import asyncio
import datetime as dt
import tempfile
from typing import IO, Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import QueryParameter

from events.vocabulary import Level
from services.api.access import AnyRequest, ledger_of
from services.api.answers import ENCODER, JSON, Answer, Streamed
from services.api.documented import documented
from services.api.faults import OUT_OF_RANGE, Fault, Malformed
from services.api.pages import accepted
from services.api.parameters import AsKnown, Identifier, MinPosition, TreeName, tree_named
from services.api.problems import ApiProblem, problem_code
from services.api.statistics.asked import statistics_asked
from services.exports.flat import head, lines
from services.exports.ground import LIMIT, Asked, Depth, Ground, TooMuchError, ground_of
from services.exports.jsonstat import dataset
from services.exports.package import IN_MEMORY, write_package
from services.exports.rows import FigureRow, UnitRow, figure_rows, unit_rows

Format = Literal["csv", "jsonstat", "datapackage", "json"]
CSV, ZIP = "text/csv", "application/zip"
MEDIA: dict[Format, str] = {
    "csv": f"{CSV}; charset=utf-8; header=present",
    "jsonstat": JSON,
    "datapackage": ZIP,
    "json": JSON,
}
BY_ACCEPT: dict[str, Format] = {JSON: "json", CSV: "csv", ZIP: "datapackage"}
TOO_MUCH = problem_code(
    "export-too-large",
    400,
    vi="Được hỏi {asked} bảng (số đơn vị × số năm); một lần xuất tối đa {limit}. Hãy hỏi ít năm hơn, hoặc bớt"
    " đơn vị bằng depth hay unit_level.",
    en="{asked} tables (units × years) were asked for; one export holds {limit} at most. Ask for fewer years,"
    " or for fewer units by depth or unit_level.",
)


class TreeOfYear(msgspec.Struct, frozen=True):
    """A year, and the day whose boundaries hold for its figures."""

    year: int
    tree: dt.date


class Exported(msgspec.Struct, frozen=True):
    """Figures of many units and years. `root`: of the log's tree of `as_known` entries; null until sealed."""

    unit_id: str
    as_known: int
    recorded_at: dt.datetime
    origin: str
    root: str | None
    years: list[TreeOfYear]
    units: list[UnitRow]
    figures: list[FigureRow]


@get(
    "/v1/units/{unit_id:str}/statistics",
    operation_id="exportStatistics",
    summary="Figures of many units and years, for statisticians",
    tags=["statistics"],
    responses=documented({200: Exported}, 400, 404, 503),
)
async def export_statistics(
    request: AnyRequest,
    unit_id: Identifier,
    from_year: Annotated[int, QueryParameter(ge=1900, le=2200)],
    to_year: Annotated[int | None, QueryParameter(ge=1900, le=2200)] = None,
    depth: Annotated[
        Depth, QueryParameter(description="The unit, its children too, or all below it")
    ] = "subtree",
    unit_level: Annotated[Level | None, QueryParameter(description="Only units of this level")] = None,
    tree: TreeName = "then",
    as_known: AsKnown = None,
    format: Annotated[Format | None, QueryParameter(description="Instead of `Accept`")] = None,
    bom: Annotated[
        bool, QueryParameter(description="CSV for Excel: marked as UTF-8, no text a formula")
    ] = False,
    licence: Annotated[
        str | None,
        QueryParameter(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$", description="Of a data package: CC-BY-4.0"
        ),
    ] = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every figure known of the unit and of those below it, year by year: each is that of the unit's own
    yearly table. The same position gives the same bytes, whenever it is asked for. As CSV (RFC 4180), as a
    JSON-stat 2.0 dataset, as a Frictionless Data Package in a zip, or as JSON; by `format`, else by `Accept`.
    On the tree `then`, years in which the unit was not there are left out."""
    last = to_year or from_year
    if last < from_year:
        raise Malformed(Fault("/query/to_year", OUT_OF_RANGE, "minimum", f"≥ {from_year}", str(last)))
    asked = Asked(unit_id, range(from_year, last + 1), depth, unit_level, tree_named(tree), as_known)
    wanted = format or BY_ACCEPT[accepted(request, *BY_ACCEPT)]
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when sent
    try:
        async with statistics_asked(ledger_of(request), min_position) as connection:
            ground = await _ground(connection, asked)
            await _write(file, wanted, connection, ground, bom=bom, licence=licence)
    except BaseException:
        file.close()
        raise
    headers = [(b"ledger-position", b"%d" % ground.known), (b"vary", b"accept")]
    return Streamed(file, MEDIA[wanted].encode(), headers)


async def _ground(connection: Any, asked: Asked) -> Ground:
    try:
        return await ground_of(connection, asked)
    except TooMuchError as e:
        raise ApiProblem(TOO_MUCH, asked=e.asked, limit=LIMIT) from None


async def _write(
    file: IO[bytes], wanted: Format, connection: Any, ground: Ground, *, bom: bool, licence: str | None
) -> None:
    """Written out before it is sent, so that no slow reader holds the database's snapshot."""
    figures = figure_rows(connection, ground)
    if wanted == "csv":
        file.write(head(FigureRow, for_excel=bom).encode())
        async for rows in figures:
            file.write(await asyncio.to_thread(_encoded, rows, bom))
    elif wanted == "datapackage":
        await write_package(file, ground, figures, licence)
    else:
        whole = [row async for rows in figures for row in rows]
        made = dataset(ground, whole) if wanted == "jsonstat" else _exported(ground, whole)
        file.write(await asyncio.to_thread(ENCODER.encode, made))


def _encoded(rows: list[FigureRow], bom: bool) -> bytes:
    return lines(rows, for_excel=bom).encode()


def _exported(ground: Ground, rows: list[FigureRow]) -> Exported:
    years = [TreeOfYear(year, on) for year, on in ground.days.items()]
    return Exported(
        ground.asked.unit_id,
        ground.known,
        ground.recorded_at,
        ground.origin,
        ground.root,
        years,
        unit_rows(ground),
        rows,
    )


HANDLERS: list[Any] = [export_statistics]
