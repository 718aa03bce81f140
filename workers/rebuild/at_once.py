"""A read model made in one go from a log that stands still: no chunks to share, nothing to compare with."""

from typing import Any

from workers.installed import SERVICE_ROLE, ensure, make_indexes, make_tables, readers
from workers.poison import blames_the_event
from workers.projection import Projection, schema_of
from workers.projector import advance
from workers.rebuild.chunks import MEMORY

_PAGE = 50_000
_PATIENCE = 3600.0  # seconds


async def make_at_once(pool: Any, projection: Projection) -> None:
    """Make and fill its tables, which must not be there. Streams that cannot be folded are parked."""
    await ensure(pool, projections=[])
    try:
        await _make(pool, projection)
    except Exception as error:
        if not blames_the_event(error):
            raise
        await ensure(pool, projections=[projection])
        await advance(pool, projection, page=_PAGE, budget=_PATIENCE)


async def _make(pool: Any, projection: Projection) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(MEMORY)
        head = await connection.fetchval("SELECT position FROM log.head")
        schema = schema_of(projection.name)
        await make_tables(connection, projection, schema, readers(SERVICE_ROLE))
        for after in range(0, head, projection.chunk):
            await projection.gather(connection, after, min(after + projection.chunk, head))
        await projection.settle(connection, head)
        await make_indexes(connection, projection)
        await connection.execute(
            "INSERT INTO projections.projection (name, version, checkpoint) VALUES ($1, $2, $3)",
            projection.name,
            projection.version,
            head,
        )
