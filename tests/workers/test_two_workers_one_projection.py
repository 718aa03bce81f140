"""Whoever folds, however often told and however many at once: the effect is once, and nobody waits."""

import asyncio
from typing import Any

import asyncpg

from deploy.addresses import Addresses
from tests.workers.filled_log import fill
from tests.workers.given import checkpoint, counted, tally_of, terms
from tests.workers.tally import TALLY
from workers.installed import ensure
from workers.projector import advance, fold_page, is_behind
from workers.status import reached, statuses, wait_for


async def test_workers_racing_page_by_page_count_every_event_once(
    ledger: Addresses, worker_pool: Any
) -> None:
    await ensure(worker_pool, projections=[TALLY])
    head = await fill(ledger.owner_url, terms(500))

    await asyncio.gather(*(advance(worker_pool, TALLY, page=7) for _ in range(4)))
    while await is_behind(worker_pool, TALLY):  # those turned away left it to the others
        await advance(worker_pool, TALLY, page=7)

    assert await tally_of(worker_pool) == await counted(worker_pool)
    assert await checkpoint(worker_pool) == head


async def test_a_worker_does_not_wait_for_another_ones_page(ledger: Addresses, worker_pool: Any) -> None:
    await ensure(worker_pool, projections=[TALLY])
    await fill(ledger.owner_url, terms(10))
    async with worker_pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM projections.projection WHERE name = 'tally' FOR UPDATE")
        assert await asyncio.wait_for(fold_page(worker_pool, TALLY), 2) is False
    assert await fold_page(worker_pool, TALLY) is True


async def test_what_is_recorded_during_the_last_page_is_folded_though_its_hint_was_turned_away(
    ledger: Addresses, worker_pool: Any
) -> None:
    await ensure(worker_pool, projections=[TALLY])
    facts = terms(20)
    await fill(ledger.owner_url, facts[:10])
    owner = await asyncpg.connect(ledger.owner_url)
    await owner.execute("SELECT set_config('test.pause', '', false)")
    await owner.close()
    async with asyncpg.create_pool(
        ledger.worker_url, min_size=0, max_size=2, server_settings={"test.pause": "0.4"}
    ) as slow:
        working = asyncio.create_task(advance(slow, TALLY))
        await asyncio.sleep(0.2)  # it is within its page, which ends at 10
        await fill(ledger.owner_url, facts[10:])
        await advance(worker_pool, TALLY)  # the hint for 20 comes now and finds the row locked
        assert await checkpoint(worker_pool) == 0
        await working
    assert await checkpoint(worker_pool) == 20


async def test_an_installation_from_many_processes_at_once_makes_everything_once(worker_pool: Any) -> None:
    made = await asyncio.gather(*(ensure(worker_pool, projections=[TALLY]) for _ in range(4)))
    assert sorted(made) == [[], [], [], ["tally"]]


async def test_status_and_waiting(ledger: Addresses, worker_pool: Any) -> None:
    await ensure(worker_pool, projections=[TALLY])
    await fill(ledger.owner_url, terms(30))
    async with asyncpg.create_pool(ledger.database_url, min_size=0, max_size=2) as service:
        assert not await wait_for(service, ["tally"], 30, 0.05)
        [status] = await statuses(service)
        assert (status.name, status.position, status.head, status.lag) == ("tally", 0, 30, 30)
        waiting = asyncio.create_task(wait_for(service, ["tally"], 30, 5))
        await advance(worker_pool, TALLY)
        assert await waiting
        assert await reached(service, ["tally"]) == 30
        assert await reached(service, ["tally", "unknown"]) == 0
        assert (await service.fetch("SELECT * FROM read_tally.tally")) != []


async def test_a_changed_definition_leaves_the_tables_alone(ledger: Addresses, worker_pool: Any) -> None:
    class Changed(type(TALLY)):  # type: ignore[misc]
        version = 2

    await ensure(worker_pool, projections=[TALLY])
    await fill(ledger.owner_url, terms(5))
    await advance(worker_pool, Changed())
    assert await checkpoint(worker_pool) == 0
