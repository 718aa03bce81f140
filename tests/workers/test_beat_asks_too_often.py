"""What beat asked for while no worker was there is not all done when one comes back."""

import asyncio
from typing import Any

import pytest

from workers import tasks
from workers.celery_app import SWEEP_EVERY


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
