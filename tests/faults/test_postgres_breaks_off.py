"""PostgreSQL stops without a word, or its connections are cut in mid-sentence: nothing acknowledged is lost,
nothing is recorded twice, and everything goes on by itself."""

import pytest

from tests.faults.breaking import answers_of_commits_held, recorded_commands, waiting_to_answer
from tests.faults.house import House, kill, until
from tests.faults.invariants import invariants
from tests.faults.load import Load
from tests.faults.proxy import Where

ROWS, HEAD = b'COPY "log"."events"', b"UPDATE log.head"
MOVES, SIGNS = b"UPDATE projections.projection SET checkpoint", b"INSERT INTO proof.checkpoint"
REACHED = "SELECT sum(checkpoint) FROM projections.projection"
SIGNED = "SELECT max(size) FROM proof.checkpoint"
OPEN = """
    SELECT count(*) FROM pg_stat_activity WHERE usename = 'khuyenhoc_service'
        AND (state = 'idle in transaction' OR state = 'active' AND query LIKE 'COPY "log"."events"%')
"""


@pytest.mark.short
@pytest.mark.debian
async def test_restarted_at_once_under_load(house: House, load: Load) -> None:
    """`-m immediate`: no checkpoint, no farewell; the supervisor starts it again."""
    async with load.running():
        for _ in range(2):
            former, troubles = house.servers.postgres.pid, load.troubles
            house.servers.postgres.stop("immediate")
            await until(lambda former=former: house.servers.postgres.pid not in (None, former))
            done = len(load.acknowledged)
            await until(lambda done=done: len(load.acknowledged) > done + 50)
            assert load.troubles > troubles
    await invariants(house, load)


async def test_a_backend_is_killed_under_load(house: House, load: Load) -> None:
    """As by the kernel when memory is short: PostgreSQL breaks off everybody and recovers by itself."""
    async with load.running():
        former, troubles = house.servers.postgres.pid, load.troubles
        kill(await house.ask("SELECT max(pid) FROM pg_stat_activity WHERE usename = 'khuyenhoc_service'"))
        await until(lambda: load.troubles > troubles, what="a client that felt it")
        done = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > done + 50)
        assert house.servers.postgres.pid == former
    await invariants(house, load)


@pytest.mark.short
@pytest.mark.debian
@pytest.mark.parametrize(
    ("inside", "where"),
    [(ROWS, "rows"), (HEAD, "statement")],
    ids=["rows", "head"],
)
async def test_cut_in_mid_batch(house: House, load: Load, inside: bytes, where: Where) -> None:
    """With half of its rows there; with all of them, before the message that moves the head and commits.

    Nothing of the batch is recorded, and its clients, who heard nothing, send it again.
    """
    async with load.running():
        stop = house.servers.to_service.stop(inside, where)
        await until(stop.reached.is_set, what="a batch under way")
        await until(lambda: house.ask(OPEN), what="its transaction in the database")
        before = await recorded_commands(house)
        await until(lambda: before <= set(load.acknowledged), what="the answers to all batches before")
        troubles = load.troubles
        assert house.servers.to_service.cut() > 0
        await until(lambda: load.troubles > troubles, what="a client that felt it")
        done = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > done + 50)
    await invariants(house, load)


async def test_cut_after_so_many_bytes(house: House, load: Load) -> None:
    """Wherever that falls, in whatever the service and the workers are saying."""
    async with load.running():
        for count in (0, 700, 5_000, 30_000, 100_000):
            troubles, done = load.troubles, len(load.acknowledged)
            house.servers.to_service.cut_after(count)
            house.servers.to_workers.cut_after(count)
            await until(lambda troubles=troubles: load.troubles > troubles, what="a client that felt it")
            await until(lambda done=done: len(load.acknowledged) > done + 50)
        for proxy in (house.servers.to_service, house.servers.to_workers):
            proxy.cut_after(None)  # the seldom used: they would be cut under whoever asks next
    await invariants(house, load)


@pytest.mark.parametrize("where", ["statement", "before", "after"])
@pytest.mark.parametrize(
    ("inside", "reached"), [(MOVES, REACHED), (SIGNS, SIGNED)], ids=["folding", "sealing"]
)
async def test_workers_cut_in_mid_page(
    house: House, load: Load, inside: bytes, reached: str, where: Where
) -> None:
    """Of a fold or a checkpoint: before its last statement, its commit, or the commit's confirmation."""
    async with load.running():
        stop = house.servers.to_workers.stop(inside, where)
        await until(stop.reached.is_set, what="a page under way")
        assert house.servers.to_workers.cut() > 0
        before = await house.ask(reached)
        await until(lambda: house.ask(f"SELECT ({reached}) > $1", before), what="the work goes on")
    await invariants(house, load)


async def test_all_cut_again_and_again(house: House, load: Load) -> None:
    async with load.running():
        for _ in range(10):
            assert house.servers.to_service.cut() + house.servers.to_workers.cut() > 0
            done = len(load.acknowledged)
            await until(lambda done=done: len(load.acknowledged) > done + 20)
    await invariants(house, load)


@pytest.mark.short
async def test_cut_between_commit_and_its_confirmation(house: House, load: Load) -> None:
    """The service cannot know whether its batch was recorded; it was, and the repeats are told so."""
    async with load.running():
        async with answers_of_commits_held(house) as watcher:
            await until(lambda: waiting_to_answer(watcher), what="a commit without its confirmation")
            known = set(load.acknowledged)
            house.servers.to_service.cut()
        unanswered = await recorded_commands(house) - known
        assert unanswered
        await until(lambda: unanswered <= set(load.acknowledged), what="every one of them answered")
        assert unanswered & load.repeated
    await invariants(house, load)
