"""The door: every request is let in here, by one table of who may use which route. A route that is not in the
table is for auditors of the whole log only, so that forgetting a line opens nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from litestar.handlers import BaseRouteHandler

from services.api.access import (
    AUDIT,
    BOOKS,
    CALLER,
    CHALLENGE,
    FEED,
    READING,
    AnyConnection,
    caller_of,
    ledger_of,
    require_reach,
    require_whole_log_auditor,
)
from services.api.problems import FORBIDDEN, UNAUTHORISED, ApiProblem
from services.api.rates import RATES

Check = Callable[[AnyConnection], Awaitable[None]]

_UNITS_OF_STREAM = """
    (SELECT unit FROM log.events WHERE stream = $1 AND unit IS NOT NULL ORDER BY version DESC LIMIT 1)
    UNION SELECT subject FROM log.events WHERE stream = $1 AND stream ^@ 'fund-' AND type = 'FundHandedOver'
"""
_UNIT_OF_EVENT = "SELECT unit FROM log.events WHERE event_id = $1"

_UNITS_OF_PERSON = """
    SELECT e.unit FROM log.money_named n JOIN log.events e ON e.position = n.position WHERE n.person_id = $1
"""
_REGISTERED_BY = "SELECT actor FROM log.events WHERE stream = 'person-' || $1::uuid AND version = 1"


def _anyone_with(roles: frozenset[str]) -> Check:
    async def check(connection: AnyConnection) -> None:
        if not caller_of(connection).holds(roles):
            raise ApiProblem(FORBIDDEN)

    return check


def _of_unit(roles: frozenset[str]) -> Check:
    async def check(connection: AnyConnection) -> None:
        require_reach(connection, roles, [connection.path_params["unit_id"]])

    return check


def _of(sql: str, parameter: str, roles: frozenset[str]) -> Check:
    """By the units that the log has for what is asked about."""

    async def check(connection: AnyConnection) -> None:
        if caller_of(connection).reach(roles) is None:
            return
        name = connection.path_params[parameter]
        async with ledger_of(connection).asking((), None) as database:
            try:
                rows = await database.fetch(sql, name)
            except asyncpg.DataError:  # no event has such an id; the route would say what is wrong with it
                rows = []
        require_reach(connection, roles, [row["unit"] for row in rows])

    return check


async def _person(connection: AnyConnection) -> None:
    """Who registered the person, and who reaches a money entry that names them."""
    caller = caller_of(connection)
    if caller.reach(BOOKS) is None:
        return
    person = connection.path_params["person_id"]
    async with ledger_of(connection).asking((), None) as database:
        try:
            own = await database.fetchval(_REGISTERED_BY, person) == caller.actor
            units = [row["unit"] for row in await database.fetch(_UNITS_OF_PERSON, person)]
        except asyncpg.DataError:
            own, units = False, []
    if not (own and caller.holds(BOOKS)):
        require_reach(connection, BOOKS, units)


async def _whole(connection: AnyConnection) -> None:
    require_whole_log_auditor(connection)


OPEN = frozenset({"getHealth", "getProblem", "getSchema", "getSchemaPage"})
"""Operations for everybody, without a token."""
OPEN_PATHS = ("/log/",)
"""Checkpoints and hash tiles; what else lies there asks `require_whole_log_auditor` itself."""

WHO_MAY: dict[str, Check] = {
    "recordCommand": _anyone_with(BOOKS - {"auditor"}),
    "recordCommands": _anyone_with(READING - {"auditor"}),
    "createToken": _anyone_with(frozenset({"administrator"})),
    "listUnits": _anyone_with(READING),  # shows those within reach
    "getUnit": _of_unit(READING),
    "getYearlyStatistics": _of_unit(READING),
    "listEventsBehindFigure": _of_unit(READING),
    "getComparison": _of_unit(READING),
    "getFund": _anyone_with(BOOKS),  # of funds within reach, as the route itself checks
    "listFundMovements": _anyone_with(BOOKS),
    "auditStream": _of(_UNITS_OF_STREAM, "stream", AUDIT),
    "auditEvent": _of(_UNIT_OF_EVENT, "event_id", AUDIT),
    "auditEventNotes": _of(_UNIT_OF_EVENT, "event_id", AUDIT),
    "getEventProof": _of(_UNIT_OF_EVENT, "event_id", AUDIT),
    "getPerson": _person,
    "getPersonNotes": _whole,
    "getEverythingOnPerson": _whole,
    "listEvents": _anyone_with(FEED),  # shows those within reach
    "listProjections": _anyone_with(READING),
    "getMetrics": _anyone_with(READING),
    "getCatalogue": _anyone_with(READING),
    "getKind": _anyone_with(READING),
}
"""By operation id. What a command may record is asked again when it is decided (events/permissions.py)."""


def is_open(operation: str, path: str) -> bool:
    return operation in OPEN or (path.startswith(OPEN_PATHS) and not path.startswith("/log/tile/entries"))


async def admit(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Litestar's guard of every route. Raises `ApiProblem` 401, 403, 429 or 503."""
    operation: Any = getattr(handler, "operation_id", None) or ""
    if is_open(operation, connection.scope["path"]):
        return
    caller = await ledger_of(connection).caller(_sent(connection))
    if caller is None:
        raise ApiProblem(UNAUTHORISED, headers=CHALLENGE)
    scope: Any = connection.scope
    scope[CALLER] = caller
    RATES.count(scope, caller)
    await WHO_MAY.get(operation, _whole)(connection)


def _sent(connection: AnyConnection) -> str:
    """The token that came with the request (RFC 6750 §2.1), or nothing."""
    for name, value in connection.scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""
