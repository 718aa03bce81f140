"""Folds chunks of a rebuild: by whoever called for it, and by every Celery worker that hears of it.

A chunk is claimed, folded and marked in one transaction: a process that is killed leaves it free.
"""

import os
import socket
import time
from collections.abc import Iterable
from typing import Any

from workers.poison import TooManyParkedError, blames_the_event, fold_around_poison
from workers.projection import Projection
from workers.rebuild.state import use_build

MEMORY = "SET LOCAL work_mem TO '4MB'; SET LOCAL hash_mem_multiplier TO 16"
"""SQL of what gathering a chunk may take in the database. Sums are hashed, in some 8 MB; the plan expects ten
times as many of them as there are, and would sort the chunk by way of the disk, in nearly twice the time."""

_CLAIM = """
SELECT after, through FROM projections.chunk
WHERE name = $1 AND done_at IS NULL ORDER BY after LIMIT 1 FOR UPDATE SKIP LOCKED
"""

_WAITING = """
SELECT r.name FROM projections.rebuild r
WHERE why IS NULL AND settled_at IS NULL
    AND EXISTS (SELECT FROM projections.chunk c WHERE c.name = r.name AND c.done_at IS NULL)
"""


async def fold_chunk(pool: Any, projection: Projection) -> bool:
    """Fold a free chunk of that read model's rebuild. False: there is none just now.

    What the event is to blame for is noted in the rebuild's row, for whoever called for it, and ends it.
    """
    claimed: tuple[int, int] | None = None
    try:
        async with pool.acquire() as connection, connection.transaction():
            # A chunk is committed with its rows or not at all: losing both in a crash costs folding it anew.
            await connection.execute(f"SET LOCAL synchronous_commit TO off; {MEMORY}")
            if not await _is_open(connection, projection):
                return False
            row = await connection.fetchrow(_CLAIM, projection.name)
            if row is None:
                return False
            claimed = row["after"], row["through"]
            await use_build(connection, projection.name)
            await projection.gather(connection, *claimed)
            await connection.execute(
                "UPDATE projections.chunk SET done_at = clock_timestamp(), worker = $3"
                " WHERE name = $1 AND after = $2",
                projection.name,
                claimed[0],
                f"{socket.gethostname()} {os.getpid()}",
            )
            return True
    except Exception as error:
        if claimed is None or not blames_the_event(error):
            raise
        if not await note_the_event(pool, projection, *claimed):
            raise
        return False


async def fold_for(pool: Any, projection: Projection, seconds: float) -> bool:
    """Fold chunks for about so long. False: none was free."""
    until = time.monotonic() + seconds
    while await fold_chunk(pool, projection):
        if time.monotonic() > until:
            return True
    return False


async def waiting(connection: Any, among: Iterable[str]) -> list[str]:
    """The read models with chunks to fold."""
    found = {row["name"] for row in await connection.fetch(_WAITING)}
    return [name for name in among if name in found]


async def _is_open(connection: Any, projection: Projection) -> bool:
    """Whether it is being rebuilt by this definition; nobody ends that before this transaction ends.

    Where order matters, this lock is held by one at a time.
    """
    lock = "FOR SHARE" if projection.in_any_order else "FOR UPDATE"
    found = await connection.fetchval(
        "SELECT true FROM projections.rebuild WHERE name = $1 AND version = $2"
        f" AND why IS NULL AND settled_at IS NULL {lock} SKIP LOCKED",
        projection.name,
        projection.version,
    )
    return bool(found)


async def note_the_event(pool: Any, projection: Projection, after: int, through: int) -> bool:
    """Find the first event at fault and stop the rebuild, naming it. False: each can be folded after all."""
    async with pool.acquire() as connection:
        attempt = connection.transaction()
        await attempt.start()
        try:
            await use_build(connection, projection.name)
            found = await fold_around_poison(
                connection, projection, after, through, (), limit=1, gathering=True
            )
        except TooManyParkedError as more:
            found = more.found
        finally:
            await attempt.rollback()
        if found:
            await connection.execute(
                "UPDATE projections.rebuild SET stopped_at = $3, why = $4"
                " WHERE name = $1 AND version = $2 AND why IS NULL",
                projection.name,
                projection.version,
                found[0].position,
                found[0].error,
            )
        return bool(found)
