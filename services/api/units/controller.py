"""Routes for finding units. Past ones are found too, so that old names lead to their successors."""

from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from events.vocabulary import Level
from services.api.access import READING, AnyRequest, ledger_of, readable_units
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.parameters import (
    Cursor,
    Identifier,
    Limit,
    MinPosition,
    next_page,
    understood,
    written,
)
from services.api.problems import UNIT_NOT_FOUND, ApiProblem
from services.api.units.shapes import (
    ExternalId,
    Successor,
    UnitCode,
    UnitDetail,
    UnitLine,
    UnitName,
    Units,
)
from workers.projections.searching import plain

MODEL = ("units",)

_LINE = "unit_id, name, level, parent_id, established_on, ended_on, members"

_LIST = f"""
    SELECT {_LINE} FROM read_units.unit
    WHERE unit_id > $1
        AND ($2::text IS NULL OR search LIKE '%' || $2 || '%' OR unit_id LIKE '%' || $2 || '%'
             OR unit_id IN (SELECT c.unit_id FROM read_units.unit_code c WHERE c.code = $2))
        AND ($3::text IS NULL OR level = $3)
        AND ($4::text IS NULL OR parent_id = $4)
        AND ($5 OR ended_on IS NULL)
        AND ($7::text[] IS NULL OR unit_id = ANY($7))
    ORDER BY unit_id LIMIT $6
"""


@get(
    "/v1/units",
    operation_id="listUnits",
    summary="Find units",
    tags=["units"],
    responses=documented({200: Units}, 400, 503),
)
async def list_units(
    request: AnyRequest,
    q: Annotated[
        str | None,
        QueryParameter(
            max_length=100,
            description="Part of any of its names (accents may be left out)"
            ", of its id, or a whole administrative code",
        ),
    ] = None,
    level: Annotated[Level | None, QueryParameter(description="Of that level only")] = None,
    parent_id: Annotated[
        str | None, QueryParameter(description="Directly below that unit", max_length=64)
    ] = None,
    ended: Annotated[bool, QueryParameter(description="Units that have ended, too")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Units within the token's reach as they stand today, by id."""
    units = readable_units(request, READING)
    after = understood(cursor, str) or ""
    searched = None if q is None else plain(q).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    async with ledger_of(request).reading_models(MODEL, min_position) as (connection, position):
        rows = await connection.fetch(_LIST, after, searched, level, parent_id, ended, limit + 1, units)
    found = [UnitLine(**row) for row in rows[:limit]]
    link = next_page(request, cursor=written(found[-1].unit_id)) if len(rows) > limit else None
    return answer(Units(found), position, link=link)


@get(
    "/v1/units/{unit_id:str}",
    operation_id="getUnit",
    summary="One unit",
    tags=["units"],
    responses=documented({200: UnitDetail}, 400, 404, 503),
)
async def get_unit(request: AnyRequest, unit_id: Identifier, min_position: MinPosition = None) -> Answer:
    """A unit with the history of its names and codes, and who took over from it if it has ended."""
    async with ledger_of(request).reading_models(MODEL, min_position) as (connection, position):
        detail = await _detail(connection, unit_id)
    return answer(detail, position)


async def _detail(connection: Any, unit_id: str) -> UnitDetail:
    line = await connection.fetchrow(
        f"SELECT {_LINE}, ending FROM read_units.unit WHERE unit_id = $1", unit_id
    )
    if line is None:
        raise ApiProblem(UNIT_NOT_FOUND, successors=[], unit=unit_id, named="–")

    async def all_of(table: str, columns: str, order: str = "ordinal") -> list[Any]:
        sql = f"SELECT {columns} FROM read_units.{table} WHERE unit_id = $1 ORDER BY {order}"
        rows: list[Any] = await connection.fetch(sql, unit_id)
        return rows

    predecessors = await connection.fetch(
        "SELECT unit_id FROM read_units.successor WHERE into_unit_id = $1 ORDER BY unit_id", unit_id
    )
    return UnitDetail(
        **line,
        names=[UnitName(**r) for r in await all_of("unit_name", "name, valid_from")],
        codes=[UnitCode(**r) for r in await all_of("unit_code", "scheme, code, valid_from, valid_until")],
        external_ids=[
            ExternalId(**r) for r in await all_of("unit_external_id", "scheme, id", order="scheme")
        ],
        successors=[Successor(*r) for r in await all_of("successor", "into_unit_id, parts")],
        predecessors=[r["unit_id"] for r in predecessors],
        children=await connection.fetchval(
            "SELECT count(*) FROM read_units.unit WHERE parent_id = $1 AND ended_on IS NULL", unit_id
        ),
    )


HANDLERS: list[Any] = [list_units, get_unit]
