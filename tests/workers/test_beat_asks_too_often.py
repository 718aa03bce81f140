"""While no worker is there, beat and the service stop asking; what was asked is not all done afterwards."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from deploy.addresses import Addresses
from workers import tasks
from workers.beat import SparingScheduler
from workers.celery_app import QUEUE, SEALING_QUEUE, SWEEP_EVERY, make_app
from workers.hints import ENOUGH, Hints


class OneChild:
    """Stands in for a worker's child: it has the pool of this process."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def pool(self) -> Any:
        return self._pool


@pytest.fixture
def sweeps(worker_pool: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each sweep that is really made."""
    made: list[int] = []

    async def waiting(*_: Any) -> list[str]:
        made.append(len(made))
        return []

    monkeypatch.setattr(tasks, "_sweeping", tasks.Seldom(SWEEP_EVERY))
    monkeypatch.setattr(tasks, "PROJECTIONS", {})
    monkeypatch.setattr(tasks, "this_child", lambda: OneChild(worker_pool))
    monkeypatch.setattr(tasks.chunks, "waiting", waiting)
    return made


async def test_an_hour_of_sweeps_is_passed_over(sweeps: list[int]) -> None:
    for _ in range(3_600):
        await tasks.sweep.run()
    assert 1 <= len(sweeps) < 36


async def test_one_a_second_is_made_each_time(sweeps: list[int]) -> None:
    for _ in range(2):
        await tasks.sweep.run()
        await asyncio.sleep(SWEEP_EVERY)
    assert len(sweeps) == 2


async def test_one_that_failed_is_made_again_at_once(
    sweeps: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> list[str]:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(tasks.chunks, "waiting", away)
        with pytest.raises(ConnectionError):
            await tasks.sweep.run()
    await tasks.sweep.run()
    assert len(sweeps) == 1


class Beat:
    """Beat on a real broker, its hours passing as they are asked to."""

    def __init__(self, redis_url: str) -> None:
        self.broker = redis.Redis.from_url(redis_url)
        self._scheduler = SparingScheduler(make_app(redis_url), lazy=False)

    def ask(self, times: int) -> None:
        for _ in range(times):
            for entry in self._scheduler.schedule.values():
                self._scheduler.apply_entry(entry, producer=self._scheduler.producer)

    def waiting(self, queue: str) -> int:
        found: Any = self.broker.llen(queue)
        return int(found)


@pytest.fixture
def beat(ledger: Addresses) -> Iterator[Beat]:
    made = Beat(ledger.redis_url)
    yield made
    made.broker.close()


async def test_a_broker_without_workers_does_not_fill_up(beat: Beat, ledger: Addresses) -> None:
    beat.ask(3 * ENOUGH)
    assert (beat.waiting(QUEUE), beat.waiting(SEALING_QUEUE)) == (ENOUGH, ENOUGH)

    hints = Hints(ledger.redis_url)
    hints.after_commit(1)
    await hints.close()
    assert beat.waiting(QUEUE) == ENOUGH


async def test_it_asks_again_as_soon_as_the_queue_is_short(beat: Beat) -> None:
    beat.ask(ENOUGH + 1)
    beat.broker.lpop(QUEUE)
    beat.ask(2)
    assert beat.waiting(QUEUE) == ENOUGH

    beat.broker.delete(QUEUE, SEALING_QUEUE)
    beat.ask(2)
    assert (beat.waiting(QUEUE), beat.waiting(SEALING_QUEUE)) == (2, 2)
