"""Tokens as the log has them: whose, with which roles, until when, withdrawn or not. Never a secret."""

from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from events.catalogue.access import AccessState, RoleGranted, TokenIssued, TokenWithdrawn
from events.log.read import COLUMNS, Connection, Stored, stored
from events.sealing.keys import MasterKey
from events.vocabulary import Role
from services.api.tokens.shapes import RoleAt, TokenLine
from services.persons.opening import Opened, opened, text_of

SCANNED = 500
"""Tokens looked at in one query, whoever they are of."""

_TOKENS = """
SELECT token_id, actor_id, last_used_at FROM log.tokens
WHERE ($1::uuid IS NULL OR token_id > $1) ORDER BY token_id LIMIT $2
"""
_STREAMS = f"SELECT {COLUMNS} FROM log.events WHERE stream = ANY($1) ORDER BY stream, version"


async def listed(
    connection: Connection,
    master: MasterKey,
    *,
    reach: Collection[str] | None,
    own: UUID,
    after: UUID | None,
    limit: int,
) -> list[TokenLine]:
    """At most `limit` tokens behind `after`, in the order in which they were made.

    `reach`: the units the asker administers (None: all). Shown are tokens of actors that never held a role
    outside them, and of the asker, `own`.
    """
    found: list[TokenLine] = []
    while len(found) < limit:
        rows = await connection.fetch(_TOKENS, after, SCANNED)
        actors = await _actors(connection, {row["actor_id"] for row in rows})
        shown = [r for r in rows if r["actor_id"] == own or _within(actors.get(r["actor_id"], ()), reach)]
        found += await _lines(connection, master, shown[: limit - len(found)], actors)
        if len(rows) < SCANNED:
            break
        after = rows[-1]["token_id"]
    return found


async def _actors(connection: Connection, ids: set[UUID]) -> dict[UUID, list[Stored]]:
    """What happened to each actor's access."""
    found: dict[UUID, list[Stored]] = {}
    for row in await connection.fetch(_STREAMS, [f"access-{actor}" for actor in ids]):
        event = stored(row)
        found.setdefault(UUID(event.fact.stream.removeprefix("access-")), []).append(event)
    return found


def _within(events: Sequence[Stored], reach: Collection[str] | None) -> bool:
    if reach is None:
        return True
    units = {e.fact.data.unit_id for e in events if isinstance(e.fact.data, RoleGranted)}
    return bool(units) and all(unit in reach for unit in units)


async def _lines(
    connection: Connection, master: MasterKey, rows: Sequence[Any], actors: dict[UUID, list[Stored]]
) -> list[TokenLine]:
    issued: dict[UUID, Stored] = {}
    withdrawn: dict[UUID, Stored] = {}
    states: dict[UUID, AccessState] = {}
    for actor in {row["actor_id"] for row in rows}:
        state = states[actor] = AccessState()
        for event in actors.get(actor, ()):
            state.take(event.fact)
            if isinstance(event.fact.data, TokenIssued):
                issued[event.fact.data.token_id] = event
            elif isinstance(event.fact.data, TokenWithdrawn):
                withdrawn[event.fact.data.token_id] = event
    asked = [row for row in rows if row["token_id"] in issued]
    names = await opened(connection, master, [issued[row["token_id"]].fact.event_id for row in asked])
    return [
        _line(row, issued[row["token_id"]], withdrawn.get(row["token_id"]), states[row["actor_id"]], names)
        for row in asked
    ]


def _line(row: Any, issued: Stored, withdrawn: Stored | None, state: AccessState, names: Opened) -> TokenLine:
    data = issued.fact.data
    assert isinstance(data, TokenIssued)
    return TokenLine(
        token_id=data.token_id,
        actor_id=data.actor_id,
        name=text_of(names.get((issued.fact.event_id, "name"))),
        roles=[RoleAt(cast("Role", role), unit) for role, unit in sorted(state.roles)],
        issued_at=issued.recorded_at,
        expires_on=data.expires_on,
        last_used_at=row["last_used_at"],
        withdrawn_at=withdrawn.recorded_at if withdrawn else None,
    )
