"""The door: every request is let in here, by one table of who may use which route. A route that is not in the
table is for auditors of the whole log only, so that forgetting a line opens nothing."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from litestar.handlers import BaseRouteHandler

from events.permissions import OPENING, RECORDING
from services.api.access import (
    AUDIT,
    BOOKS,
    FEED,
    READING,
    AnyConnection,
    ledger_of,
    require_reach,
    require_whole_log_auditor,
)
from services.api.asking import AGAIN_LOOKED_UP, ASKING, CHALLENGE, Asking
from services.api.callers import EVERYTHING
from services.api.ledger import Ledger
from services.api.problems import FORBIDDEN, UNAUTHORISED, ApiProblem
from services.api.rates import RATES
from services.api.whose import STREAM_NAME
from services.persons.showing import states_of

Check = Callable[[AnyConnection, Asking], Awaitable[None]]

_UNITS_OF_PERSON = """
    SELECT e.unit FROM log.money_named n JOIN log.events e ON e.position = n.position
    WHERE n.person_id = $1 AND e.actor <> $2
"""


def _anyone_with(roles: frozenset[str]) -> Check:
    async def check(_: AnyConnection, asking: Asking) -> None:
        asking.see(roles)
        if not asking.caller.holds(roles):
            raise ApiProblem(FORBIDDEN)

    return check


def _of_unit(roles: frozenset[str]) -> Check:
    async def check(connection: AnyConnection, asking: Asking) -> None:
        unit_id = connection.path_params["unit_id"]
        asking.see(roles, unit_id)
        require_reach(connection, roles, [unit_id])

    return check


async def _stream(connection: AnyConnection, asking: Asking) -> None:
    """By the units that the log has for the stream asked about."""
    asking.see(AUDIT)
    if asking.caller.reach(AUDIT) is not None:
        name = connection.path_params["stream"]
        known = re.match(STREAM_NAME, name) is not None
        units = await ledger_of(connection).whose_stream.units(name) if known else []
        require_reach(connection, AUDIT, units)


async def _event(connection: AnyConnection, asking: Asking) -> None:
    """By the unit of the event asked about."""
    asking.see(AUDIT)
    if asking.caller.reach(AUDIT) is not None:
        units: list[str | None] = []
        with suppress(ValueError):  # no event has such an id; the route would say what is wrong with it
            event_id = UUID(connection.path_params["event_id"])
            units = await ledger_of(connection).whose_event.units(event_id)
        require_reach(connection, AUDIT, units)


def _person(roles: frozenset[str]) -> Check:
    """Who may record that the person's details were read (events/permissions.py): who reaches the unit that
    keeps the record, or registered the person where no unit does, or reaches a money entry naming them that
    somebody else recorded."""

    async def check(connection: AnyConnection, asking: Asking) -> None:
        asking.see(roles)
        caller = asking.caller
        reach = caller.reach(roles)
        if reach is None:
            return
        units: list[str | None] = []
        with suppress(ValueError):  # no person has such an id; the route would say what is wrong with it
            person_id = UUID(connection.path_params["person_id"])
            async with ledger_of(connection).past_the_wall() as database:
                person = (await states_of(database, [person_id])).get(person_id)
                units = [
                    row["unit"] for row in await database.fetch(_UNITS_OF_PERSON, person_id, caller.actor)
                ]
            if person is not None and person.registered is not None:
                units.append(person.home)
                own = person.home is None and person.registered.actor == caller.actor
                if (own and caller.holds(roles)) or not reach.isdisjoint(units):
                    asking.stream = f"person-{person_id}"
                    return
        require_reach(connection, roles, units)

    return check


async def _actor(connection: AnyConnection, asking: Asking) -> None:
    """The actor itself, and auditors of the whole log."""
    asking.see(AUDIT)
    if connection.path_params["actor_id"] != str(asking.caller.actor):
        require_whole_log_auditor(connection)


async def _whole(connection: AnyConnection, asking: Asking) -> None:
    asking.see(AUDIT)
    require_whole_log_auditor(connection)


PAST_THE_WALL = frozenset({"listTokens", "listShownPersons", "auditActor"})
"""Operations whose own rules go by other things than an event's unit: every role of a token's actor, the unit
that keeps a person's record today, who recorded it. They see the whole log, and cut it themselves."""

OPEN = frozenset({"getHealth", "getProblem", "getSchema", "getSchemaPage"})
"""Operations for everybody, without a token."""
OPEN_PATHS = ("/log/",)
"""Checkpoints and hash tiles; what else lies there asks `require_whole_log_auditor` itself."""

