"""Statistics rebuilt by several processes: any of them is killed, Redis forgets everything, and it finishes.

Real Celery workers on a real Redis; the figures are those of before, whatever happened.
"""

import asyncio
import contextlib
import datetime as dt
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import redis

from deploy.addresses import Addresses
from tests.databases import Databases
from tests.events.history import History
from tests.workers.conftest import ROOT, celery_worker
from tests.workers.filled_log import fill
from tests.workers.given import checkpoint, rows_of, until
from tests.workers.slow_statistics import SLOW
from workers.installed import ensure
from workers.projection import Projection
from workers.projector import advance
from workers.reading import reading
from workers.rebuild import RebuildRunningError, Rebuilt, alone, rebuild, run

STATISTICS = SLOW["statistics"]
CHUNKS = 16


@pytest.fixture
async def slow(databases: Databases, ledger: Addresses, worker_pool: Any, awkward_told: History) -> Addresses:
    """A history folded live; from now on every chunk takes a quarter of a second."""
    await ensure(worker_pool, projections=[STATISTICS])
    await fill(ledger.owner_url, awkward_told.log)
    await advance(worker_pool, STATISTICS)
    superuser = await asyncpg.connect(databases.superuser_url(ledger))
    name = await superuser.fetchval("SELECT current_database()")
    await superuser.execute(f"ALTER DATABASE {name} SET test.pause = '0.25'")
    await superuser.close()
    return ledger


class Watch:
    """What the chunks' rows say while a rebuild goes on, which ends by deleting them."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.done: dict[int, set[dt.datetime]] = {}
        self.workers: set[str] = set()

    async def look(self) -> None:
        for row in await self._pool.fetch(
            "SELECT after, done_at, worker FROM projections.chunk WHERE done_at IS NOT NULL"
        ):
            self.done.setdefault(row["after"], set()).add(row["done_at"])
            self.workers.add(row["worker"])

    async def until_done(self, task: "asyncio.Task[list[Rebuilt]]") -> Rebuilt:
        while not task.done():
            await self.look()
            await asyncio.sleep(0.02)
        [one] = task.result()
        return one


def size_of(history: History) -> int:
    return -(-len(history.log) // CHUNKS)


async def test_a_worker_killed_and_redis_flushed_in_mid_rebuild(
    slow: Addresses,
    worker_pool: Any,
    awkward_told: History,
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one who called for it looks on: all is folded by Celery workers, who hear of it by sweeping."""
    monkeypatch.setattr(run, "fold_chunk", nothing_is_folded_here)
    before, watch = await rows_of(worker_pool, STATISTICS), Watch(worker_pool)
    size, url, log = size_of(awkward_told), slow.redis_url, workplace / "rebuild-worker.log"
    with (
        celery_worker(slow, beat=True, log=log, knowing="tests.workers.slow_statistics") as worker,
        redis.Redis.from_url(url) as broker,
    ):
        await until(lambda: child_of(worker))
        task = asyncio.create_task(rebuild(slow.worker_url, projections=SLOW, page=size, redis_url=url))
        await until(lambda: so_many_are_done(watch, 3))
        [folding] = watch.workers
        psutil.Process(int(folding.split()[-1])).kill()
        broker.flushdb()

        one = await watch.until_done(task)

        print(log.read_text())
        assert (one.switched, one.differences) == (True, [])
        assert len(watch.workers) == 2  # the child that was killed and the one that came after it
        assert {len(times) for times in watch.done.values()} == {1}
        assert await rows_of(worker_pool, STATISTICS) == before


async def test_the_caller_killed_and_called_again_goes_on_where_it_was(
    slow: Addresses, worker_pool: Any, awkward_told: History
) -> None:
    before, watch, size = await rows_of(worker_pool, STATISTICS), Watch(worker_pool), size_of(awkward_told)
    words = ["-m", "tests.workers.slow_statistics", slow.worker_url, str(size)]
    caller = subprocess.Popen([sys.executable, *words], cwd=ROOT)  # noqa: ASYNC220
    await until(lambda: so_many_are_done(watch, 3))
    caller.kill()
    caller.wait()
    await watch.look()
    done_before, again = dict(watch.done), Watch(worker_pool)
    seen: list[tuple[str, int, int]] = []

    one = await again.until_done(
        asyncio.create_task(
            rebuild(slow.worker_url, projections=SLOW, progress=lambda *step: seen.append(step))
        )
    )

    assert (one.switched, one.differences) == (True, [])
    assert 3 * size <= len(done_before) * size <= seen[0][1] < seen[0][2] == len(awkward_told.log)
    assert {after: again.done[after] for after in done_before} == done_before
    assert await rows_of(worker_pool, STATISTICS) == before


async def test_called_for_twice_at_once_the_second_is_told_so(
    slow: Addresses, worker_pool: Any, awkward_told: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "_PATIENCE", 0.1)
    before, size = await rows_of(worker_pool, STATISTICS), 4 * size_of(awkward_told)
    calls = [rebuild(slow.worker_url, projections=SLOW, page=size) for _ in range(2)]
    found = await asyncio.gather(*calls, return_exceptions=True)
    [refused] = [f for f in found if isinstance(f, RebuildRunningError)]
    [[one]] = [f for f in found if isinstance(f, list)]
    assert refused.name == one.name == "statistics"
    assert (one.switched, one.differences) == (True, [])
    assert await rows_of(worker_pool, STATISTICS) == before


async def test_questions_are_answered_throughout_from_one_version(
    slow: Addresses, worker_pool: Any, awkward_told: History
) -> None:
    """While the next tables are built, at the switch and after it: whole, and the same figures."""
    facts, size = awkward_told.log, 6 * size_of(awkward_told)
    whole = "SELECT sum(hashtext(c::text)) FROM read_statistics.cell c"
    answers: set[tuple[int, int]] = set()

    async def ask(service: Any) -> None:
        while True:
            async with reading(service, "statistics") as (connection, position):
                first = await connection.fetchval(whole)
                await asyncio.sleep(0.002)
                assert await connection.fetchval(whole) == first
                answers.add((position, first))

    async with asyncpg.create_pool(slow.database_url, min_size=0, max_size=2) as service:
        asking = [asyncio.create_task(ask(service)) for _ in range(2)]
        [one] = await rebuild(slow.worker_url, projections=SLOW, page=size)
        assert one.switched
        await asyncio.sleep(0.05)
        for task in asking:
            assert not task.done()
            task.cancel()
        for task in asking:
            with contextlib.suppress(asyncio.CancelledError):
                await task
    assert answers == {(len(facts), await worker_pool.fetchval(whole))}
    assert await checkpoint(worker_pool, "statistics") == len(facts)


async def child_of(worker: psutil.Process) -> bool:
    return bool(worker.children())


async def nothing_is_folded_here(pool: Any, projection: Projection) -> bool:
    return False


async def so_many_are_done(watch: Watch, count: int) -> bool:
    await watch.look()
    return len(watch.done) >= count
