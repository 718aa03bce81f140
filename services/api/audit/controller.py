"""Routes of the auditor: straight from the log, past every read model."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import PathParameter

from events.log.read import COLUMNS, stored
from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.audit.histories import HISTORIES
from services.api.audit.lines import audit_lines
from services.api.audit.shapes import AuditEvent, AuditStream, Related
from services.api.documented import documented
from services.api.parameters import Cursor, Limit, MinPosition, next_page, understood, written
from services.api.problems import EVENT_NOT_FOUND, STREAM_NOT_FOUND, ApiProblem
from services.api.whose import STREAM_NAME

StreamName = Annotated[str, PathParameter(pattern=STREAM_NAME)]
EventId = Annotated[UUID, PathParameter(description="As it was answered when recorded")]

_STREAM = f"""
    SELECT {COLUMNS} FROM log.events WHERE stream = $1 AND version > $2::bigint ORDER BY version LIMIT $3
"""
_EVENT = f"SELECT {COLUMNS} FROM log.events WHERE event_id = $1"

# What came with it has its command; what undoes it, approves it or reads it back is on its own stream.
_RELATED = """
    SELECT event_id, position, type, stream, 'same_command' AS relation FROM log.events
    WHERE command_id = $2 AND actor = $3 AND event_id <> $1
    UNION
    SELECT event_id, position, type, stream, 'refers_to_it' FROM log.events
    WHERE stream = $4 AND target = $1
    UNION
    SELECT event_id, position, type, stream, 'referred_to' FROM log.events WHERE event_id = $5
    ORDER BY position LIMIT 1000
"""


@get(
    "/v1/audit/streams/{stream:str}",
    operation_id="auditStream",
    summary="The history of one thing",
    tags=["audit"],
    responses=documented({200: AuditStream}, 400, 404, 503),
)
async def audit_stream(
    request: AnyRequest,
    stream: StreamName,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every event of a stream, such as `fund-quy-bac-kan-city`, in order: nothing is ever left out."""
    after = understood(cursor, int) or 0
    async with ledger_of(request).reading_log(min_position) as (connection, now):
        rows = await connection.fetch(_STREAM, stream, after, limit + 1)
        if not rows and not after:
            raise ApiProblem(STREAM_NOT_FOUND, stream=stream)
        page = [stored(row) for row in rows[:limit]]
        events = await audit_lines(connection, request, page)
    link = next_page(request, cursor=written(events[-1].version)) if len(rows) > limit else None
    return answer(AuditStream(stream, events), now.position, link=link)


@get(
    "/v1/audit/events/{event_id:str}",
    operation_id="auditEvent",
    summary="All there is about one event",
    tags=["audit"],
    responses=documented({200: AuditEvent}, 400, 404, 503),
)
async def audit_event(request: AnyRequest, event_id: EventId, min_position: MinPosition = None) -> Answer:
    """Who recorded it and when, what it says, what it changed, what stands beside it; with the exact entry
    and its hash, so that both can be checked against a signed checkpoint."""
    async with ledger_of(request).reading_log(min_position) as (connection, now):
        row = await connection.fetchrow(_EVENT, event_id)
        if row is None:
            raise ApiProblem(EVENT_NOT_FOUND, event=str(event_id))
        event = stored(row)
        line = (await audit_lines(connection, request, [event]))[0]
        fact = event.fact
        related = await connection.fetch(
            _RELATED, event_id, event.command_id, fact.actor, fact.stream, fact.effect.target
        )
    content = AuditEvent(
        **msgspec.structs.asdict(line), related=[Related(**r) for r in related], entry=event.entry.decode()
    )
    return answer(content, now.position)


HANDLERS: list[Any] = [audit_stream, audit_event, *HISTORIES]
