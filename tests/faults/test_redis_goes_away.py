"""Redis loses everything, dies, or is away: commands are recorded throughout, and the workers catch up."""

import asyncio

import pytest
import redis

from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load

REACHED = "SELECT sum(checkpoint) FROM projections.projection"


@pytest.mark.short
@pytest.mark.debian
async def test_flushed_under_load(house: House, load: Load) -> None:
    with redis.Redis.from_url(house.addresses.redis_url) as broker:
        async with load.running():
            for _ in range(20):
                broker.flushall()
                done = len(load.acknowledged)
                await until(lambda done=done: len(load.acknowledged) > done + 5)
    assert load.troubles == 0  # no client felt it
    await invariants(house, load)


async def test_killed_under_load_and_started_again(house: House, load: Load) -> None:
    async with load.running():
        for _ in range(2):
            former = house.servers.redis.pid
            house.servers.redis.stop("immediate")
            await until(lambda former=former: house.servers.redis.pid not in (None, former))
            before = await house.ask(REACHED)
            await until(lambda before=before: house.ask(f"SELECT ({REACHED}) > $1", before))
    assert load.troubles == 0
    await invariants(house, load)


@pytest.mark.parametrize("seconds", [10, 60])
@pytest.mark.timeout(300)
async def test_away_for_a_while(house: House, load: Load, seconds: int) -> None:
    """That long nobody folds and nobody seals; whoever records does not notice."""
    broker = house.servers.redis
    async with load.running():
        with house.unattended(broker):
            broker.stop()
            for _ in range(seconds):  # commands go through in every second of it
                done = len(load.acknowledged)
                await asyncio.sleep(1)
                await until(lambda done=done: len(load.acknowledged) > done)
            broker.start()
    assert load.troubles == 0
    await invariants(house, load)
