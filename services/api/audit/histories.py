"""Routes of the histories that run over many streams: of a unit, an actor, a person."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import PathParameter, QueryParameter

from events.declare import CATALOGUE
from events.log.read import Connection, Stored, head
from events.permissions import reached
from events.vocabulary import today
from services.api.access import AUDIT, AnyRequest, caller_of, ledger_of
from services.api.answers import Answer, answer
from services.api.audit.finding import MODELS, of_actor, of_units, span_of
from services.api.audit.lines import audit_lines
from services.api.audit.shapes import AuditActor, AuditLine, AuditPerson, AuditUnit
from services.api.documented import documented
from services.api.parameters import (
    Cursor,
    Day,
    Identifier,
    Limit,
    MinPosition,
    next_page,
    understood,
    written,
)
from services.api.problems import (
    ACTOR_NOT_FOUND,
    NAME_NOT_FOUND,
    PERSON_NOT_FOUND,
    UNIT_NOT_FOUND,
    ApiProblem,
)
from services.persons.opening import MODELS as NAMING
from services.persons.opening import naming
from services.statistics.scope import TREES

Subtree = Annotated[bool, QueryParameter(description="With everything that rolls up under the unit today")]
Since = Annotated[Day, QueryParameter(description="Recorded on that day or later (Asia/Ho_Chi_Minh)")]
Until = Annotated[Day, QueryParameter(description="Recorded on that day or earlier")]
Type = Annotated[
    str | None, QueryParameter(description="Of that type only, such as `UnitRenamed`", max_length=64)
]
ActorId = Annotated[UUID, PathParameter(description="As `actor` of an event, or of a token when it was made")]
PersonId = Annotated[UUID, PathParameter(description="The opaque id under which the person was registered")]


@get(
    "/v1/audit/units/{unit_id:str}",
    operation_id="auditUnit",
    summary="The history of a unit",
    tags=["audit"],
    responses=documented({200: AuditUnit}, 400, 404, 503),
)
async def audit_unit(
    request: AnyRequest,
    unit_id: Identifier,
    subtree: Subtree = False,
    since: Since = None,
    until: Until = None,
    type: Type = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every event that is the unit's record, whatever its stream (members, funds, models, roles at it …), in
    the order recorded; with `subtree`, those of all units that roll up under it today, past ones included."""
    _require_kind(type)
    after = understood(cursor, int) or 0
    async with ledger_of(request).reading_models(MODELS, min_position) as (connection, folded):
        now = await head(connection)
        units = await _units(request, connection, unit_id, now.position, subtree)
        span = await span_of(connection, now.position, after, since, until, type)
        found = await of_units(connection, units, span, folded, limit + 1)
        lines = await _lines(connection, request, found[:limit])
    link = _next(request, found, limit)
    return answer(AuditUnit(unit_id, len(units), lines), now.position, link=link)


@get(
    "/v1/audit/actors/{actor_id:str}",
    operation_id="auditActor",
    summary="The history of an actor",
    tags=["audit"],
    responses=documented({200: AuditActor}, 400, 404, 503),
)
async def audit_actor(
    request: AnyRequest,
    actor_id: ActorId,
    since: Since = None,
    until: Until = None,
    type: Type = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Everything the actor recorded, and every token and role it was given or lost, in the order recorded;
    for auditors of the whole log, and for the actor itself. What it is called stays sealed: `auditEventNotes`
    of its `TokenIssued` opens that."""
    _require_kind(type)
    after = understood(cursor, int) or 0
    async with ledger_of(request).reading_models(MODELS, min_position) as (connection, folded):
        now = await head(connection)
        span = await span_of(connection, now.position, after, since, until, type)
        found = await of_actor(connection, actor_id, span, folded, limit + 1)
        if not found and not after:
            ever = await span_of(connection, now.position, 0, None, None)
            if not await of_actor(connection, actor_id, ever, folded, 1):
                raise ApiProblem(ACTOR_NOT_FOUND, actor=str(actor_id))
        lines = await _lines(connection, request, found[:limit])
    return answer(AuditActor(actor_id, lines), now.position, link=_next(request, found, limit))


@get(
    "/v1/audit/persons/{person_id:str}",
    operation_id="auditPerson",
    summary="The history of a person's data",
    tags=["audit"],
    responses=documented({200: AuditPerson}, 400, 404, 503),
)
async def audit_person(
    request: AnyRequest,
    person_id: PersonId,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """When the person was registered, changed, read and erased, by whom and what for; what they agreed to;
    and every gift, award, model and token that names them, within the token's reach. Nothing sealed is
    opened."""
    ledger = ledger_of(request)
    after = understood(cursor, int) or 0
    reach = caller_of(request).reach(AUDIT)
    least = max(ledger.position, min_position or 0)
    async with ledger.reading_models(NAMING, least) as (connection, position):
        named = await naming(connection, person_id)
        if not named:
            raise ApiProblem(PERSON_NOT_FOUND, person=str(person_id))
        found = [e for e in named if e.position > after and _seen(e, reach, person_id)][: limit + 1]
        lines = await _lines(connection, request, found[:limit])
    return answer(AuditPerson(person_id, lines), position, link=_next(request, found, limit))


def _seen(event: Stored, reach: frozenset[str] | None, person_id: UUID) -> bool:
    unit = event.fact.effect.unit
    kept_by_nobody = unit is None and event.fact.stream == f"person-{person_id}"
    return reach is None or unit in reach or kept_by_nobody


async def _units(
    request: AnyRequest, connection: Connection, unit_id: str, position: int, subtree: bool
) -> frozenset[str]:
    """The units asked about, within the caller's reach. Raises `ApiProblem` for one never established."""
    caller = caller_of(request)
    tree = caller.tree or await TREES.at(connection, position)
    if tree.get(unit_id) is None:
        raise ApiProblem(UNIT_NOT_FOUND, successors=[], unit=unit_id, named="–")
    units = frozenset(reached(tree, unit_id, today()) if subtree else (unit_id,))
    reach = caller.reach(AUDIT)
    return units if reach is None else units & reach


async def _lines(connection: Connection, request: AnyRequest, events: Sequence[Stored]) -> list[AuditLine]:
    return await audit_lines(connection, request, events)


def _next(request: AnyRequest, found: Sequence[Stored], limit: int) -> str | None:
    return next_page(request, cursor=written(found[limit - 1].position)) if len(found) > limit else None


def _require_kind(name: str | None) -> None:
    if name is not None and name not in CATALOGUE:
        raise ApiProblem(NAME_NOT_FOUND, name=name)


HISTORIES: list[Any] = [audit_unit, audit_actor, audit_person]
