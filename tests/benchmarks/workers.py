"""Two Celery workers folding the chunks of a rebuild, beside one.

The rebuild is called for as `workers.rebuild` does it, and looked at until every chunk is folded; the caller
itself folds none, so that what is measured is the workers' own.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import asyncpg
import msgspec

from deploy.embedded.places import forget, make_private
from deploy.embedded.redis import Redis
from deploy.stack import Stack
from tests.benchmarks.memory import Memory, family, started_but
from tests.benchmarks.province import Province
from tests.benchmarks.recorded import bytes_per_event, fold, record_province
from tests.benchmarks.results import Ground, Result
from workers.installed import readers
from workers.projections import PROJECTIONS
from workers.rebuild import state as states
from workers.rebuild.telling import tell

ROUNDS = 3
ASKED_FOR, ON_CORES = 1.7, 4
"""With fewer cores the database needs those that the second worker would."""
MEMORY_MB = 300
"""A worker's at most, whatever the size of the log."""
PATIENCE = 900
"""Seconds."""


async def two_beside_one(ground: Ground) -> list[Result]:
    """The statistics of a province's history."""
    events = await record_province(ground, Province(ground.events))
    await fold(ground)
    data = ground.folder / "stack"
    make_private(data)
    cores = os.cpu_count() or 1
    rates: dict[int, list[float]] = {}
    try:
        with Redis(data) as redis:
            for count in (1, 2):
                with (
                    _workers(ground, data, redis.url, count),
                    Memory(started_but(ground.server)) as worker,
                    Memory(family(ground.server)) as backend,
                ):
                    await _folded(ground, redis.url)
                    rates[count] = [events / await _folded(ground, redis.url) for _ in range(ROUNDS)]
    finally:
        forget(data)
    one, two = (median(rates[count]) for count in (1, 2))
    return [
        Result(
            "two Celery workers folding a rebuild of the statistics",
            two,
            "events/s",
            two / one,
            "one Celery worker",
            ASKED_FOR if cores >= ON_CORES else None,
            memory_mb=worker.all_mb,
            bytes_per_event=await bytes_per_event(ground),
            note="" if cores >= ON_CORES else f"reported only: {cores} cores carry the database as well",
        ),
        Result(
            "memory of a worker that rebuilds, as workers in a gigabyte",
            1024 / (worker.peak_mb + backend.peak_mb),
            "/GB",
            at_least=1024 / MEMORY_MB,
            memory_mb=worker.peak_mb + backend.peak_mb,
            note=f"its process {worker.peak_mb:.0f} MB, its PostgreSQL backend {backend.peak_mb:.0f} MB",
        ),
    ]


@contextmanager
def _workers(ground: Ground, data: Path, redis_url: str, count: int) -> Iterator[Stack]:
    addresses = msgspec.structs.replace(ground.addresses, redis_url=redis_url)
    with Stack(data, addresses=addresses, with_service=False, concurrency=count) as stack:
        yield stack


async def _folded(ground: Ground, redis_url: str) -> float:
    """Seconds until the workers have folded all chunks; what they built is dropped."""
    projection = PROJECTIONS["statistics"]
    size = projection.chunk  # chunks within one block of positions would wait for each other
    async with asyncpg.create_pool(ground.addresses.worker_url, min_size=0, max_size=1) as pool:
        async with pool.acquire() as connection, connection.transaction():
            role = readers("khuyenhoc_service")
            await states.begin(connection, projection, role, size)
        started = time.perf_counter()
        await tell(redis_url, projection.name, 64)
        while (state := await states.state_of(pool, projection.name)) and state.done < state.goal:
            if state.why or time.perf_counter() - started > PATIENCE:
                raise RuntimeError(f"the rebuild stands at {state.done}: {state.why}")
            await asyncio.sleep(0.01)
        took = time.perf_counter() - started
        async with pool.acquire() as connection, connection.transaction():
            await states.drop(connection, projection.name)
    return took
