"""Workers and beat die: what they were at is done once, by whoever comes next."""

from contextlib import AsyncExitStack

import psutil
import pytest

from tests.faults.breaking import locked, waits_for
from tests.faults.house import House, kill, until
from tests.faults.invariants import invariants
from tests.faults.load import Load
from tests.faults.proxy import Where
from tests.faults.servers import ended

MOVES = b"UPDATE projections.projection SET checkpoint"
REACHED = "SELECT sum(checkpoint) FROM projections.projection"


@pytest.mark.short
@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_at_its_commit(house: House, load: Load, when: Where) -> None:
    """Of a page of events: the commit never reached the database, or its answer never the worker."""
    async with load.running():
        stop = house.servers.to_workers.stop(MOVES, when)
        await until(stop.reached.is_set, what=f"a worker {when} its commit")
        child = int(stop.program.split()[-1])
        assert child in {p.pid for p in psutil.Process(house.part("worker").pid).children()}
        kill(child)
        await until(lambda: ended(child))
    await invariants(house, load)


async def test_killed_with_all_its_children(house: House, load: Load) -> None:
    async with load.running():
        killed = await house.kill("worker")
        before = await house.ask(REACHED)
        await house.is_back("worker", killed)
        await until(lambda: house.ask(f"SELECT ({REACHED}) > $1", before), what="folding goes on")
    await invariants(house, load)


@pytest.mark.short
async def test_the_beat_is_killed(house: House, load: Load) -> None:
    """Without it hints still move the read models; checkpoints wait for the next one."""
    async with load.running():
        killed = await house.kill("beat")
        before = await house.ask(REACHED)
        await until(lambda: house.ask(f"SELECT ({REACHED}) > $1", before), what="folding goes on")
        await house.is_back("beat", killed)
        signed = await house.ask("SELECT max(size) FROM proof.checkpoint")
        await until(lambda: house.ask("SELECT max(size) > $1 FROM proof.checkpoint", signed), what="sealing")
    await invariants(house, load)


@pytest.mark.short
@pytest.mark.parametrize(
    ("mode", "statement"), [("ACCESS EXCLUSIVE", "SELECT EXISTS"), ("SHARE", "INSERT INTO proof.checkpoint")]
)
async def test_the_sealer_is_killed_between_tiles_and_checkpoint(
    house: House, load: Load, mode: str, statement: str
) -> None:
    """Once before it asks what is signed; once when its note stands in the file outside, and nowhere else."""
    async with load.running(), AsyncExitStack() as ending:
        watcher = await ending.enter_async_context(locked(house, "proof.checkpoint", mode))

        async def stands_there() -> bool:
            return statement in (await waits_for(watcher, "proof.checkpoint") or "")

        await until(stands_there, what=f"the sealer before {statement}")
        tiles = await watcher.fetchval("SELECT size FROM proof.sealing")
        killed = await house.kill("sealer")
        await ending.aclose()
        assert tiles > await house.ask("SELECT max(size) FROM proof.checkpoint")
        await house.is_back("sealer", killed)
    await invariants(house, load)
