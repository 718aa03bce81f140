"""Group commit: one coroutine decides what queued up while the last commit was in flight, then appends it.

No timer: whatever came in meanwhile is the next batch. Decisions see the effects of the batch in flight;
if that one meets a conflict, everything built on it is decided again before anybody hears of it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import asyncpg

from events.log.batch import Batch, Item, Job
from events.log.commit import Committed, Committer
from events.log.deciding import Decider
from events.log.outcome import LogBehindError, LogUnavailableError, Recorded
from events.sealing.keys import MasterKey

BATCH = 1_000
"""Commands decided and appended together, at most (a longer job stays whole)."""

SMALL = 32
"""Commands that are not worth dividing, nor deciding apart while others are on their way."""

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncio.TimeoutError)
"""The log cannot be reached, or broke off: whether a commit took place is not known."""

_ROLLED_BACK = (asyncpg.UniqueViolationError, asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The database refused a batch for certain: the second wall behind the checks under the lock."""

logger = logging.getLogger("khuyenhoc.log")


class _Flight:
    """A batch whose commit is under way."""

    def __init__(self, batch: Batch, task: "asyncio.Task[Committed]") -> None:
        self.batch = batch
        self.task = task
        self.items = {i.key: i for i in batch.items if i.first is None}


class Pipeline:
    """The queue of jobs and the coroutine that works it off."""

    def __init__(self, pool: Any, master: MasterKey, on_commit: Callable[[int], None] | None) -> None:
        self._pool = pool
        self._committer = Committer(pool, master)
        self._decider = Decider(pool, master, self._committer)
        self._held = (self._committer.held, *self._decider.held)
        self._on_commit = on_commit
        self._queue: deque[Job] = deque()
        self._queued = 0  # commands
        self._enough = 1  # commands that are worth waking up for
        self._woken = asyncio.Event()
        self._closing = False

    def refuse_before(self, check: Callable[[int], None]) -> None:
        """From now on a log that is looked at anew must pass `check`, which raises `CutOffError`."""
        self._decider.refuse_cut_off = check

    def put(self, job: Job) -> None:
        job.items = [Item(c, job, (c.actor, c.command_id)) for c in job.commands]
        self._queue.append(job)
        self._queued += len(job.items)
        if self._queued >= self._enough:
            self._woken.set()

    def close(self) -> None:
        """Work off what is queued, then end `run`."""
        self._closing = True
        self._woken.set()

    async def run(self) -> None:
        """Until it is closed and everything is worked off."""
        try:
            await self._work()
        finally:
            for held in self._held:
                await held.drop()

    async def _work(self) -> None:
        flight: _Flight | None = None
        while True:
            await self._until_there_is_something_to_do(flight)
            if flight and (flight.task.done() or not self._decider.fresh or self._next_is_alone()):
                await self._land(flight)
                _settle(flight.batch.jobs)
                flight = None
            if not self._queue:
                if flight is None and self._closing:
                    return
                continue
            batch = await self._decide(self._take(BATCH if flight else self._half()), flight)
            before, flight = flight, None
            if not before or await self._land(before, batch):
                self._decider.trim(batch.items)
                if batch.items:
                    flight = _Flight(batch, asyncio.create_task(self._committer.commit(batch)))
                    flight.task.add_done_callback(lambda _: self._woken.set())
            if before:
                _settle(before.batch.jobs)  # whom that wakes, the next commit need not wait for

    async def _until_there_is_something_to_do(self, flight: _Flight | None) -> None:
        """A commit to land, or enough to decide: of what comes in while a batch is on its way, no less than
        half of that is decided meanwhile. Each round has its price, however little it carries."""
        self._enough = max(SMALL, len(flight.batch.items) // 2) if flight else 1
        while not (
            self._queued >= self._enough
            or (flight and (flight.task.done() or self._next_is_alone()))
            or (flight is None and self._closing)
        ):
            self._woken.clear()
            await self._woken.wait()

    def _next_is_alone(self) -> bool:
        return bool(self._queue) and self._queue[0].alone

    def _half(self) -> int:
        """With nothing in flight only half is decided at first: the rest, while the first half commits."""
        return min(BATCH, max(SMALL, self._queued // 2))

    def _take(self, limit: int) -> list[Job]:
        jobs = [self._queue.popleft()]
        size = len(jobs[0].items)
        while self._queue and not jobs[0].alone and not self._queue[0].alone and size < limit:
            jobs.append(self._queue.popleft())
            size += len(jobs[-1].items)
        self._queued -= size
        return jobs

    async def _decide(self, taken: list[Job], flight: _Flight | None) -> Batch:
        jobs = [job for job in taken if not _broken_off(job)]
        if not jobs:
            return Batch(jobs, 0, self._committer.today())
        try:
            batch = await self._decider.decide(jobs, flight.items if flight else {})
        except Exception as e:
            await self._fail(jobs, e)
            return Batch(jobs, 0, self._committer.today())
        _settle(jobs)
        return batch

    async def _land(self, flight: _Flight, since: Batch | None = None) -> bool:
        """Wait for a commit; its jobs can be settled then. False if what was decided `since` must be decided
        again, after what there is of this one."""
        batch = flight.batch
        try:
            result = await flight.task
        except _ROLLED_BACK as e:
            logger.warning("a batch is decided again: %s", e)
            result = Committed(again=batch.items, forget=True)
        except Exception as e:
            await self._fail(batch.jobs, e)
            self._again(since.items if since else [])
            return False
        again = set(map(id, result.again))
        for item in batch.items:
            if id(item) not in again and item.outcome is None:
                item.outcome = item.verdict or _twin(item)
        self._decider.others_wrote(
            {f.stream for f in result.foreign},
            {f.cohort for f in result.foreign if f.cohort},
            result.forget or any(f.tree for f in result.foreign),
        )
        if result.appended and self._on_commit:
            self._on_commit(self._committer.known)
        good = not result.again and self._decider.fresh
        if since and not good:
            self._again(since.items)
        self._again(result.again)
        return good

    def _again(self, items: list[Item]) -> None:
        """Take undone decisions out of memory and put their jobs first in the queue, in their order."""
        if not items:
            return
        self._decider.take_back(items)
        for item in items:
            item.again()
        jobs = dict.fromkeys(item.job for item in items)
        self._queue.extendleft(reversed(jobs))
        self._queued += sum(len(job.items) for job in jobs)

    async def _fail(self, jobs: list[Job], error: Exception) -> None:
        """Tell the jobs, and start over: no connection is trusted that may have been cut in mid-sentence."""
        self._decider.fresh = False
        await self._pool.expire_connections()
        for held in self._held:
            held.trusted = False
        if not isinstance(error, (*_AWAY, LogUnavailableError)):
            logger.error("a batch could not be appended", exc_info=error)
        if isinstance(error, LogBehindError):
            logger.error("nothing is appended: %s", error)
        else:
            error = LogUnavailableError(f"{type(error).__name__}: {error}")
        for job in jobs:
            if job.course:
                job.course.broken = True
            if not job.done.done():
                job.done.set_exception(error)


def _broken_off(job: Job) -> bool:
    """Whether what it goes on from was not answered; it is told so, and its decisions are not made."""
    if job.course is None or not job.course.broken:
        return False
    if not job.done.done():
        job.done.set_exception(LogUnavailableError("what came before it was not recorded"))
    return True


def _twin(item: Item) -> Any:
    """The answer to a command that came again while its first was on its way."""
    was = item.first.outcome if item.first else None
    return was.once_more() if isinstance(was, Recorded) else was


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        if job.items and job.items[-1].outcome is None:
            continue  # as nearly always when a decision was just made
        outcomes = [i.outcome for i in job.items if i.outcome is not None]
        if len(outcomes) == len(job.items):
            if not job.done.done():
                job.done.set_result(outcomes)
            job.items = []  # they name their job: a circle, which would lie about until it is looked for
