"""Real Celery workers on a real Redis: killed in mid-page, told twice, told nothing, their queue flushed.

Whatever happens to messages and processes, the read model is what a fresh fold of the log gives.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import redis

from deploy.addresses import Addresses
from tests.databases import Databases
from tests.workers.conftest import celery_worker
from tests.workers.filled_log import fill
from tests.workers.given import checkpoint, counted, tally_of, terms, until
from workers.celery_app import make_app
from workers.hints import Hints


@pytest.fixture
def worker_log(workplace: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    log = workplace / f"{request.node.name}.log"
    yield log
    print(log.read_text() if log.exists() else "")  # shown when the test fails


async def pause_pages(databases: Databases, addresses: Addresses, seconds: float) -> None:
    """From now on every new session of that database holds each page open so long."""
    owner = await asyncpg.connect(databases.superuser_url(addresses))
    try:
        name = await owner.fetchval("SELECT current_database()")
        await owner.execute(f"ALTER DATABASE {name} SET test.pause = '{seconds}'")
    finally:
        await owner.close()


async def who_is_in_mid_page(superuser: Any) -> int | None:
    """The process id of the worker child that holds a page open."""
    name: str | None = await superuser.fetchval(
        "SELECT application_name FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event = 'PgSleep'"
    )
    return int(name.split()[-1]) if name else None


async def test_killed_in_mid_page_it_starts_the_page_again(
    databases: Databases, ledger: Addresses, worker_pool: Any, worker_log: Path
) -> None:
    await fill(ledger.owner_url, terms(300))
    await pause_pages(databases, ledger, 60)
    superuser = await asyncpg.connect(databases.superuser_url(ledger))
    try:
        with celery_worker(ledger, beat=True, log=worker_log) as worker:
            await until(lambda: who_is_in_mid_page(superuser))
            child = psutil.Process(await who_is_in_mid_page(superuser))
            assert child in worker.children()
            assert await checkpoint(worker_pool) == 0
            await pause_pages(databases, ledger, 0)

            child.kill()

            await until(lambda: has_reached(worker_pool, 300))
            assert await tally_of(worker_pool) == await counted(worker_pool)
            assert worker.is_running()
    finally:
        await superuser.close()


async def test_with_every_message_lost_the_sweep_finds_what_there_is(
    ledger: Addresses, worker_pool: Any, worker_log: Path
) -> None:
    facts = terms(200)
    with celery_worker(ledger, beat=True, log=worker_log), redis.Redis.from_url(ledger.redis_url) as broker:
        await fill(ledger.owner_url, facts[:100])
        await until(lambda: has_reached(worker_pool, 100))  # nobody hinted
        broker.flushdb()
        await fill(ledger.owner_url, facts[100:])
        broker.flushdb()
        await until(lambda: has_reached(worker_pool, 200))
        assert await tally_of(worker_pool) == await counted(worker_pool)


async def test_hints_alone_wake_a_worker_and_twice_is_once(
    ledger: Addresses, worker_pool: Any, worker_log: Path
) -> None:
    """Without beat: only hints move it."""
    facts = terms(300)
    hints = Hints(ledger.redis_url, ["tally"])
    with celery_worker(ledger, beat=False, log=worker_log):
        await fill(ledger.owner_url, facts[:100])
        hints.after_commit(100)
        await until(lambda: has_reached(worker_pool, 100))

        await fill(ledger.owner_url, facts[100:200])
        hints.after_commit(200)
        await until(lambda: has_reached(worker_pool, 200))

        await fill(ledger.owner_url, facts[200:])
        app = make_app(ledger.redis_url)
        for _ in range(5):
            app.send_task("workers.advance", ("tally",), ignore_result=True)
        await until(lambda: has_reached(worker_pool, 300))
        await until(lambda: is_drained(ledger.redis_url))
        assert await tally_of(worker_pool) == await counted(worker_pool)
    await hints.close()


async def has_reached(pool: Any, position: int) -> bool:
    return await checkpoint(pool) == position


async def is_drained(redis_url: str) -> bool:
    """Whether every message was taken and acknowledged."""
    with redis.Redis.from_url(redis_url) as broker:
        return not broker.exists("khuyenhoc", "unacked")


async def test_told_to_end_while_it_is_busy_it_ends_soon(ledger: Addresses, worker_log: Path) -> None:
    """Of so many children there is nearly always one whose last task the worker no longer hears of."""
    app = make_app(ledger.redis_url)

    async def keep_busy() -> None:
        while True:
            app.send_task("workers.advance", ("no projection",), ignore_result=True)
            await asyncio.sleep(0.001)

    with celery_worker(ledger, beat=False, log=worker_log, children=8) as worker:
        app.send_task("workers.advance", ("no projection",), ignore_result=True)
        await until(lambda: is_drained(ledger.redis_url))
        busy = asyncio.create_task(keep_busy())
        await asyncio.sleep(0.5)
        worker.terminate()
        await asyncio.to_thread(worker.wait, 8)
        busy.cancel()
