"""The version before the last switch: kept until told, left in peace, and a way back."""

from collections.abc import Sequence
from typing import Any, ClassVar

import asyncpg
import pytest

from deploy.addresses import Addresses
from tests.workers.filled_log import fill
from tests.workers.given import checkpoint, counted, tally_of, terms
from tests.workers.tally import TALLY, Tally
from workers.installed import ensure
from workers.projection import Projection
from workers.projector import advance
from workers.rebuild import CannotGoBackError, Rebuilt, back, drop_old, rebuild
from workers.status import ProjectionStatus, parked, statuses

KNOWN: dict[str, Projection] = {"tally": TALLY}


class Second(Tally):
    version: ClassVar[int] = 2


class Choosy(Tally):
    """Parks the stream of the event at 7."""

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        stream = await connection.fetchval("SELECT stream FROM log.events WHERE position = 7")
        if after < 7 <= through and stream not in parked:
            raise KeyError
        await super().fold(connection, after, through, parked)


@pytest.fixture
async def folded(ledger: Addresses, worker_pool: Any) -> Addresses:
    """A hundred events, folded into the tally."""
    await ensure(worker_pool, projections=[TALLY])
    await fill(ledger.owner_url, terms(100))
    await advance(worker_pool, TALLY)
    return ledger


async def rebuilt(addresses: Addresses, projection: Projection = TALLY) -> Rebuilt:
    [one] = await rebuild(addresses.worker_url, projections={"tally": projection}, page=30)
    assert one.switched
    return one


async def status(pool: Any) -> ProjectionStatus:
    [one] = await statuses(pool)
    return one


async def kept_version(pool: Any) -> int | None:
    found: int | None = await pool.fetchval("SELECT version FROM projections.kept")
    return found


async def test_it_is_kept_until_told_and_then_gone(folded: Addresses, worker_pool: Any) -> None:
    assert (await status(worker_pool)).kept is None
    await rebuilt(folded)
    await fill(folded.owner_url, terms(10, lists=("audience",)))
    await advance(worker_pool, TALLY)
    async with asyncpg.create_pool(folded.database_url, min_size=0, max_size=1) as service:
        assert ((await status(service)).kept, (await status(service)).position) == (100, 110)
    assert await worker_pool.fetchval("SELECT sum(events)::int FROM read_tally_old.tally") == 100

    assert await drop_old(folded.worker_url, "tally")
    assert not await drop_old(folded.worker_url, "tally")
    assert (await status(worker_pool)).kept is None
    assert await worker_pool.fetch("SELECT FROM pg_namespace WHERE nspname = 'read_tally_old'") == []


async def test_the_way_back_catches_up_first_and_leads_both_ways(folded: Addresses, worker_pool: Any) -> None:
    await rebuilt(folded)
    await fill(folded.owner_url, terms(10, lists=("audience",)))
    await advance(worker_pool, TALLY)
    await worker_pool.execute("UPDATE read_tally.tally SET events = 7 WHERE stream = 'term-item'")

    assert await back(folded.worker_url, "tally", projections=KNOWN) == 110

    assert await tally_of(worker_pool) == await counted(worker_pool)
    assert await checkpoint(worker_pool) == 110
    await back(folded.worker_url, "tally", projections=KNOWN)
    assert (await tally_of(worker_pool))["term-item"] == 7


async def test_there_is_no_way_back_to_nothing_or_to_what_this_software_cannot_fold(
    folded: Addresses, worker_pool: Any
) -> None:
    with pytest.raises(CannotGoBackError) as nothing:
        await back(folded.worker_url, "tally", projections=KNOWN)
    assert nothing.value.kept is None

    second = Second()
    await rebuilt(folded, second)
    with pytest.raises(CannotGoBackError) as other:
        await back(folded.worker_url, "tally", projections={"tally": second})
    assert other.value.kept == 1
    assert (await status(worker_pool)).version == 2

    await fill(folded.owner_url, terms(10, lists=("audience",)))
    await advance(worker_pool, second)
    await back(folded.worker_url, "tally", projections=KNOWN)  # the software of before can
    assert (await status(worker_pool)).version == 1
    assert await tally_of(worker_pool) == await counted(worker_pool)


async def test_an_equal_twin_does_not_push_out_the_earlier_definition(
    folded: Addresses, worker_pool: Any
) -> None:
    second = Second()
    await rebuilt(folded, second)
    await rebuilt(folded, second)
    assert await kept_version(worker_pool) == 1
    schemas = await worker_pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname ^@ 'read_' ORDER BY 1")
    assert [s["nspname"] for s in schemas] == ["read_tally", "read_tally_old"]


async def test_what_the_one_before_left_out_stays_left_out_of_it(ledger: Addresses, worker_pool: Any) -> None:
    choosy = Choosy()
    await ensure(worker_pool, projections=[TALLY])
    await fill(ledger.owner_url, terms(10))
    await advance(worker_pool, choosy)
    [left_out] = await parked(worker_pool)
    before = await tally_of(worker_pool)
    [one] = await rebuild(ledger.worker_url, projections=KNOWN, accept=True)
    assert (one.switched, await parked(worker_pool)) == (True, [])
    assert await tally_of(worker_pool) == await counted(worker_pool)

    await back(ledger.worker_url, "tally", projections={"tally": choosy})

    assert await parked(worker_pool) == [left_out]
    assert await tally_of(worker_pool) == before


async def test_a_ledger_from_before_gets_what_rebuilds_need(folded: Addresses, worker_pool: Any) -> None:
    await worker_pool.execute("DROP TABLE projections.rebuild, projections.chunk, projections.kept")
    assert await ensure(worker_pool, projections=[TALLY]) == []
    await rebuilt(folded)
    async with asyncpg.create_pool(folded.database_url, min_size=0, max_size=1) as service:
        assert (await status(service)).kept == 100
        await service.execute("SET ROLE khuyenhoc_reader")
        assert (await status(service)).kept == 100