WHO_MAY: dict[str, Check] = {
    "recordCommand": _anyone_with(BOOKS - {"auditor"}),
    "recordCommands": _anyone_with(READING - {"auditor"}),
    "createToken": _anyone_with(frozenset({"administrator"})),
    "listTokens": _anyone_with(frozenset({"administrator"})),  # shows those within reach
    "listUnits": _anyone_with(READING),  # shows those within reach
    "getUnit": _of_unit(READING),
    "previewUnits": _anyone_with(RECORDING),  # decided as recording would be
    "getYearlyStatistics": _of_unit(READING),
    "exportStatistics": _of_unit(READING),
    "listEventsBehindFigure": _of_unit(READING),
    "getComparison": _of_unit(READING),
    "getReport": _of_unit(READING),
    "getRevisions": _of_unit(READING),
    "listContradictions": _of_unit(READING),
    "getFigureByTopic": _of_unit(READING),
    "getTargets": _of_unit(READING),
    "listPublishedStatistics": _of_unit(READING),
    "getChangesSincePublished": _of_unit(READING),
    "getFund": _anyone_with(BOOKS),  # of funds within reach, as the route itself checks
    "listFundMovements": _anyone_with(BOOKS),
    "importStatement": _anyone_with(BOOKS & RECORDING),
    "listStatements": _anyone_with(BOOKS),
    "getStatement": _anyone_with(BOOKS),
    "listCounts": _anyone_with(BOOKS),
    "listVouchers": _of_unit(BOOKS),
    "getVoucher": _of_unit(BOOKS),
    "getFundStatement": _anyone_with(BOOKS),  # of funds within reach, as the route itself checks
    "getUnitStatement": _of_unit(BOOKS),
    "getGoods": _of_unit(BOOKS),
    "listFundPledges": _anyone_with(BOOKS),
    "listUnitPledges": _of_unit(BOOKS),
    "getDisclosure": _of_unit(BOOKS),
    "getUnitBalances": _of_unit(BOOKS),
    "listUnitMovements": _of_unit(BOOKS),
    "listPayments": _of_unit(BOOKS),
    "getAccounts": _of_unit(BOOKS),
    "checkAccounts": _of_unit(BOOKS),
    "getUnitBooks": _of_unit(BOOKS),
    "getBooks": _whole,
    "auditStream": _stream,
    "auditEvent": _event,
    "auditUnit": _of_unit(AUDIT),
    "auditActor": _actor,
    "auditPerson": _person(AUDIT),
    "auditEventNotes": _event,
    "getEventProof": _event,
    "getPerson": _person(OPENING),
    "listShownPersons": _of_unit(OPENING),
    "getPersonNotes": _whole,
    "getEverythingOnPerson": _whole,
    "listEvents": _anyone_with(FEED),  # shows those within reach
    "listColumns": _whole,
    "listProjections": _anyone_with(READING),
    "getMetrics": _anyone_with(READING),
    "getCatalogue": _anyone_with(READING),
    "getKind": _anyone_with(READING),
    "listIndicators": _anyone_with(READING),
}
"""By operation id. What a command may record is asked again when it is decided (events/permissions.py)."""


def is_open(operation: str, path: str) -> bool:
    return operation in OPEN or (path.startswith(OPEN_PATHS) and not path.startswith("/log/tile/entries"))


async def admit(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Litestar's guard of every route. Raises `ApiProblem` 401, 403, 429 or 503."""
    operation: Any = getattr(handler, "operation_id", None) or ""
    if is_open(operation, connection.scope["path"]):
        return
    scope: Any = connection.scope
    ledger: Ledger = scope["litestar_app"].state["ledger"]
    token = _sent(connection)
    reads = scope["method"] == "GET" and not scope.get(AGAIN_LOOKED_UP)
    caller = remembered = ledger.callers.remembered(token) if reads else None
    if caller is None:
        caller = await ledger.caller(token)
    if caller is None:
        raise ApiProblem(UNAUTHORISED, headers=CHALLENGE)
    scope[ASKING] = asking = Asking(caller, settled=remembered is None)
    RATES.count(scope, caller)
    await WHO_MAY.get(operation, _whole)(connection, asking)
    if operation in PAST_THE_WALL:
        asking.units = EVERYTHING


def _sent(connection: AnyConnection) -> str:
    """The token that came with the request (RFC 6750 §2.1), or nothing."""
    for name, value in connection.scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""
