"""Small histories for tests of the machinery, and ways to wait for what a worker does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from events.declare import Fact
from tests.events.history import History
from workers.projection import Projection, schema_of


def terms(count: int, lists: tuple[str, ...] = ("occasion", "item"), prefix: str = "t") -> list[Fact]:
    """A history of that many events, taking turns on the streams of those lists."""
    told = History()
    for number in range(count):
        told.record(
            "TermDefined",
            "2026-01-01",
            list=lists[number % len(lists)],
            term=f"{prefix}{number}",
            label=f"Mục {number}",
        )
    return told.log


async def tally_of(pool: Any) -> dict[str, int]:
    rows = await pool.fetch("SELECT stream, events FROM read_tally.tally")
    return {row["stream"]: row["events"] for row in rows}


async def counted(pool: Any) -> dict[str, int]:
    """What the tally should say."""
    rows = await pool.fetch("SELECT stream, count(*) AS events FROM log.events GROUP BY stream")
    return {row["stream"]: row["events"] for row in rows}


async def checkpoint(pool: Any, name: str = "tally") -> int:
    found = await pool.fetchval("SELECT checkpoint FROM projections.projection WHERE name = $1", name)
    return int(found)


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 20) -> None:
    """Wait for something to become true; fails the test when it does not."""
    end = time.monotonic() + seconds
    while True:
        try:
            if await condition():
                return
        except asyncpg.UndefinedTableError:
            pass  # the worker has not installed it yet
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def rows_of(pool: Any, projection: Projection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a read model holds, table by table, sorted."""
    schema = schema_of(projection.name)
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1", schema)
    return {
        table: [tuple(row) for row in await pool.fetch(f"SELECT t FROM {schema}.{table} t ORDER BY t")]
        for (table,) in tables
        if table != "in_use"
    }
