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
    async with pool.acquire() as connection, snapshot(connection, *names):
        yield connection, await reached(connection, names)


_PLANNED_ANEW = "SET LOCAL plan_cache_mode TO force_custom_plan;"
_PLANNED_ONCE = "SET LOCAL plan_cache_mode TO force_generic_plan;"
"""A question names one unit or three thousand: mostly, what suits both takes twice as long."""
ONE_PLAN = frozenset({"statistics"})
"""Read models whose questions have one plan that suits all, which then need not be made each time."""


@asynccontextmanager
async def snapshot(connection: Any, *names: str) -> AsyncIterator[None]:
    """One snapshot of the log and these read models on this connection, unless one has begun already.

    Begins in one round trip; the snapshot itself is taken by the first query.
    """
    if connection.is_in_transaction():
        yield
        return
    planned = _PLANNED_ONCE if names and ONE_PLAN.issuperset(names) else _PLANNED_ANEW
    locks = "".join(f"LOCK TABLE {schema_of(name)}.in_use IN ACCESS SHARE MODE;" for name in sorted(names))
    try:
        await connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;{planned}{locks}")
        yield
    except BaseException:
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")


async def planned_anew(connection: Any) -> None:
    """From here on in the snapshot, every statement is planned for what it names."""
    await connection.execute(_PLANNED_ANEW)
