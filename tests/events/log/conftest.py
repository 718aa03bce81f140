"""Logs on a real database: any number of `Log`s are as many processes, each with a memory of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.sealing.keys import MasterKey

Opens = Callable[..., Awaitable[Log]]


@pytest.fixture
async def open_log(database: Addresses, master: MasterKey) -> AsyncIterator[Opens]:
    """Opens logs of the test's database; all are closed at the end."""
    opened: list[Log] = []

    async def open_(**how: Any) -> Log:
        opened.append(await Log.open(database.database_url, master, **how))
        return opened[-1]

    yield open_
    for log in opened:
        await log.close()


@pytest.fixture
async def log(open_log: Opens) -> Log:
    return await open_log()


@pytest.fixture
async def service(database: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the service's rights."""
    connection = await asyncpg.connect(database.database_url)
    yield connection
    await connection.close()
