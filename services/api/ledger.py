"""What the handlers share in one process: the log, connections for reading, hints, and how far the log is."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Collection
from typing import Any
from uuid import UUID

import asyncpg

from events.log.append import Log
from events.log.read import Head, head
from events.sealing.keys import MasterKey
from services.api.callers import Caller, Callers
from services.api.problems import LOG_UNAVAILABLE, NOT_REACHED, NOT_READY, ApiProblem
from services.api.settings import Settings
from services.api.tokens.secret import local_token
from workers.hints import Hints
from workers.reading import reading
from workers.status import reached, wait_for

WAIT_SECONDS = 5.0
"""How long a query waits for `min_position`."""
QUERY_SECONDS = 30.0
"""After which a query is given up."""
READERS = 8
"""Connections for queries in one process."""
RETRY_AFTER = "1"
"""Seconds."""
AGAIN = {"Retry-After": RETRY_AFTER}

_MISSING = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
"""A read model that was never made."""

AWAY = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # a database that takes no connections
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    *_MISSING,
)
"""What it looks like when the database cannot be reached or gives up. Anything else is a fault of ours."""

logger = logging.getLogger("khuyenhoc.api")


class Ledger:
    """One per process, from startup to shutdown."""

    master: MasterKey
    """Opens sealed fields for those who may see them."""

    def __init__(
        self, log: Log, pool: Any, hints: Hints | None, position: "Position", callers: Callers
    ) -> None:
        self.log = log
        self.callers = callers
        self.pool = pool
        self._hints = hints
        self._position = position

    @classmethod
    async def open(cls, settings: Settings) -> "Ledger":
        """Connect to everything, beginning the log if it is empty."""
        hints = Hints(settings.redis_url) if settings.redis_url else None
        position = Position(hints)
        key = MasterKey.from_file(settings.master_key_file, create=True)
        log = await Log.open(
            settings.database_url,
            key,
            origin=settings.origin,
            on_commit=position.committed,
            signing=settings.signing,
        )
        pool = await asyncpg.create_pool(
            settings.database_url, min_size=1, max_size=READERS, command_timeout=QUERY_SECONDS
        )
        position.seen((await head(pool)).position)
        callers = await Callers.open(settings.database_url, local_token(settings.local_token_file))
        ledger = cls(log, pool, hints, position, callers)
        ledger.master = key
        return ledger

    async def close(self) -> None:
        await self.log.close()
        if self._hints:
            await self._hints.close()
        await self.callers.close()
        await self.pool.close()

    async def caller(self, token: str) -> Caller | None:
        """Whose token that is, None if it opens nothing. Raises `ApiProblem` where the log is away."""
        try:
            return await self.callers.of(token)
        except AWAY as e:
            raise _unavailable(e) from e

    async def keep_token(self, token_id: UUID, actor_id: UUID, digest: bytes) -> None:
        """What a token is told by from now on. Raises `ApiProblem` where the log is away."""
        try:
            await self.pool.execute(
                "INSERT INTO log.tokens (token_id, actor_id, digest) VALUES ($1, $2, $3)",
                token_id,
                actor_id,
                digest,
            )
        except AWAY as e:
            raise _unavailable(e) from e

    @property
    def position(self) -> int:
        """The last position this process knows of."""
        return self._position.known

    @contextlib.asynccontextmanager
    async def asking(self, models: Collection[str], min_position: int | None) -> AsyncIterator[Any]:
        """A connection for asking read models, once they have come that far. Raises `ApiProblem`."""
        try:
            await self._wait_for(models, min_position)
            async with self.pool.acquire(timeout=QUERY_SECONDS) as connection:
                yield connection
        except AWAY as e:
            raise _unavailable(e) from e

    @contextlib.asynccontextmanager
    async def reading_models(
        self, models: Collection[str], min_position: int | None
    ) -> AsyncIterator[tuple[Any, int]]:
        """One snapshot of read models: (connection, position they reflect). Raises `ApiProblem`."""
        try:
            await self._wait_for(models, min_position)
            async with reading(self.pool, *models) as (connection, position):
                yield connection, position
        except AWAY as e:
            raise _unavailable(e) from e

    @contextlib.asynccontextmanager
    async def reading_log(self, min_position: int | None = None) -> AsyncIterator[tuple[Any, Head]]:
        """One snapshot of the log: (connection, head). Raises `ApiProblem` where it is not that far."""
        try:
            if min_position is not None and self.position < min_position:
                await _until_head(self.pool, min_position)
            async with (
                self.pool.acquire(timeout=QUERY_SECONDS) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                now = await head(connection)
                self._position.seen(now.position)
                yield connection, now
        except AWAY as e:
            raise _unavailable(e) from e

    async def _wait_for(self, names: Collection[str], min_position: int | None) -> None:
        if min_position is None or await wait_for(self.pool, names, min_position, WAIT_SECONDS):
            return
        so_far = await reached(self.pool, names)
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=min_position, reached=so_far)


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
            raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=wanted, reached=reached)
        await asyncio.sleep(0.05)


def _unavailable(error: BaseException) -> ApiProblem:
    logger.warning("a query found no answer: %s: %s", type(error).__name__, error)
    return ApiProblem(NOT_READY if isinstance(error, _MISSING) else LOG_UNAVAILABLE, headers=AGAIN)
