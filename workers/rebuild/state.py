"""What is known of a rebuild in progress: its row, its chunks, its schema. Made and unmade here."""

from typing import Any

import msgspec

from workers.installed import make_tables, use_schema
from workers.projection import Projection, build_of, schema_of

_STATE = """
SELECT r.version, r.live_version, r.settled_at, r.stopped_at, r.why,
    coalesce(sum(c.through - c.after) FILTER (WHERE c.done_at IS NOT NULL), 0)::bigint AS done,
    coalesce(max(c.through), 0) AS goal
FROM projections.rebuild r LEFT JOIN projections.chunk c USING (name)
WHERE r.name = $1 GROUP BY r.name
"""

_IS_OF_BEFORE = """
SELECT EXISTS (SELECT FROM pg_attribute
    WHERE attrelid = 'projections.rebuild'::regclass AND attname = 'carries' AND NOT attisdropped)
"""
"""A ledger made while an added indicator was folded by itself and other rows were carried over."""

_ADD_CHUNKS = """
INSERT INTO projections.chunk (name, after, through)
SELECT $1, after, least(after + $4, $3) FROM generate_series($2::bigint, $3::bigint - 1, $4::bigint) AS after
"""


class State(msgspec.Struct, frozen=True):
    """How far a rebuild is."""

    version: int
    live_version: int
    settled_at: int | None
    stopped_at: int | None
    why: str | None
    done: int
    """Positions folded."""
    goal: int
    """Up to which there are chunks."""


async def state_of(connection: Any, name: str) -> State | None:
    row = await connection.fetchrow(_STATE, name)
    return State(**row) if row else None


async def begin(connection: Any, projection: Projection, role: str, size: int, shares: int = 1) -> None:
    """Go on with the build that is there, if it is of this definition; else make empty tables and chunks.

    In a transaction, by whoever is the only one to rebuild this read model. `role`: may read the tables
    (quoted). `size`: positions of a chunk, fewer where that makes as many chunks as `shares`. Raises
    `KeyError`: never installed.
    """
    name = projection.name
    row = await connection.fetchrow(
        "SELECT version, checkpoint FROM projections.projection WHERE name = $1", name
    )
    if row is None:
        raise KeyError(f"{name} was never installed")
    found = await state_of(connection, name)
    ours = found and (found.version, found.live_version) == (projection.version, row["version"])
    if found and ours and found.why is None:
        return
    await drop(connection, name)
    if await connection.fetchval(_IS_OF_BEFORE):  # only then: it waits for every chunk that is being folded
        await connection.execute("ALTER TABLE projections.rebuild DROP COLUMN carries")
    await make_tables(connection, projection, build_of(name), role)
    await connection.execute(
        "INSERT INTO projections.rebuild (name, version, live_version) VALUES ($1, $2, $3)",
        name,
        projection.version,
        row["version"],
    )
    share = -(-row["checkpoint"] // shares)
    await add_chunks(connection, name, 0, row["checkpoint"], max(1, min(size, share)))


async def add_chunks(connection: Any, name: str, after: int, through: int, size: int) -> None:
    """Chunks of `size` positions for whatever lies between."""
    await connection.execute(_ADD_CHUNKS, name, after, through, size)


async def drop(connection: Any, name: str) -> None:
    """Unmake a build; waits for chunks that are being folded. In a transaction."""
    await connection.execute("SELECT FROM projections.rebuild WHERE name = $1 FOR UPDATE", name)
    await connection.execute("DELETE FROM projections.chunk WHERE name = $1", name)
    await connection.execute("DELETE FROM projections.rebuild WHERE name = $1", name)
    await connection.execute(f"DROP SCHEMA IF EXISTS {build_of(name)}, {gone(name)} CASCADE")


def gone(name: str) -> str:
    """The schema of what a switch put away for good, until it is dropped."""
    return f"{schema_of(name)}_gone"


async def live_checkpoint(connection: Any, name: str) -> int:
    found = await connection.fetchval("SELECT checkpoint FROM projections.projection WHERE name = $1", name)
    return int(found)


async def use_build(connection: Any, name: str) -> None:
    """Let unqualified names mean the build's tables, until the transaction ends."""
    await use_schema(connection, build_of(name))
