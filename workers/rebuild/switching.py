"""The switch: in one transaction another build's tables become the live ones, which are kept beside them."""

import asyncio
from typing import Any

import asyncpg

from workers.projection import Projection, build_of, kept_of, schema_of
from workers.rebuild.state import gone

_PATIENCE = "100ms"  # how long new readers may queue behind a switch that waits for running ones

_SCHEMA_IS_THERE = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)"


async def switch(connection: Any, projection: Projection, at: int, *, differ: bool) -> None:
    """The build, which is of position `at`, takes over; the live tables are kept.

    Those kept before go, but where the live ones are only a twin of what takes over and the kept ones are of
    another definition: then these stay, as the way back. `differ`: a difference was accepted. Ends in a state
    that `clear_away` tidies up after the commit. The projection's row must be locked.
    """
    name, live = projection.name, schema_of(projection.name)
    was = await connection.fetchrow(
        "SELECT version, checkpoint FROM projections.projection WHERE name = $1", name
    )
    kept = await connection.fetchval("SELECT version FROM projections.kept WHERE name = $1", name)
    twin = not differ and was["version"] == projection.version
    await wait_for_readers(connection, name)
    if twin and kept is not None and kept != projection.version:
        await connection.execute(f"ALTER SCHEMA {live} RENAME TO {gone(name)}")
        await connection.execute("DELETE FROM projections.parked WHERE name = $1", name)
    else:
        if await connection.fetchval(_SCHEMA_IS_THERE, kept_of(name)):
            await connection.execute(f"ALTER SCHEMA {kept_of(name)} RENAME TO {gone(name)}")
        await connection.execute(f"ALTER SCHEMA {live} RENAME TO {kept_of(name)}")
        await note_kept(connection, name, was["version"], was["checkpoint"])
    await connection.execute(f"ALTER SCHEMA {build_of(name)} RENAME TO {live}")
    await make_live(connection, projection, at)
    await connection.execute("DELETE FROM projections.chunk WHERE name = $1", name)
    await connection.execute("DELETE FROM projections.rebuild WHERE name = $1", name)


async def note_kept(connection: Any, name: str, version: int, checkpoint: int) -> None:
    """What was live is kept now, with the streams it leaves out."""
    await connection.execute(
        "INSERT INTO projections.kept (name, version, checkpoint) VALUES ($1, $2, $3) ON CONFLICT (name)"
        " DO UPDATE SET version = $2, checkpoint = $3, kept_at = clock_timestamp()",
        name,
        version,
        checkpoint,
    )
    await connection.execute("DELETE FROM projections.parked WHERE name = $1", parked_as_kept(name))
    await connection.execute(
        "UPDATE projections.parked SET name = $2 WHERE name = $1", name, parked_as_kept(name)
    )


async def make_live(connection: Any, projection: Projection, at: int) -> None:
    """The row of the read model says what its tables are now."""
    await connection.execute(
        "UPDATE projections.projection SET version = $2, checkpoint = $3, trouble = NULL,"
        " updated_at = clock_timestamp() WHERE name = $1",
        projection.name,
        projection.version,
        at,
    )


def parked_as_kept(name: str) -> str:
    """The name under which the kept version's streams are parked."""
    return f"{name}_old"


async def clear_away(pool: Any, name: str) -> None:
    """Drop what a switch put away. Waits for queries that are still reading it."""
    await pool.execute(f"DROP SCHEMA IF EXISTS {gone(name)} CASCADE")


async def wait_for_readers(connection: Any, name: str) -> None:
    """Until nobody is between two statements of one view (`workers/reading.py`); new ones wait little."""
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout TO '{_PATIENCE}'")
                await connection.execute(f"LOCK TABLE {schema_of(name)}.in_use IN ACCESS EXCLUSIVE MODE")
                await connection.execute("SET LOCAL lock_timeout TO 0")
                return
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(0.05)
