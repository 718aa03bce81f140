"""Moves read models forward: a page of the log and the checkpoint after it, in one transaction.

Delivered twice, killed half-way, run by two workers at once, the effect is once: the projection's row is
locked while a page is folded, and moves by compare-and-set. Whether anybody was told to work never matters
for correctness, only for freshness.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from workers.installed import use_schema
from workers.poison import Parked, TooManyParkedError, fold_around_poison
from workers.projection import Projection, schema_of

log = logging.getLogger(__name__)

PAGE = 5_000
"""Positions folded in one live transaction."""

BUDGET = 8.0
"""Seconds after which `advance` returns between two pages (the sweep goes on from there), so that a worker
can be stopped politely: less than its soft shutdown takes."""


async def advance(pool: Any, projection: Projection, *, page: int = PAGE, budget: float = BUDGET) -> bool:
    """Fold until the checkpoint is at the head. Returns False if there is more to do (the time is up).

    True also when another worker is at it or the definition is not the one the tables were made by.

    No wake-up is lost: whether there is more is asked *without* holding the lock. Whoever is turned away by
    the lock was woken before the holder's commit, hence before the holder asks again.
    """
    until = time.monotonic() + budget
    while await is_behind(pool, projection):
        if not await fold_page(pool, projection, page):
            return True
        if time.monotonic() > until:
            return False
    return True


async def is_behind(pool: Any, projection: Projection) -> bool:
    """Whether there are events to fold, this definition may fold them, and it is not just in trouble."""
    behind = await pool.fetchval(
        "SELECT checkpoint < (SELECT position FROM log.head) FROM projections.projection"
        " WHERE name = $1 AND version = $2"
        " AND (trouble IS NULL OR updated_at < clock_timestamp() - interval '30 seconds')",
        projection.name,
        projection.version,
    )
    return bool(behind)


async def fold_page(pool: Any, projection: Projection, page: int = PAGE) -> bool:
    """Fold the next page. False: not now (another worker holds the row, or the projection is in trouble)."""
    try:
        async with pool.acquire() as connection, connection.transaction():
            # The checkpoint is committed with its rows or not at all: losing both in a crash costs a refold.
            await connection.execute("SET LOCAL synchronous_commit TO off")
            checkpoint = await connection.fetchval(
                "SELECT checkpoint FROM projections.projection WHERE name = $1 AND version = $2"
                " FOR UPDATE SKIP LOCKED",
                projection.name,
                projection.version,
            )
            if checkpoint is None:
                return False
            head = await connection.fetchval("SELECT position FROM log.head")
            through = min(head, checkpoint + page)
            if through > checkpoint:
                parked = await parked_streams(connection, projection.name)
                await use_schema(connection, schema_of(projection.name))
                for found in await fold_around_poison(connection, projection, checkpoint, through, parked):
                    await _park(connection, projection.name, found)
                await move(connection, projection.name, checkpoint, through)
            return True
    except TooManyParkedError as trouble:
        await _note_trouble(pool, projection.name, str(trouble))
        return False


async def move(connection: Any, name: str, checkpoint: int, through: int) -> None:
    """Compare-and-set of the checkpoint; the lock makes failing impossible, and this shows if it is not."""
    moved = await connection.execute(
        "UPDATE projections.projection SET checkpoint = $3, updated_at = clock_timestamp(), trouble = NULL"
        " WHERE name = $1 AND checkpoint = $2",
        name,
        checkpoint,
        through,
    )
    if moved != "UPDATE 1":
        raise RuntimeError(f"projection {name} was moved from {checkpoint} by somebody else")


async def parked_streams(connection: Any, name: str) -> Sequence[str]:
    """The streams that projection leaves out."""
    rows = await connection.fetch("SELECT stream FROM projections.parked WHERE name = $1", name)
    return [row["stream"] for row in rows]


async def _park(connection: Any, name: str, parked: Parked) -> None:
    log.error("projection %s parks %s at position %d: %s", name, parked.stream, parked.position, parked.error)
    await connection.execute(
        "INSERT INTO projections.parked (name, stream, position, error) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        name,
        parked.stream,
        parked.position,
        parked.error,
    )


async def _note_trouble(pool: Any, name: str, trouble: str) -> None:
    await pool.execute(
        "UPDATE projections.projection SET trouble = $2, updated_at = clock_timestamp() WHERE name = $1",
        name,
        trouble,
    )
    log.error("projection %s stands still: %s", name, trouble)
