"""What every test may ask for: a real PostgreSQL and a real Redis, one of each for the whole run.

Run as root, tests write only under /var/lib/khuyenhoc, like the ledger itself; everything made is removed.
"""

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from deploy.addresses import Addresses
from deploy.embedded.places import SYSTEM_FOLDER, forget
from deploy.embedded.postgres import DATABASE, Postgres, database_grants
from deploy.embedded.redis import Redis
from events.log.migrate import migrate
from events.sealing.keys import MasterKey
from workers.installed import ensure

# Started in a shell's background, everything inherits an ignored SIGINT: what tests start must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


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


class Databases:
    """Makes fresh databases on the session's server, each for the same three roles."""

    def __init__(self, postgres: Postgres, redis: Redis) -> None:
        self._postgres = postgres
        self._redis = redis
        self._numbers = itertools.count(1)
        self.made: list[Addresses] = []

    async def create(self, template: Addresses | None = None) -> Addresses:
        """An empty database, or a copy of `template` (which nobody may be connected to meanwhile).

        Redis is the same for all; it is not emptied.
        """
        name = f"test_{next(self._numbers)}"
        source = _name(template) if template else DATABASE
        await self._administer(
            f"CREATE DATABASE {name} TEMPLATE {source} OWNER khuyenhoc_owner", *database_grants(name)
        )
        addresses = Addresses(
            database_url=self._postgres.url("khuyenhoc_service", name),
            worker_url=self._postgres.url("khuyenhoc_worker", name),
            owner_url=self._postgres.url("khuyenhoc_owner", name),
            redis_url=self._redis.url,
        )
        self.made.append(addresses)
        return addresses

    async def drop(self, addresses: Addresses) -> None:
        """Removes a database, breaking off whoever is still connected to it."""
        self.made.remove(addresses)
        await self._administer(f"DROP DATABASE {_name(addresses)} WITH (FORCE)")

    def superuser_url(self, addresses: Addresses) -> str:
        """The superuser's way into that database, to see or break what no role of ours may."""
        return self._postgres.url("postgres", _name(addresses))

    async def _administer(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._postgres.superuser_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


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


def _name(addresses: Addresses) -> str:
    return urlsplit(addresses.database_url).path.lstrip("/")


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
