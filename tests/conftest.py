"""What every test may ask for: a real PostgreSQL and a real Redis, one of each for the whole run.

Run as root, tests write only under /var/lib/khuyenhoc, like the ledger itself; everything made is removed.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from deploy.embedded.places import SYSTEM_FOLDER, forget
from deploy.embedded.postgres import Postgres
from deploy.embedded.redis import Redis
from events.log.migrate import migrate
from events.sealing.keys import MasterKey
from tests.databases import Databases
from tests.ordering import Shares, arrange
from workers.installed import ensure

# Started in a shell's background, everything inherits an ignored SIGINT: what tests start must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    arrange(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    return Shares(config, log)


@pytest.fixture(scope="session")
def workplace() -> Iterator[Path]:
    """A folder for whatever tests of this run write; gone afterwards."""
    if os.geteuid() == 0:
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="tests-", dir=SYSTEM_FOLDER if os.geteuid() == 0 else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared_data(workplace: Path) -> Iterator[Path]:
    """The data directory of the session's two servers."""
    data = workplace / "shared"
    yield data
    forget(data)


@pytest.fixture(scope="session")
def postgres(shared_data: Path) -> Iterator[Postgres]:
    """The session's PostgreSQL, as durable as in life (fsync on)."""
    with Postgres(shared_data) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(shared_data: Path) -> Iterator[Redis]:
    """The session's Redis."""
    with Redis(shared_data) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: Postgres, redis_server: Redis) -> Databases:
    """The maker of databases, for fixtures that live longer than a test (a migrated template, say)."""
    return Databases(postgres, redis_server)


@pytest.fixture
async def empty_database(databases: Databases) -> AsyncIterator[Addresses]:
    """A database of the test's own: the three roles, and nothing else in it yet."""
    addresses = await databases.create()
    yield addresses
    await databases.drop(addresses)


@pytest.fixture(scope="session")
async def migrated(databases: Databases) -> Addresses:
    """A database with the log's schema and empty read models, to be copied."""
    addresses = await databases.create()
    await migrate(addresses.owner_url, service_role="khuyenhoc_service", worker_role="khuyenhoc_worker")
    async with asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=1) as pool:
        await ensure(pool)
    return addresses


@pytest.fixture
async def database(databases: Databases, migrated: Addresses) -> AsyncIterator[Addresses]:
    """A ledger's database of the test's own: migrated, its log empty."""
    addresses = await databases.create(migrated)
    yield addresses
    await databases.drop(addresses)


@pytest.fixture(scope="session")
def master_key_file(workplace: Path) -> Path:
    """The file with the master key of the session's ledgers."""
    path = workplace / "master.key"
    MasterKey.from_file(path, create=True)
    return path


@pytest.fixture(scope="session")
def master(master_key_file: Path) -> MasterKey:
    return MasterKey.from_file(master_key_file)
