"""The tree as tiles in the database: growing it by pages of the log, and reading roots and proofs from it."""

from collections.abc import Callable
from typing import Any, TypeVar

from events.proof.merkle import HASH_SIZE, Node, consistency_proof, inclusion_proof, leaf_hashes, range_root
from events.proof.tiles import WIDTH, grow, node_of, tiles_needed

T = TypeVar("T")

_EDGE = """
    SELECT level, hashes FROM proof.tile t
    JOIN unnest($1::smallint[], $2::bigint[]) AS wanted (level, index) USING (level, index)
"""
_WRITE = """
    INSERT INTO proof.tile (level, index, hashes)
    SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
    ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes
"""


async def integrate(connection: Any, size: int, through: int) -> int:
    """Put the entries behind `size` into the tiles, up to position `through`. Returns the new size.

    Called in a transaction that holds the row of `proof.sealing` and moves it.
    """
    rows = await connection.fetch(
        "SELECT entry FROM log.events WHERE position > $1 AND position <= $2 ORDER BY position", size, through
    )
    if len(rows) != through - size:
        raise MissingEventsError(size, through, len(rows))
    changed, _ = grow(size, await _edge(connection, size), leaf_hashes([row[0] for row in rows]))
    await connection.execute(_WRITE, [k[0] for k in changed], [k[1] for k in changed], [*changed.values()])
    return through


class MissingEventsError(RuntimeError):
    """Positions are dense, yet some are not there: somebody removed events."""

    def __init__(self, after: int, through: int, found: int) -> None:
        super().__init__(f"of the positions {after + 1} to {through} only {found} are in the log")


async def _edge(connection: Any, size: int) -> dict[int, bytes]:
    """The partial tiles at the right of a tree of that size, by level; cut to what belongs to it."""
    wanted = {}
    level = 0
    while size >> 8 * level:
        count = size >> 8 * level
        if count % WIDTH:
            wanted[level] = count // WIDTH
        level += 1
    rows = await connection.fetch(_EDGE, [*wanted], [*wanted.values()])
    return {r["level"]: r["hashes"][: (size >> 8 * r["level"]) % WIDTH * HASH_SIZE] for r in rows}


async def root_at(connection: Any, size: int) -> bytes:
    """The root over the first `size` entries, from the tiles."""
    return await from_tiles(connection, lambda node: range_root(0, size, node))


async def inclusion_at(connection: Any, index: int, size: int) -> list[bytes]:
    return await from_tiles(connection, lambda node: inclusion_proof(index, size, node))


async def consistency_between(connection: Any, old: int, size: int) -> list[bytes]:
    return await from_tiles(connection, lambda node: consistency_proof(old, size, node))


async def from_tiles(connection: Any, question: Callable[[Node], T]) -> T:
    """The answer to a question about the tree, its tiles read in one query. Raises `LookupError`."""
    needed = tiles_needed(question)
    rows = await connection.fetch(
        "SELECT level, index, hashes FROM proof.tile t"
        " JOIN unnest($1::smallint[], $2::bigint[]) AS wanted (level, index) USING (level, index)",
        [level for level, _ in needed],
        [index for _, index in needed],
    )
    tiles = {(row["level"], row["index"]): row["hashes"] for row in rows}
    return question(node_of(lambda level, index: tiles.get((level, index), b"")))
