"""What takes too long is ended; what somebody else ends stays ended by them."""

import asyncio

import pytest

from services.api import patience
from services.api.patience import Patience


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LOOKS_EVERY", 0.01)


async def _waiting(within: Patience, seconds: float) -> str:
    try:
        with within:
            await asyncio.sleep(seconds)
    except TimeoutError:
        return "late"
    return "done"


async def test_only_what_is_late_is_ended() -> None:
    within = Patience(0.2)
    waits = (_waiting(within, seconds) for seconds in (0, 0.01, 30, 30))
    assert await asyncio.gather(*waits) == ["done", "done", "late", "late"]
    assert await _waiting(within, 0) == "done"


async def test_a_cancellation_from_elsewhere_goes_on() -> None:
    within = Patience(30)
    task = asyncio.create_task(_waiting(within, 30))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    late = Patience(0)
    task = asyncio.create_task(_waiting(late, 30))
    await asyncio.sleep(0)
    late._look()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_it_looks_in_every_loop_anew() -> None:
    within = Patience(0.05)
    for _ in range(2):
        assert asyncio.run(_waiting(within, 30)) == "late"
