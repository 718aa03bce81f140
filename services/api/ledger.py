"""What the handlers share in one process: the log, connections for reading, hints, and how far the log is."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection
from typing import Any

import asyncpg

from events.log.append import Log
from events.log.read import Head, head, load_tree
from events.sealing.keys import MasterKey
from events.tree import Tree
from services.api.problems import LOG_UNAVAILABLE, NOT_REACHED, ApiProblem
from services.api.settings import Settings
from workers.hints import Hints
from workers.status import wait_for

WAIT_SECONDS = 5.0
"""How long a query waits for `min_position`."""
QUERY_SECONDS = 30.0
"""After which a query is given up."""
READERS = 8
"""Connections for queries in one process."""
RETRY_AFTER = {"Retry-After": "1"}

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncio.TimeoutError)
"""What it looks like when the database cannot be reached or gives up."""


class Ledger:
    """One per process, from startup to shutdown."""

    def __init__(self, log: Log, pool: Any, hints: Hints | None, position: "Position") -> None:
        self.log = log
        self.pool = pool
        self._hints = hints
        self._position = position
        self._tree: tuple[int, Tree] = (-1, Tree())

    @classmethod
    async def open(cls, settings: Settings) -> "Ledger":
        """Connect to everything, beginning the log if it is empty."""
        hints = Hints(settings.redis_url) if settings.redis_url else None
        position = Position(hints)
        key = MasterKey.from_file(settings.master_key_file, create=True)
        log = await Log.open(settings.database_url, key, origin=settings.origin, on_commit=position.committed)
        pool = await asyncpg.create_pool(
            settings.database_url, min_size=1, max_size=READERS, command_timeout=QUERY_SECONDS
        )
        position.seen((await head(pool)).position)
        return cls(log, pool, hints, position)

    async def close(self) -> None:
        await self.log.close()
        if self._hints:
            await self._hints.close()
        await self.pool.close()

    @property
    def position(self) -> int:
        """The last position this process knows of."""
        return self._position.known

    @contextlib.asynccontextmanager
    async def reading_log(self, min_position: int | None = None) -> AsyncIterator[tuple[Any, Head]]:
        """One snapshot of the log: (connection, head). Raises `ApiProblem` where it is not that far."""
        try:
            if min_position is not None and self.position < min_position:
                await _until_head(self.pool, min_position)
            async with self.pool.acquire(timeout=QUERY_SECONDS) as connection:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    now = await head(connection)
                    self._position.seen(now.position)
                    yield connection, now
        except AWAY as e:
            raise ApiProblem(LOG_UNAVAILABLE, headers=RETRY_AFTER) from e

    async def tree(self, connection: Any, now: Head) -> Tree:
        """Today's unit tree, loaded anew when it has changed."""
        loaded, tree = self._tree
        if loaded != now.tree_position:
            tree = await load_tree(connection)
            self._tree = (now.tree_position, tree)
        return tree

    async def wait_for_models(self, names: Collection[str], min_position: int | None) -> None:
        """Wait until read models have come that far. Raises `ApiProblem`."""
        if min_position is None:
            return
        if not await wait_for(self.pool, names, min_position, WAIT_SECONDS):
            raise ApiProblem(NOT_REACHED, headers=RETRY_AFTER, wanted=min_position, reached=self.position)


class Position:
    """How far the log is known to be; passes commits on to the workers."""

    def __init__(self, hints: Hints | None) -> None:
        self.known = 0
        self._hints = hints

    def committed(self, position: int) -> None:
        self.seen(position)
        if self._hints:
            self._hints.after_commit(position)

    def seen(self, position: int) -> None:
        if position > self.known:
            self.known = position


async def _until_head(pool: Any, wanted: int) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while (reached := (await head(pool)).position) < wanted:
        if time.monotonic() > until:
            raise ApiProblem(NOT_REACHED, headers=RETRY_AFTER, wanted=wanted, reached=reached)
        await asyncio.sleep(0.05)
