"""The log's face to the rest: record commands, get told what became of each.

Acknowledged means durable, in order, once, for ever: an outcome is given only after its commit. What the log
must tell others (there is more to project) it says through a callback; it knows no Celery.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils

from events.deciding import Command
from events.declare import CATALOGUE
from events.log.batch import Course, Job
from events.log.connections import PLANNED_ONCE, SETTINGS, Instants, keep_as_is, notice
from events.log.naming import Signing, identity_of, name_keys, restart
from events.log.outcome import LogUnavailableError, Outcome
from events.log.pipeline import Pipeline
from events.log.restoring import refuse_half_restored
from events.sealing.keys import MasterKey, WrongKeyError
from events.vocabulary import LOCAL_ACTOR, today


class Log:
    """An open log. One per process; any number of processes at once."""

    def __init__(self, pool: Any, pipeline: Pipeline) -> None:
        self._pool = pool
        self._pipeline = pipeline
        self._running = asyncio.create_task(pipeline.run(), name="log pipeline")

    @classmethod
    async def open(
        cls,
        database_url: str,
        master: MasterKey,
        *,
        origin: str | None = None,
        on_commit: Callable[[int], None] | None = None,
        signing: Signing | None = None,
        new_origin: str | None = None,
    ) -> "Log":
        """Connect; begin the log with `LogStarted` if it is empty, and name its signing key.

        `new_origin`: with `signing`, go on under that name from here on, see `naming.restart`.
        `on_commit(position)` is called on the event loop after every commit; it must neither wait nor raise.
        Raises `WrongKeyError` if the database was written under another master key, `CutOffError` if the
        log is shorter than its last checkpoint outside the database, `HalfRestoredError`.
        """
        instants = Instants()

        async def begun(connection: Any) -> None:
            await notice(connection)
            await instants.set_on(connection)

        pool = await asyncpg.create_pool(
            database_url,
            min_size=1,
            max_size=4,
            init=begun,
            reset=keep_as_is,
            # Every query of an append is a set of index look-ups.
            server_settings={**PLANNED_ONCE, **SETTINGS},
        )
        try:
            await refuse_half_restored(pool)
            await _check_master(pool, master)
            log = cls(pool, Pipeline(pool, master, on_commit))
            if await pool.fetchval("SELECT position FROM log.head") == 0:
                await log._begin(new_origin or origin)
            if signing:
                if new_origin:
                    await restart(log, pool, signing, new_origin)
                await name_keys(log, pool, signing)
                if signing.checkpoints and (identity := await identity_of(pool)):
                    log._pipeline.refuse_before(partial(signing.checkpoints.refuse_cut_off, identity.origin))
        except BaseException:
            pool.terminate()
            raise
        return log

    async def record(
        self,
        commands: Sequence[Command],
        *,
        atomic: bool = False,
        dry_run: bool = False,
        course: Course | None = None,
    ) -> list[Outcome]:
        """Record commands in their order; an outcome for each, refusals among them.

        `atomic`: all or none. `dry_run`: decide, append nothing. `course`: of calls that go on from each
        other without waiting; after one that was not answered, all later ones raise. Raises
        `LogUnavailableError`; then sending the same command ids again settles what was recorded.
        """
        if not commands:
            return []
        if self._running.done():
            raise LogUnavailableError("the log is closed")
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._pipeline.put(Job(commands, atomic, dry_run, done, course))
        return await done

    async def close(self) -> None:
        """Append what was accepted into the queue, then let go of the database."""
        self._pipeline.close()
        await self._running
        await self._pool.close()

    async def _begin(self, origin: str | None) -> None:
        log_id = UUID(int=uuid_utils.uuid7().int)
        kind = CATALOGUE["LogStarted"]
        data = kind.data(log_id=log_id, origin=origin or f"khuyenhoc.invalid/{log_id}")
        # Refused where another process was first: there is one beginning.
        await self.record([Command(kind, data, today(), log_id, LOCAL_ACTOR, expected_version=0)])


async def _check_master(pool: Any, master: MasterKey) -> None:
    name = "master-key-check"
    await pool.execute(
        "INSERT INTO log.settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        name,
        master.check_value(),
    )
    if await pool.fetchval("SELECT value FROM log.settings WHERE name = $1", name) != master.check_value():
        raise WrongKeyError("this database was written under another master key")
