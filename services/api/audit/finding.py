"""Which events belong to a history of units or of an actor: through the read model `history`, and where that
is behind the log through the log itself. So nothing is left out, and no append pays for an index of ours."""

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from events.log.read import COLUMNS, Connection, Stored, position_at_end_of, stored
from workers.projections.history import STRETCH, STRETCHES

MODELS = ("history",)
"""The read model asked, to be held still meanwhile."""


class Span(msgspec.Struct, frozen=True):
    """Which part of a history: after < position ≤ through, of one type if that is named."""

    after: int
    through: int
    type: str | None = None


FIRST_STRETCHES, GROWTH = 16, 4
"""How many stretches are looked into at once, and how much more each time while a page is not full: a busy
thing's page is found in the first few, a rare one's in a handful of looks at the whole log."""

_POSITIONS = f"""
WITH candidate AS MATERIALIZED (
    {STRETCHES}
    UNION
    SELECT generate_series(greatest($2, $6::bigint / {STRETCH}), $3)::integer
)
SELECT e.position FROM candidate c CROSS JOIN LATERAL (
    SELECT position FROM log.events
    WHERE position > greatest($4, c.stretch::bigint * {STRETCH})
        AND position <= least($5, (c.stretch::bigint + 1) * {STRETCH})
        AND {{column}} = ANY($1) AND ($7::text IS NULL OR type = $7)
    ORDER BY position
) e
ORDER BY e.position LIMIT $8
"""
"""In the stretches $2 to $3, after position $4 through $5. $6: how far the read model is; what is behind that
is looked through."""
_OF_STREAM = """
    SELECT position FROM log.events
    WHERE stream = $1 AND position > $2 AND position <= $3 AND ($4::text IS NULL OR type = $4)
    ORDER BY version LIMIT $5
"""
_EVENTS = f"SELECT {COLUMNS} FROM log.events WHERE position = ANY($1) ORDER BY position"


async def span_of(
    connection: Connection,
    head: int,
    after: int,
    since: dt.date | None,
    until: dt.date | None,
    type_: str | None = None,
) -> Span:
    """What was recorded from `since` to `until` (days included), behind the position `after`."""
    if since is not None and since > dt.date.min:
        after = max(after, await position_at_end_of(connection, since - dt.timedelta(days=1)))
    if until is not None and until < dt.date.max:
        head = min(head, await position_at_end_of(connection, until))
    return Span(after, head, type_)


async def of_units(
    connection: Connection, units: Collection[str], span: Span, folded: int, limit: int
) -> list[Stored]:
    """Events that are those units' records, by position."""
    return await _events(connection, await _positions(connection, "unit", units, span, folded, limit))


async def of_actor(
    connection: Connection, actor_id: UUID, span: Span, folded: int, limit: int
) -> list[Stored]:
    """Events that the actor recorded, and those about its own tokens and roles, by position."""
    recorded = await _positions(connection, "actor", [actor_id], span, folded, limit)
    access = await connection.fetch(
        _OF_STREAM, f"access-{actor_id}", span.after, span.through, span.type, limit
    )
    return await _events(connection, sorted({*recorded, *(row["position"] for row in access)})[:limit])


async def _positions(
    connection: Connection, column: str, wanted: Collection[Any], span: Span, folded: int, limit: int
) -> list[int]:
    # Hundreds of units are looked up as a hash only where the plan knows them.
    await connection.execute("SET LOCAL plan_cache_mode TO force_custom_plan")
    sql, keys = _POSITIONS.format(column=column), list(wanted)
    found: list[int] = []
    first, last, width = span.after // STRETCH, span.through // STRETCH, FIRST_STRETCHES
    while first <= last and len(found) < limit:
        until = min(first + width - 1, last)
        rows = await connection.fetch(
            sql, keys, first, until, span.after, span.through, folded, span.type, limit - len(found)
        )
        found += [row["position"] for row in rows]
        first, width = until + 1, width * GROWTH
    return found


async def _events(connection: Connection, positions: list[int]) -> list[Stored]:
    return [stored(row) for row in await connection.fetch(_EVENTS, positions)]
