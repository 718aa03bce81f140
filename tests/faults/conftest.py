"""A ledger of its own for every file of faults: all its processes, on the servers asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.house import House
from tests.faults.load import Load
from tests.faults.servers import Servers, servers_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--flavour",
        choices=("embedded", "debian"),
        default="embedded",
        help="the servers to break: the embedded ones, or Debian's PostgreSQL 15 and Redis 7",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "short: belongs to the short form that every change must pass")
    config.addinivalue_line("markers", "debian: belongs to the short form on Debian's servers")


@pytest.fixture(scope="module")
def servers(
    pytestconfig: pytest.Config, workplace: Path, request: pytest.FixtureRequest
) -> Iterator[Servers]:
    """PostgreSQL and Redis of the file's own, with a proxy in between."""
    data = workplace / request.module.__name__.rpartition(".")[2].replace("_", "-")
    made = servers_of(pytestconfig.getoption("flavour"), data)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def environment() -> dict[str, dict[str, str]]:
    """More variables for a part of the house; a file that needs some has a fixture of that name."""
    return {}


@pytest.fixture(scope="module")
def standing(servers: Servers, environment: dict[str, dict[str, str]]) -> Iterator[House]:
    with House(servers.data, servers, environment) as made:
        yield made


@pytest.fixture(scope="module")
async def load(standing: House) -> Load:
    """The clients, and what was acknowledged to them in all tests of the file."""
    made = Load(standing)
    await made.found()
    return made


@pytest.fixture
async def house(standing: House) -> AsyncIterator[House]:
    """The ledger, its supervisor at work."""
    watching = asyncio.create_task(standing.watch())
    yield standing
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
