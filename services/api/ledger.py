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
from events.log.connections import PLANNED_ONCE, SETTINGS, keep_as_is, notice
from events.log.outcome import LogBehindError
from events.log.read import Head, head
from events.sealing.keys import MasterKey
from services.api.asking import NOTHING, Asking
from services.api.callers import Caller, Callers
from services.api.problems import LOG_BEHIND, LOG_UNAVAILABLE, NOT_REACHED, NOT_READY, ApiProblem
from services.api.settings import Settings
from services.api.tokens.secret import local_token
from services.api.whose import OF_EVENTS, OF_STREAMS, Whose
from workers.hints import Hints
from workers.installed import READER_ROLE
from workers.reading import snapshot
from workers.status import reached, wait_for

WAIT_SECONDS = 5.0
"""How long a query waits for `min_position`."""
QUERY_SECONDS = 30.0
"""After which a query is given up."""
READERS = 8
"""Connections for queries in one process."""
_WORK_MEMORY = "16MB"
"""Of a query's sorting or grouping: a hundred thousand events are grouped without going by way of disk."""
RETRY_AFTER = "1"
"""Seconds."""
AGAIN = {"Retry-After": RETRY_AFTER}

_MISSING = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.InvalidSchemaNameError)
"""A read model that was never made, or by software before this: it is to be rebuilt."""

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

# For whom the transaction sees what, and how the log stands: one round trip. What is returned of a setting is
# its length only.
_OPENING = """
    SELECT position, tree_position, recorded_at, access_position, clock_timestamp() AS now,
        length(set_config('khuyenhoc.units', $1, true)), length(set_config('khuyenhoc.stream', $2, true))
    FROM log.head
"""
_OPENING_OF_MODELS = f"""
    SELECT opened.*, r.reached FROM ({_OPENING}) opened CROSS JOIN (
        SELECT CASE WHEN count(*) = cardinality($3::text[]) THEN min(checkpoint) ELSE 0 END AS reached
        FROM projections.projection WHERE name = ANY($3::text[])
    ) r
"""

logger = logging.getLogger("khuyenhoc.api")


