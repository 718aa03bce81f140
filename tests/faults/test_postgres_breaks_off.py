"""PostgreSQL stops without a word, or its connections are cut in mid-sentence: nothing acknowledged is lost,
nothing is recorded twice, and everything goes on by itself."""

import pytest

from tests.faults.breaking import answers_of_commits_held, recorded_commands, waiting_to_answer
from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load


@pytest.mark.short
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


@pytest.mark.short
async def test_cut_in_mid_batch(house: House, load: Load) -> None:
    """After so many more bytes of whatever is being said, from either side of the proxy."""
    async with load.running():
        for count in (0, 700, 5_000, 30_000, 100_000):
            troubles, done = load.troubles, len(load.acknowledged)
            house.servers.to_service.cut_after(count)
            house.servers.to_workers.cut_after(count)
            await until(lambda troubles=troubles: load.troubles > troubles, what="a client that felt it")
            await until(lambda done=done: len(load.acknowledged) > done + 50)
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
