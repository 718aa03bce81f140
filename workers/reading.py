"""One consistent view of read models over several statements, with the position it reflects.

A single SELECT needs none of this. Over several, a rebuild's switch could slip in between, and a snapshot
taken before it would find the new tables empty; so readers hold a shared lock, taken before their snapshot.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from workers.projection import schema_of
from workers.status import reached


@asynccontextmanager
async def reading(pool: Any, *names: str) -> AsyncIterator[tuple[Any, int]]:
    """A read-only transaction on one snapshot: (connection, position all of `names` have reached)."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        for name in sorted(names):
            await connection.execute(f"LOCK TABLE {schema_of(name)}.in_use IN ACCESS SHARE MODE")
        yield connection, await reached(connection, names)