class Ledger:
    """One per process, from startup to shutdown, and as each request may ask it."""

    master: MasterKey
    """Opens sealed fields for those who may see them."""

    def __init__(
        self, log: Log, pool: Any, door: Any, hints: Hints | None, position: "Position", callers: Callers
    ) -> None:
        self.log = log
        self.callers = callers
        self.pool = pool
        self._door = door
        self._hints = hints
        self._position = position
        self._asking: Asking | None = None
        self.whose_stream = Whose(self.past_the_wall, OF_STREAMS)
        self.whose_event = Whose(self.past_the_wall, OF_EVENTS)

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
            settings.database_url,
            min_size=1,
            max_size=READERS,
            command_timeout=QUERY_SECONDS,
            reset=keep_as_is,
            init=notice,
            max_cacheable_statement_size=0,  # definitions are in some; they stay prepared all the same
            server_settings={"role": READER_ROLE, "work_mem": _WORK_MEMORY, **SETTINGS},
        )
        door = await asyncpg.create_pool(
            settings.database_url,
            min_size=0,
            max_size=2,
            command_timeout=QUERY_SECONDS,
            reset=keep_as_is,
            init=notice,
            server_settings={**PLANNED_ONCE, **SETTINGS},
        )
        position.seen((await head(pool)).position)
        callers = await Callers.open(settings.database_url, local_token(settings.local_token_file))
        ledger = cls(log, pool, door, hints, position, callers)
        ledger.master = key
        return ledger

    async def close(self) -> None:
        await self.log.close()
        if self._hints:
            await self._hints.close()
        await self.callers.close()
        await self._door.close()
        await self.pool.close()

    async def caller(self, token: str) -> Caller | None:
        """Whose token that is, None if it opens nothing. Raises `ApiProblem` where the log is away."""
        with telling():
            return await self.callers.of(token)

    def asked_by(self, asking: Asking | None) -> "Ledger":
        """The same ledger, for one request. None: for whoever asks, of what is open to all."""
        asked = Ledger.__new__(Ledger)
        asked.__dict__ = {**self.__dict__, "_asking": asking}
        return asked

    async def confirms(self, asking: Asking) -> bool:
        """Whether the caller is still as remembered."""
        if not asking.settled:
            with contextlib.suppress(Exception):  # asked again, the look-up tells what is wrong
                asking.settled = asking.caller.stand == await self.callers.stand()
        return asking.settled

    @contextlib.asynccontextmanager
    async def past_the_wall(self) -> AsyncIterator[Any]:
        """A connection that sees every event: for the door alone, which must know whose an event is before it
        can say who may see it. Single statements only."""
        with telling():
            async with _acquired(self._door) as connection:
                yield connection

    async def keep_token(self, token_id: UUID, actor_id: UUID, digest: bytes) -> None:
        """What a token is told by from now on. Raises `ApiProblem` where the log is away."""
        with telling():
            await self._door.execute(
                "INSERT INTO log.tokens (token_id, actor_id, digest) VALUES ($1, $2, $3)",
                token_id,
                actor_id,
                digest,
            )

    @property
    def position(self) -> int:
        """The last position this process knows of."""
        return self._position.known

    @contextlib.asynccontextmanager
    async def asking(self, models: Collection[str], min_position: int | None) -> AsyncIterator[Any]:
        """A snapshot of read models that have come that far, to ask on. Raises `ApiProblem`."""
        await self._wait_for(models, min_position)
        async with self._opened(models) as (connection, _):
            yield connection

    @contextlib.asynccontextmanager
    async def reading_models(
        self, models: Collection[str], min_position: int | None
    ) -> AsyncIterator[tuple[Any, int]]:
        """One snapshot of read models: (connection, position they reflect). Raises `ApiProblem`."""
        await self._wait_for(models, min_position)
        async with self._opened(models) as (connection, row):
            yield connection, row["reached"]

    @contextlib.asynccontextmanager
    async def reading_log(self, min_position: int | None = None) -> AsyncIterator[tuple[Any, Head]]:
        """One snapshot of the log: (connection, head). Raises `ApiProblem` where it is not that far."""
        await self._until_head(min_position)
        async with self._opened(()) as (connection, row):
            yield connection, Head(row["position"], row["tree_position"], row["recorded_at"])

    @contextlib.asynccontextmanager
    async def _opened(self, models: Collection[str]) -> AsyncIterator[tuple[Any, Any]]:
        """A snapshot whose first statement confirms who asks: (connection, where the log and its read models
        stand)."""
        with telling():
            async with (
                _acquired(self.pool) as connection,
                snapshot(connection, *models),
            ):
                asking = self._asking
                sight = (asking.units, asking.stream) if asking else (NOTHING, "")
                row = await (
                    connection.fetchrow(_OPENING_OF_MODELS, *sight, list(models))
                    if models
                    else connection.fetchrow(_OPENING, *sight)
                )
                self._position.seen(row["position"])
                if asking is not None:
                    asking.settle(row)
                yield connection, row

    async def _wait_for(self, names: Collection[str], min_position: int | None) -> None:
        with telling():
            if min_position is None or await wait_for(self.pool, names, min_position, WAIT_SECONDS):
                return
            so_far = await reached(self.pool, names)
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=min_position, reached=so_far)

    async def _until_head(self, wanted: int | None) -> None:
        if wanted is None or self.position >= wanted:
            return
        until = time.monotonic() + WAIT_SECONDS
        with telling():
            while (so_far := (await head(self.pool)).position) < wanted:
                if time.monotonic() > until:
                    raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=wanted, reached=so_far)
                await asyncio.sleep(0.05)


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


@contextlib.asynccontextmanager
async def _acquired(pool: Any) -> AsyncIterator[Any]:
    """A connection, waited for so long and no longer; the pool's own limit makes a task of each wait."""
    async with asyncio.timeout(QUERY_SECONDS):
        connection = await pool.acquire()
    try:
        yield connection
    finally:
        await pool.release(connection)


class _Telling:
    """A context manager without a generator: every request goes through one."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, AWAY):
            raise _unavailable(error) from error


_TELLING = _Telling()


def telling() -> _Telling:
    """A database that is away, as a problem."""
    return _TELLING


def not_recorded(error: BaseException) -> ApiProblem:
    """Why the log took nothing, for whoever sent it."""
    return ApiProblem(LOG_BEHIND if isinstance(error, LogBehindError) else LOG_UNAVAILABLE, headers=AGAIN)


def _unavailable(error: BaseException) -> ApiProblem:
    logger.warning("a query found no answer: %s: %s", type(error).__name__, error)
    return ApiProblem(NOT_READY if isinstance(error, _MISSING) else LOG_UNAVAILABLE, headers=AGAIN)
