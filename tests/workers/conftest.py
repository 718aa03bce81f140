"""A migrated database for every test, one filled with the history of Bắc Kạn, and real Celery workers."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import psutil
import pytest
import redis

from deploy.addresses import Addresses
from deploy.embedded.redis import Redis
from events.declare import Fact
from events.log.migrate import migrate
from events.tree import Tree
from services.demo.history import history
from tests.databases import Databases
from tests.events.history import History
from tests.workers import awkward
from tests.workers.filled_log import fill
from workers.installed import ensure
from workers.projections import PROJECTIONS
from workers.projector import advance

ROOT = Path(__file__).parents[2]
_redis_databases = itertools.cycle(range(1, 16))


@pytest.fixture(scope="session")
async def migrated(databases: Databases) -> Addresses:
    """An empty log: a template, to be copied and never connected to."""
    made = await databases.create()
    await migrate(made.owner_url, service_role="khuyenhoc_service", worker_role="khuyenhoc_worker")
    return made


@pytest.fixture(scope="session")
def bac_kan_told() -> History:
    """The demo's history, recorded in memory."""
    told = History()
    for command in history():
        told.record(
            command["type"],
            command["occurred_on"],
            command_id=UUID(command["command_id"]),
            **command["data"],
        )
    return told


@pytest.fixture(scope="session")
def bac_kan(bac_kan_told: History) -> list[Fact]:
    """Every event of it, in order."""
    return bac_kan_told.log


@pytest.fixture(scope="session")
def bac_kan_tree(bac_kan_told: History) -> Tree:
    return bac_kan_told.memory.tree


@pytest.fixture(scope="session")
def awkward_told() -> History:
    """A short history in which nothing goes smoothly."""
    return awkward.history()


@pytest.fixture(scope="session")
async def bac_kan_ledger(databases: Databases, migrated: Addresses, bac_kan: list[Fact]) -> Addresses:
    """That history in a log, all read models folded; shared by tests that only read or rebuild."""
    return await _folded(databases, migrated, bac_kan, page=4_999)


@pytest.fixture(scope="session")
async def awkward_ledger(databases: Databases, migrated: Addresses, awkward_told: History) -> Addresses:
    """Likewise, two events a page."""
    return await _folded(databases, migrated, awkward_told.log, page=2)


async def _folded(databases: Databases, migrated: Addresses, facts: list[Fact], page: int) -> Addresses:
    made = await databases.create(migrated)
    await fill(made.owner_url, facts)
    async with asyncpg.create_pool(made.worker_url, min_size=0, max_size=2) as pool:
        await ensure(pool)
        for projection in PROJECTIONS.values():
            assert await advance(pool, projection, page=page, budget=120)
    return made


@pytest.fixture(scope="session")
async def bac_kan_books(bac_kan_ledger: Addresses) -> AsyncIterator[Any]:
    """What the service has: it reads the read models of Bắc Kạn."""
    async with asyncpg.create_pool(bac_kan_ledger.database_url, min_size=0, max_size=2) as pool:
        yield pool


@pytest.fixture(scope="session")
async def awkward_books(awkward_ledger: Addresses) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(awkward_ledger.database_url, min_size=0, max_size=2) as pool:
        yield pool


@pytest.fixture
async def ledger(databases: Databases, migrated: Addresses, redis_server: Redis) -> AsyncIterator[Addresses]:
    """An empty log of the test's own, and an empty Redis database."""
    made = await databases.create(migrated)
    url = f"{redis_server.url}?db={next(_redis_databases)}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    yield Addresses(made.database_url, made.worker_url, made.owner_url, url)
    await databases.drop(made)


@pytest.fixture
async def worker_pool(ledger: Addresses) -> AsyncIterator[Any]:
    """What a worker child has, in this process."""
    async with asyncpg.create_pool(ledger.worker_url, min_size=0, max_size=4) as pool:
        yield pool


@contextmanager
def celery_worker(
    addresses: Addresses,
    *,
    beat: bool,
    log: Path,
    knowing: str = "tests.workers.tally_worker",
    children: int = 1,
) -> Iterator[psutil.Process]:
    """A real worker with so many prefork children, knowing only the tally (or what that module says)."""
    words = ["-A", knowing, "worker", "--concurrency", str(children), "--loglevel", "WARNING"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", *words, *(["--beat"] if beat else [])],
            cwd=ROOT,
            env=os.environ | addresses.environment("worker_url", "redis_url"),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    worker = psutil.Process(process.pid)
    try:
        yield worker
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
