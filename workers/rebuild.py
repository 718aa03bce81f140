"""Builds a read model anew beside the live one, compares the two, and switches in one transaction.

Queries answer throughout, from the live tables until the switch and from the new ones after it. A difference
between the two stops the switch unless it is accepted; an event that cannot be folded stops the rebuild.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from workers.compare import Difference, differences
from workers.installed import SERVICE_ROLE, make_tables, readers, use_schema
from workers.poison import TooManyParkedError, blames_the_event, fold_around_poison
from workers.projection import Projection, schema_of
from workers.projections import PROJECTIONS
from workers.projector import advance

PAGE = 50_000
"""Positions folded in one transaction: larger than live, since nobody waits for them."""

_LOCK = 5_016_833  # with the hash of a name: one rebuild of a read model at a time
_PATIENCE = "100ms"  # how long new readers may queue behind a switch that waits for running ones

Progress = Callable[[str, int, int], None]
"""Called with (name, positions folded, positions to fold)."""


class Rebuilt(msgspec.Struct, frozen=True):
    """What became of one rebuild."""

    name: str
    version: int
    position: int
    """Up to which both were compared, and at which the new one took over."""
    switched: bool
    differences: list[Difference]


class CannotRebuildError(RuntimeError):
    """An event cannot be folded. Names it; the live read model stays as it is."""

    def __init__(self, name: str, position: int, why: str) -> None:
        super().__init__(f"{name}: the event at position {position} cannot be folded: {why}")
        self.name = name
        self.position = position
        self.why = why


class RebuildRunningError(RuntimeError):
    """That read model is being rebuilt by another process."""


async def rebuild(
    worker_url: str,
    names: Iterable[str] | None = None,
    *,
    accept: bool = False,
    service_role: str = SERVICE_ROLE,
    progress: Progress = lambda name, done, total: None,
    projections: dict[str, Projection] | None = None,
    page: int = PAGE,
) -> list[Rebuilt]:
    """Rebuild the named read models (default: all), one after the other. They must have been installed.

    Raises `KeyError` for an unknown name, `CannotRebuildError`, `RebuildRunningError`.
    """
    known = PROJECTIONS if projections is None else projections
    chosen = [known[name] for name in (known if names is None else names)]
    pool = await asyncpg.create_pool(worker_url, min_size=0, max_size=3)
    try:
        return [
            await _Rebuild(pool, projection, service_role, progress, page).run(accept)
            for projection in chosen
        ]
    finally:
        await pool.close()


class _Rebuild:
    """One read model's rebuild."""

    def __init__(self, pool: Any, projection: Projection, role: str, progress: Progress, page: int) -> None:
        self.pool = pool
        self.projection = projection
        self.name = projection.name
        self.live = schema_of(projection.name)
        self.next = f"{self.live}_next"
        self.old = f"{self.live}_old"
        self.role = role
        self.progress = progress
        self.page = page

    async def run(self, accept: bool) -> Rebuilt:
        async with self._alone():
            await self._drop_leavings()
            async with self.pool.acquire() as connection, connection.transaction():
                await make_tables(connection, self.projection, self.next, readers(self.role))
            reached = await self._fold_until_close()
            await self._analyze()
            rebuilt = await self._compare_and_switch(reached, accept)
            await self._drop_leavings()
        while rebuilt.switched and not await advance(self.pool, self.projection):
            pass
        return rebuilt

    async def _drop_leavings(self) -> None:
        """What this rebuild, or one that was killed, no longer needs. Waits for queries still reading it."""
        await self.pool.execute(f"DROP SCHEMA IF EXISTS {self.old} CASCADE")
        await self.pool.execute(f"DROP SCHEMA IF EXISTS {self.next} CASCADE")

    async def _analyze(self) -> None:
        """So that the first queries after the switch are planned as well as the last ones before it."""
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = $1"
        for row in await self.pool.fetch(tables, self.next):
            await self.pool.execute(f"ANALYZE {self.next}.{row['tablename']}")

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        async with self.pool.acquire() as connection:
            lock = "pg_try_advisory_lock($1, hashtext($2))"
            if not await connection.fetchval(f"SELECT {lock}", _LOCK, self.name):
                raise RebuildRunningError(f"{self.name} is being rebuilt by another process")
            try:
                yield
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _LOCK, self.name)

    async def _fold_until_close(self) -> int:
        """Fold page by page to where the live one is, which moves on meanwhile. Returns the position."""
        done = 0
        while done < (goal := await self._live_checkpoint()):
            self.progress(self.name, done, goal)
            async with self.pool.acquire() as connection, connection.transaction():
                await connection.execute("SET LOCAL synchronous_commit TO off")
                done = await self._fold(connection, done, min(done + self.page, goal))
        self.progress(self.name, done, done)
        return done

    async def _fold(self, connection: Any, after: int, through: int) -> int:
        await use_schema(connection, self.next)
        try:
            async with connection.transaction():
                await self.projection.fold(connection, after, through, ())
        except Exception as error:
            if not blames_the_event(error):
                raise
            await self._name_the_event(connection, after, through)
            raise
        return through

    async def _name_the_event(self, connection: Any, after: int, through: int) -> None:
        """Find the first single event at fault; what was folded on the way is dropped with the rebuild."""
        try:
            found = await fold_around_poison(connection, self.projection, after, through, (), limit=1)
        except TooManyParkedError as more:
            found = more.found
        if found:
            raise CannotRebuildError(self.name, found[0].position, found[0].error)

    async def _compare_and_switch(self, reached: int, accept: bool) -> Rebuilt:
        """Under the lock of the projection's row: nobody moves the live one on while they are compared."""
        async with self.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT version, checkpoint FROM projections.projection WHERE name = $1 FOR UPDATE", self.name
            )
            at: int = row["checkpoint"]
            await self._fold(connection, reached, at)
            await connection.execute("SET LOCAL work_mem TO '128MB'")
            found = await differences(connection, self.live, self.next)
            if found and not accept:
                return Rebuilt(self.name, row["version"], at, False, found)
            if row["version"] != self.projection.version:
                at = await self._fold_to_head(connection, at)
            await self._switch(connection, at)
            return Rebuilt(self.name, self.projection.version, at, True, found)

    async def _fold_to_head(self, connection: Any, at: int) -> int:
        """An outdated live model stood still; its successor takes over where the log is by now."""
        head = await connection.fetchval("SELECT position FROM log.head")
        while at < head:
            self.progress(self.name, at, head)
            at = await self._fold(connection, at, min(at + self.page, head))
        self.progress(self.name, at, at)
        return at

    async def _switch(self, connection: Any, at: int) -> None:
        await self._wait_for_readers(connection)
        await connection.execute(
            f"ALTER SCHEMA {self.live} RENAME TO {self.old}; ALTER SCHEMA {self.next} RENAME TO {self.live}"
        )
        await connection.execute(
            "UPDATE projections.projection SET version = $2, checkpoint = $3, trouble = NULL,"
            " updated_at = clock_timestamp() WHERE name = $1",
            self.name,
            self.projection.version,
            at,
        )
        await connection.execute("DELETE FROM projections.parked WHERE name = $1", self.name)

    async def _wait_for_readers(self, connection: Any) -> None:
        """Until nobody is between two statements of one view (`workers/reading.py`); new ones wait little."""
        while True:
            try:
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL lock_timeout TO '{_PATIENCE}'")
                    await connection.execute(f"LOCK TABLE {self.live}.in_use IN ACCESS EXCLUSIVE MODE")
                    await connection.execute("SET LOCAL lock_timeout TO 0")
                    return
            except asyncpg.LockNotAvailableError:
                await asyncio.sleep(0.05)

    async def _live_checkpoint(self) -> int:
        found = await self.pool.fetchval(
            "SELECT checkpoint FROM projections.projection WHERE name = $1", self.name
        )
        if found is None:
            raise KeyError(f"{self.name} was never installed")
        return int(found)
