"""Clocks jump: where the database's and the service's disagree nothing is recorded, where both are wrong
together work goes on, and the time in the log never goes back."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.embedded.places import SYSTEM_FOLDER
from tests.faults.clock import SEEN, Clock
from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load, command
from tests.faults.servers import Servers

HOUR, DAY = 3_600, 86_400
HEAD = "SELECT position FROM log.head"
SIGNED = "SELECT max(size) FROM proof.checkpoint"
Clocks = dict[str, Clock]


@pytest.fixture(scope="module")
def clocks(workplace: Any) -> Iterator[Clocks]:
    """The database's, the service's, beat's, and the one of workers and sealer."""
    names = ("database", "service", "beat", "workers")
    files = {n: SYSTEM_FOLDER / f"{workplace.name}-{n}.clock" for n in names}
    yield {name: Clock(file) for name, file in files.items()}
    for file in files.values():
        file.unlink()


@pytest.fixture(scope="module")
def environment(servers: Servers, clocks: Clocks) -> dict[str, dict[str, str]]:
    servers.postgres.stop()
    servers.postgres.more = clocks["database"].environment
    servers.postgres.start()
    workers = clocks["workers"].environment
    service, beat = clocks["service"].environment, clocks["beat"].environment
    return {"service": service, "beat": beat, "worker": workers, "sealer": workers}


async def _database_is(house: House, ahead: int) -> bool:
    """Whether the database has seen its clock changed."""
    found: dt.datetime = await house.ask("SELECT clock_timestamp()")
    return abs((found - dt.datetime.now(dt.UTC)).total_seconds() - ahead) < 30


async def _refused(house: House, load: Load) -> None:
    """Once the wrong clock is seen: nothing is recorded, and the client is told to come again."""
    await asyncio.sleep(SEEN)
    async with house.client() as http:

        async def told_to_come_again() -> bool:
            one = command("MembersCounted", "2018-01-01", unit_id="xa-0", members=5)
            answer = await http.post("/v1/commands", json=one)
            if answer.status_code == 201:
                load.acknowledge(one["command_id"], answer.json(), 201)
                return False
            assert answer.status_code == 503, answer.text
            assert answer.json()["code"] == "log-unavailable"
            assert int(answer.headers["retry-after"]) > 0
            return True

        await until(told_to_come_again)
        before = await house.ask(HEAD)
        for _ in range(3):
            assert await told_to_come_again()
    assert await house.ask(HEAD) == before


@pytest.mark.short
@pytest.mark.parametrize("whose", ["database", "service"])
@pytest.mark.parametrize("ahead", [-HOUR, DAY, 90, -90])
async def test_one_clock_is_wrong(house: House, load: Load, clocks: Clocks, whose: str, ahead: int) -> None:
    try:
        clocks[whose].set(ahead)
        await _refused(house, load)
    finally:
        clocks[whose].set(0)
    done = len(load.acknowledged)
    async with load.running():
        pass
    assert len(load.acknowledged) > done
    await invariants(house, load)


@pytest.mark.short
async def test_within_a_minute_of_each_other_they_go_on(house: House, load: Load, clocks: Clocks) -> None:
    try:
        async with load.running():
            for ahead in (30, -30):
                clocks["database"].set(ahead)
                done = len(load.acknowledged)
                await until(lambda done=done: len(load.acknowledged) > done + 30)
    finally:
        clocks["database"].set(0)
    assert not load.refused
    await invariants(house, load)


@pytest.mark.short
async def test_all_clocks_are_set_back_and_a_day_ahead(house: House, load: Load, clocks: Clocks) -> None:
    """As when the machine's own clock is set: recording and sealing go on, `recorded_at` never goes back."""
    try:
        for ahead in (-HOUR, DAY, 0, -2 * DAY):
            for clock in clocks.values():
                clock.set(ahead)
            await until(lambda ahead=ahead: _database_is(house, ahead))
            before = await house.ask("SELECT recorded_at FROM log.head")
            async with asyncio.timeout(60), load.running():
                pass
            assert await house.ask("SELECT recorded_at FROM log.head") >= before
            head = await house.ask(HEAD)
            await until(lambda head=head: house.ask(f"SELECT ({SIGNED}) >= $1", head), what="sealing goes on")
    finally:
        for clock in clocks.values():
            clock.set(0)
    await until(lambda: _database_is(house, 0))
    await invariants(house, load)


@pytest.mark.short
async def test_the_beat_is_a_day_from_its_workers(house: House, load: Load, clocks: Clocks) -> None:
    """As on hosts whose clocks nobody sets: what it asks for is done, whenever it thinks that it asks."""
    try:
        for ahead in (-DAY, DAY):
            clocks["beat"].set(ahead)
            await asyncio.sleep(SEEN)
            async with load.running():
                pass
            head = await house.ask(HEAD)
            await until(lambda head=head: house.ask(f"SELECT ({SIGNED}) >= $1", head), what="sealing goes on")
    finally:
        clocks["beat"].set(0)
    await invariants(house, load)
