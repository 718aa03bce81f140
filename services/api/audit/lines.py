"""Events of a history made into what an auditor is shown, with everything that stands beside them.

A page takes a handful of queries, however many events it holds.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from events.log.read import COLUMNS, Connection, Stored, stored
from services.api.access import AUDIT, AnyRequest, caller_of, speech_of
from services.api.audit.replacing import UNDOING, Change, change_of, kinds_before, target_needed
from services.api.audit.shapes import AuditLine, HeldRole, audit_line

_UNDONE = """
    SELECT target, event_id FROM log.events
    WHERE stream = ANY($1) AND target = ANY($2) AND type IN ('EntryReversed', 'RecordWithdrawn')
"""
_READABLE = "SELECT event_id, field FROM log.sealed WHERE event_id = ANY($1)"
_ROLES = f"""
    SELECT {COLUMNS} FROM log.events
    WHERE stream IN (SELECT 'access-' || unnest($1::uuid[])) AND kind IN ('RoleGranted', 'RoleWithdrawn')
    ORDER BY position
"""
_HISTORY = f"""
    SELECT {COLUMNS} FROM log.events
    WHERE stream IN (SELECT unnest($1::text[])) AND kind = ANY($2) ORDER BY position
"""
_NAMED = f"SELECT {COLUMNS} FROM log.events WHERE event_id = ANY($1)"


async def audit_lines(
    connection: Connection, request: AnyRequest, events: Sequence[Stored]
) -> list[AuditLine]:
    """A line for each event. `events` come by position."""
    ids = [e.fact.event_id for e in events]
    undone = await connection.fetch(_UNDONE, sorted({e.fact.stream for e in events}), ids)
    undone_by = {row["target"]: row["event_id"] for row in undone}
    readable: dict[UUID, set[str]] = {}
    for row in await connection.fetch(_READABLE, ids):
        readable.setdefault(row["event_id"], set()).add(row["field"])
    changes = await _changes(connection, events)
    held = await _roles(connection, request, events)
    language = speech_of(request)
    return [
        audit_line(e, language, undone_by.get(id_), readable.get(id_, set()), changes[id_], held[id_])
        for id_, e in zip(ids, events, strict=True)
    ]


async def _changes(connection: Connection, events: Sequence[Stored]) -> dict[UUID, Change]:
    """What each of them changed."""
    about = {e.fact.event_id: _changed_kind(e) for e in events}
    kinds = {kind for changed in about.values() for kind in kinds_before(changed)}
    streams = {e.fact.stream for e in events if kinds_before(about[e.fact.event_id])}
    histories: dict[str, list[Stored]] = defaultdict(list)
    if streams:
        for row in await connection.fetch(_HISTORY, list(streams), list(kinds)):
            histories[row["stream"]].append(stored(row))
    targets = await _targets(connection, events)
    return {e.fact.event_id: change_of(e, histories[e.fact.stream], targets) for e in events}


def _changed_kind(event: Stored) -> str:
    """The kind whose place in the stream an event changes: undoing one is about that one's."""
    fact = event.fact
    return fact.effect.kind or fact.type if fact.type in UNDOING else fact.type


async def _targets(connection: Connection, events: Sequence[Stored]) -> dict[UUID, Stored]:
    """The earlier events that these name, and what those took the place of."""
    found: dict[UUID, Stored] = {}
    asking = events
    for _ in range(2):
        wanted = {target for e in asking if (target := target_needed(e)) is not None} - set(found)
        if not wanted:
            break
        asking = [stored(row) for row in await connection.fetch(_NAMED, list(wanted))]
        found |= {e.fact.event_id: e for e in asking}
    return found


async def _roles(
    connection: Connection, request: AnyRequest, events: Sequence[Stored]
) -> dict[UUID, list[HeldRole]]:
    """Which roles the actor of each held when it recorded, within the asker's reach."""
    reach = caller_of(request).reach(AUDIT)
    turns: dict[UUID, list[Stored]] = defaultdict(list)
    for row in await connection.fetch(_ROLES, list({e.fact.actor for e in events})):
        if reach is None or row["unit"] in reach:
            turn = stored(row)
            turns[turn.fact.data.actor_id].append(turn)  # type: ignore[attr-defined]
    return {e.fact.event_id: _held(turns[e.fact.actor], e.position) for e in events}


def _held(turns: Sequence[Stored], position: int) -> list[HeldRole]:
    roles: dict[tuple[str, str], None] = {}
    for turn in turns:
        if turn.position >= position:
            break
        effect = turn.fact.effect
        role = (effect.subject or "", effect.unit or "")
        if turn.fact.type == "RoleGranted":
            roles[role] = None
        else:
            roles.pop(role, None)
    return [HeldRole(role, unit) for role, unit in roles]
