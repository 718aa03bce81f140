"""`rebuild`: calls for it, folds chunks like everybody, then settles, compares and switches alone."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import asyncpg
import msgspec

from events.log.connections import SETTINGS, notice
from workers.compare import Difference, differences
from workers.installed import SERVICE_ROLE, make_indexes, readers
from workers.poison import TooManyParkedError, blames_the_event, fold_around_poison
from workers.projection import Projection, build_of, schema_of
from workers.projections import PROJECTIONS
from workers.projector import advance
from workers.rebuild import state as states
from workers.rebuild.alone import only_one
from workers.rebuild.chunks import fold_chunk
from workers.rebuild.errors import CannotRebuildError
from workers.rebuild.state import State, live_checkpoint, state_of, use_build
from workers.rebuild.switching import clear_away, switch
from workers.rebuild.telling import tell

Progress = Callable[[str, int, int], None]
"""Called with (name, positions folded, positions to fold)."""

CLOSE = 1_000
"""Positions: a build this close behind the live one is brought level under the lock."""

LANES = 2
"""What the caller has the database do at a time: chunks of one read model, if their order does not matter, or
of several."""

SAMPLE = 40
"""`default_statistics_target` for what was built: 300 rows looked at for each."""

SORTING = "8MB"
"""For settling and comparing, in the database: what sorts whole tables goes by way of its disk, however large
they are. No slower than with all the memory it would take."""

_PAUSE = 0.05  # seconds between looks while others fold the last chunks


class Rebuilt(msgspec.Struct, frozen=True):
    """What became of one rebuild."""

    name: str
    version: int
    position: int
    """Up to which both were compared, and at which the new one took over."""
    switched: bool
    differences: list[Difference]


async def rebuild(
    worker_url: str,
    names: Iterable[str] | None = None,
    *,
    accept: bool = False,
    service_role: str = SERVICE_ROLE,
    progress: Progress = lambda name, done, total: None,
    projections: dict[str, Projection] | None = None,
    page: int | None = None,
    redis_url: str | None = None,
) -> list[Rebuilt]:
    """Rebuild the named read models (default: all), which must have been installed. One begun before goes on.

    `redis_url`: where Celery workers hear of it (else they find it by sweeping). `page`: positions a chunk.
    Raises `KeyError` for an unknown name, `CannotRebuildError`, `RebuildRunningError`.
    """
    known = PROJECTIONS if projections is None else projections
    chosen = [known[name] for name in dict.fromkeys(known if names is None else names)]
    settings = {"client_connection_check_interval": "1s", **SETTINGS}  # killed, it holds no chunk for longer
    pool = await asyncpg.create_pool(
        worker_url, min_size=0, max_size=2 + 2 * LANES, init=notice, server_settings=settings
    )
    try:
        async with only_one(pool, *(p.name for p in chosen)):
            lanes = asyncio.Semaphore(LANES)
            building = [_Rebuild(pool, p, service_role, progress, page, redis_url, lanes) for p in chosen]
            for one in building:
                await one.begin()
            return await _finish(building, accept)
    finally:
        await pool.close()


async def _finish(building: list["_Rebuild"], accept: bool) -> list[Rebuilt]:
    """Side by side; each switches when it is ready, and one that cannot be built holds up no other."""
    finished = await asyncio.gather(*(one.finish(accept) for one in building), return_exceptions=True)
    for one, found in zip(building, finished, strict=True):
        if isinstance(found, CannotRebuildError):  # after anything else, the next call goes on from there
            await one.drop()
    if failed := [found for found in finished if isinstance(found, BaseException)]:
        raise failed[0]
    return [found for found in finished if isinstance(found, Rebuilt)]


class _Rebuild:
    """One read model's rebuild."""

    def __init__(
        self,
        pool: Any,
        projection: Projection,
        role: str,
        progress: Progress,
        page: int | None,
        redis_url: str | None,
        lanes: asyncio.Semaphore,
    ) -> None:
        self.pool = pool
        self.projection = projection
        self.name = projection.name
        self.role = role
        self.progress = progress
        self.size = page or projection.chunk
        self.redis_url = redis_url
        self.lanes = lanes
        self.at_once = LANES if projection.in_any_order else 1

    async def begin(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await states.begin(connection, self.projection, readers(self.role), self.size, self.at_once)
        await self._tell()

    async def finish(self, accept: bool) -> Rebuilt:
        """Fold chunks until none is left, settle, compare, switch."""
        await self._fold_chunks()
        async with self.lanes:
            reached = await self._settle()
            await self._analyze()
        async with self.lanes:
            rebuilt = await self._compare_and_switch(reached, accept)
        await (clear_away(self.pool, self.name) if rebuilt.switched else self.drop())
        while rebuilt.switched and not await advance(self.pool, self.projection):
            pass
        return rebuilt

    async def drop(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await states.drop(connection, self.name)

    async def _tell(self) -> None:
        state = await self._state()
        if state.done < state.goal:
            free = -(-(state.goal - state.done) // self.size)
            await tell(self.redis_url, self.name, free if self.projection.in_any_order else 1)

    async def _state(self) -> State:
        found = await state_of(self.pool, self.name)
        assert found is not None  # nobody but the one with the lock ends it
        return found

    async def _fold_chunks(self) -> None:
        """Until the build is close behind the live one, which moves on meanwhile."""
        while (state := await self._state()).settled_at is None:
            self.progress(self.name, state.done, state.goal)
            if state.why is not None and state.stopped_at is not None:
                raise CannotRebuildError(self.name, state.stopped_at, state.why)
            if state.done < state.goal:
                await self._fold_some()
                continue
            live = await live_checkpoint(self.pool, self.name)
            if live - state.goal < min(self.size, CLOSE):
                return
            await states.add_chunks(self.pool, self.name, state.goal, live, self.size)
            await self._tell()

    async def _fold_some(self) -> None:
        folded = await asyncio.gather(
            *(self._fold_one() for _ in range(self.at_once)), return_exceptions=True
        )
        if failed := [one for one in folded if isinstance(one, BaseException)]:
            raise failed[0]
        if not any(folded):
            await asyncio.sleep(_PAUSE)

    async def _fold_one(self) -> bool:
        async with self.lanes:
            return await fold_chunk(self.pool, self.projection)

    async def _settle(self) -> int:
        """Complete the tables. Returns the position they are of."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM projections.rebuild WHERE name = $1 FOR UPDATE", self.name)
            state = await state_of(connection, self.name)
            assert state is not None
            if state.settled_at is not None:
                return state.settled_at
            await self._with_memory(connection)
            await use_build(connection, self.name)
            await self.projection.settle(connection, state.goal)
            await make_indexes(connection, self.projection)
            await connection.execute(
                "UPDATE projections.rebuild SET settled_at = $2 WHERE name = $1", self.name, state.goal
            )
            return state.goal

    async def _analyze(self) -> None:
        """So that the first queries after the switch are planned as well as the last ones before it.

        From a smaller sample than usual: the database looks again by itself.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL default_statistics_target TO {SAMPLE}")
            tables = "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'in_use'"
            names = [
                f"{build_of(self.name)}.{row[0]}"
                for row in await connection.fetch(tables, build_of(self.name))
            ]
            await connection.execute(f"ANALYZE {', '.join(names)}")

    async def _compare_and_switch(self, reached: int, accept: bool) -> Rebuilt:
        """Under the lock of the projection's row: nobody moves the live one on while they are compared."""
        async with (
            self.pool.acquire() as beside,
            self.pool.acquire() as connection,
            connection.transaction(),
        ):
            row = await self._hold_live(connection)
            at = await self._fold(connection, reached, row["checkpoint"])
            await self._with_memory(connection)
            found = await differences(connection, schema_of(self.name), build_of(self.name), beside)
            if found and not accept:
                return Rebuilt(self.name, row["version"], at, False, found)
            if (
                row["version"] != self.projection.version
            ):  # it stood still; its successor takes over where the log is by now
                at = await self._fold(connection, at, await self._head(connection))
            await switch(connection, self.projection, at, differ=bool(found))
            return Rebuilt(self.name, self.projection.version, at, True, found)

    async def _fold(self, connection: Any, after: int, through: int) -> int:
        """Bring the settled build on to there. Raises `CannotRebuildError`."""
        await use_build(connection, self.name)
        while after < through:
            page = min(after + self.size, through)
            try:
                async with connection.transaction():
                    await self.projection.fold(connection, after, page, ())
            except Exception as error:
                if not blames_the_event(error):
                    raise
                await self._name_the_event(connection, after, page)
                raise
            after = page
            self.progress(self.name, after, through)
        return after

    async def _name_the_event(self, connection: Any, after: int, through: int) -> None:
        """Find the first single event at fault; what was folded on the way is dropped with the rebuild."""
        try:
            found = await fold_around_poison(connection, self.projection, after, through, (), limit=1)
        except TooManyParkedError as more:
            found = more.found
        if found:
            raise CannotRebuildError(self.name, found[0].position, found[0].error)

    async def _hold_live(self, connection: Any) -> Any:
        return await connection.fetchrow(
            "SELECT version, checkpoint FROM projections.projection WHERE name = $1 FOR UPDATE", self.name
        )

    async def _head(self, connection: Any) -> int:
        return int(await connection.fetchval("SELECT position FROM log.head"))

    async def _with_memory(self, connection: Any) -> None:
        await connection.execute(
            f"SET LOCAL work_mem TO '{SORTING}'; SET LOCAL maintenance_work_mem TO '{SORTING}'"
        )
