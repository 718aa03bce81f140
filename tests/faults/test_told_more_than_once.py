"""The same said a hundred times, in any order, to several at once: the effect is once."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
from celery import Celery

from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load
from workers.celery_app import make_app
from workers.projections import PROJECTIONS
from workers.rebuild import RebuildRunningError, rebuild


@pytest.mark.short
async def test_the_same_hint_a_hundred_times_and_out_of_order(house: House, load: Load) -> None:
    app = make_app(house.addresses.redis_url)
    hints = [name for name in PROJECTIONS for _ in range(100)]
    random.Random(7).shuffle(hints)
    async with load.running():
        for name in hints:
            app.send_task("workers.advance", (name,), ignore_result=True)
            await asyncio.sleep(0)

        async def all_ran() -> bool:
            return (await _ran(app, "workers.advance"))["khuyenhoc"] >= len(hints)

        await until(all_ran, what="each of them taken up")
    app.close()
    await invariants(house, load)


@pytest.mark.short
async def test_two_workers_two_sealers_and_many_sweeps_at_once(house: House, load: Load) -> None:
    twins = [house.twin("worker"), house.twin("sealer")]
    await until(lambda: all(twin.ready for twin in twins))
    app = make_app(house.addresses.redis_url)
    async with load.running():
        for _ in range(30):
            for task in ("workers.sweep", "workers.sweep", "workers.seal", "workers.seal"):
                app.send_task(task, ignore_result=True)
            await asyncio.sleep(0.02)

        async def all_worked() -> bool:
            swept, sealed = await _ran(app, "workers.sweep"), await _ran(app, "workers.seal")
            workers, sealers = ("khuyenhoc", "khuyenhoc-worker-2"), ("khuyenhoc-sealer", "khuyenhoc-sealer-2")
            return all(swept[name] for name in workers) and all(sealed[name] for name in sealers)

        await until(all_worked, what="work for each of the four")
    app.close()
    await invariants(house, load)


@pytest.mark.short
async def test_two_rebuilds_at_once_under_load(house: House, load: Load) -> None:
    """Of each read model one goes on; the other is told so, or comes after. Neither finds a difference."""
    async with load.running():
        for name in PROJECTIONS:
            both = (_rebuilt(house, name), _rebuilt(house, name))
            done = [one for one in await asyncio.gather(*both) if one is not None]
            assert done
            assert all(one.switched and not one.differences for one in done)
    await invariants(house, load)


async def _ran(app: Celery, task: str) -> Counter[str]:
    """How often each worker has taken it up since it was started, by the worker's name."""
    found = await asyncio.to_thread(app.control.inspect(timeout=2).stats) or {}
    return Counter({node.partition("@")[0]: stats["total"].get(task, 0) for node, stats in found.items()})


async def _rebuilt(house: House, name: str) -> Any:
    """What became of it; None if another was at it."""
    try:
        (found,) = await rebuild(house.servers.url("worker"), [name])
    except RebuildRunningError:
        return None
    return found
