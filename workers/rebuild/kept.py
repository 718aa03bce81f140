"""The version before the last switch: the way back to it, and its end."""

from typing import Any

import asyncpg

from events.log.connections import SETTINGS, notice
from workers.installed import use_schema
from workers.poison import fold_around_poison
from workers.projection import Projection, kept_of, schema_of
from workers.projections import PROJECTIONS
from workers.projector import advance, parked_streams
from workers.rebuild.alone import only_one
from workers.rebuild.errors import CannotGoBackError
from workers.rebuild.state import drop, gone, live_checkpoint
from workers.rebuild.switching import make_live, note_kept, parked_as_kept, wait_for_readers

_CHECKPOINT = "SELECT checkpoint FROM projections.kept WHERE name = $1"


async def back(worker_url: str, name: str, *, projections: dict[str, Projection] | None = None) -> int:
    """Bring the kept version of a read model up to date and switch to it; what was live is kept then.

    Returns the position it took over at. Raises `KeyError`, `CannotGoBackError`, `RebuildRunningError`.
    """
    projection = (PROJECTIONS if projections is None else projections)[name]
    pool = await asyncpg.create_pool(
        worker_url, min_size=0, max_size=3, init=notice, server_settings=SETTINGS
    )
    try:
        async with only_one(pool, name):
            kept = await pool.fetchval("SELECT version FROM projections.kept WHERE name = $1", name)
            if kept != projection.version:
                raise CannotGoBackError(name, kept, projection.version)
            while not await _catch_up(pool, projection):
                pass
            at = await _swap(pool, projection)
        while not await advance(pool, projection):
            pass
        return at
    finally:
        await pool.close()


async def drop_old(worker_url: str, name: str) -> bool:
    """Drop the kept version of a read model. Returns whether there was one. Raises `RebuildRunningError`."""
    pool = await asyncpg.create_pool(
        worker_url, min_size=0, max_size=2, init=notice, server_settings=SETTINGS
    )
    try:
        async with only_one(pool, name), pool.acquire() as connection, connection.transaction():
            dropped = await connection.execute("DELETE FROM projections.kept WHERE name = $1", name)
            await connection.execute("DELETE FROM projections.parked WHERE name = $1", parked_as_kept(name))
            await connection.execute(f"DROP SCHEMA IF EXISTS {kept_of(name)}, {gone(name)} CASCADE")
            return bool(dropped == "DELETE 1")
    finally:
        await pool.close()


async def _catch_up(pool: Any, projection: Projection) -> bool:
    """Fold a page into the kept tables. Whether they are where the live ones are, or close."""
    async with pool.acquire() as connection, connection.transaction():
        await _fold_page(connection, projection)
        live = await live_checkpoint(connection, projection.name)
        return bool(live - await connection.fetchval(_CHECKPOINT, projection.name) < projection.chunk)


async def _fold_page(connection: Any, projection: Projection) -> int:
    """As `projector.fold_page` does with the live tables. Returns the checkpoint of the kept ones."""
    name = projection.name
    checkpoint = await connection.fetchval(f"{_CHECKPOINT} FOR UPDATE", name)
    through = min(checkpoint + projection.chunk, await live_checkpoint(connection, name))
    if through <= checkpoint:
        return int(checkpoint)
    parked = await parked_streams(connection, parked_as_kept(name))
    await use_schema(connection, kept_of(name))
    for found in await fold_around_poison(connection, projection, checkpoint, through, parked):
        await connection.execute(
            "INSERT INTO projections.parked (name, stream, position, error) VALUES ($1, $2, $3, $4)",
            parked_as_kept(name),
            found.stream,
            found.position,
            found.error,
        )
    await connection.execute("UPDATE projections.kept SET checkpoint = $2 WHERE name = $1", name, through)
    return int(through)


async def _swap(pool: Any, projection: Projection) -> int:
    """In one transaction the kept tables and the live ones change places, both of the same position."""
    name, live, kept = projection.name, schema_of(projection.name), kept_of(projection.name)
    async with pool.acquire() as connection, connection.transaction():
        await drop(connection, name)  # a build that was begun beside what is live so far
        was = await connection.fetchrow(
            "SELECT version, checkpoint FROM projections.projection WHERE name = $1 FOR UPDATE", name
        )
        at = await _fold_page(connection, projection)
        while at < was["checkpoint"]:
            at = await _fold_page(connection, projection)
        await wait_for_readers(connection, name)
        await connection.execute(
            f"ALTER SCHEMA {live} RENAME TO {gone(name)}; ALTER SCHEMA {kept} RENAME TO {live};"
            f"ALTER SCHEMA {gone(name)} RENAME TO {kept}"
        )
        left_out = await connection.fetch(
            "DELETE FROM projections.parked WHERE name = $1 RETURNING stream, position, error, parked_at",
            parked_as_kept(name),
        )
        await note_kept(connection, name, was["version"], was["checkpoint"])
        await connection.executemany(
            "INSERT INTO projections.parked (name, stream, position, error, parked_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            [(name, *row) for row in left_out],
        )
        await make_live(connection, projection, at)
        return at
