"""A read model built anew beside the live one: compared with it, switched to, while queries answer."""

import asyncio
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
from workers.reading import reading
from workers.rebuild import CannotRebuildError, Rebuilt, rebuild
from workers.status import statuses


@pytest.fixture
async def folded(ledger: Addresses, worker_pool: Any) -> Addresses:
    """Three hundred events, folded into the tally."""
    await ensure(worker_pool, projections=[TALLY])
    await fill(ledger.owner_url, terms(300))
    await advance(worker_pool, TALLY)
    return ledger


async def rebuilt(addresses: Addresses, projection: Projection = TALLY, **more: Any) -> Rebuilt:
    known = {projection.name: projection}
    [one] = await rebuild(addresses.worker_url, projections=known, page=100, **more)
    return one


async def schemas(pool: Any) -> list[str]:
    rows = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read%' ORDER BY 1")
    return [row["nspname"] for row in rows]


async def test_an_equal_one_takes_over_and_the_one_before_is_kept(
    folded: Addresses, worker_pool: Any
) -> None:
    seen: list[tuple[str, int, int]] = []
    one = await rebuilt(folded, progress=lambda *step: seen.append(step))
    assert (one.switched, one.differences, one.position) == (True, [], 300)
    assert seen == [("tally", 0, 300), ("tally", 100, 300), ("tally", 200, 300), ("tally", 300, 300)]
    assert await tally_of(worker_pool) == await counted(worker_pool)
    assert await schemas(worker_pool) == ["read_tally", "read_tally_old"]
    assert await worker_pool.fetchval("SELECT count(*) FROM projections.chunk") == 0


async def test_it_is_read_by_the_service_and_moves_on_afterwards(folded: Addresses, worker_pool: Any) -> None:
    await rebuilt(folded)
    await fill(folded.owner_url, terms(10, lists=("audience",)))
    await advance(worker_pool, TALLY)
    async with asyncpg.create_pool(folded.database_url, min_size=0, max_size=1) as service:
        assert (await tally_of(service))["term-audience"] == 10


async def test_a_difference_stops_the_switch_and_says_what_differs(
    folded: Addresses, worker_pool: Any
) -> None:
    await worker_pool.execute("UPDATE read_tally.tally SET events = 7 WHERE stream = 'term-item'")
    one = await rebuilt(folded)
    assert not one.switched
    [difference] = one.differences
    assert (difference.table, difference.missing, difference.added) == ("tally", 1, 1)
    assert difference.examples == ["- (7,term-item)", "+ (150,term-item)"]
    assert (await tally_of(worker_pool))["term-item"] == 7
    assert await schemas(worker_pool) == ["read_tally"]


async def test_an_accepted_difference_does_not_stop_it(folded: Addresses, worker_pool: Any) -> None:
    await worker_pool.execute("UPDATE read_tally.tally SET events = 7 WHERE stream = 'term-item'")
    one = await rebuilt(folded, accept=True)
    assert one.switched
    assert len(one.differences) == 1
    assert await tally_of(worker_pool) == await counted(worker_pool)


async def test_an_event_that_cannot_be_folded_stops_it_and_is_named(
    folded: Addresses, worker_pool: Any
) -> None:
    class Choosy(Tally):
        async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
            if after < 142 <= through:
                raise KeyError("a secret")
            await super().fold(connection, after, through, parked)

    with pytest.raises(CannotRebuildError) as stopped:
        await rebuilt(folded, Choosy())
    assert stopped.value.position == 142
    assert "secret" not in str(stopped.value)
    assert await tally_of(worker_pool) == await counted(worker_pool)


class Later(Tally):
    """Its key is made when all is gathered."""

    tables: ClassVar[str] = "CREATE TABLE tally (stream text NOT NULL, events bigint NOT NULL)"
    indexes: ClassVar[str] = "ALTER TABLE tally ADD PRIMARY KEY (stream)"
    in_any_order: ClassVar[bool] = True
    cannot: ClassVar[int] = 0

    async def gather(self, connection: Any, after: int, through: int) -> None:
        if after < self.cannot <= through:
            raise KeyError("a secret")
        await connection.execute(
            "INSERT INTO tally SELECT stream, count(*) FROM log.events"
            " WHERE position > $1 AND position <= $2 GROUP BY stream",
            after,
            through,
        )

    async def settle(self, connection: Any, through: int) -> None:
        await connection.execute(
            "WITH gone AS (DELETE FROM tally RETURNING *)"
            " INSERT INTO tally SELECT stream, sum(events) FROM gone GROUP BY stream"
        )


async def test_what_is_gathered_without_a_key_has_it_once_it_is_settled(
    folded: Addresses, worker_pool: Any
) -> None:
    one = await rebuilt(folded, Later())
    assert (one.switched, one.differences) == (True, [])
    await fill(folded.owner_url, terms(10, lists=("audience",)))
    await advance(worker_pool, Later())
    assert await tally_of(worker_pool) == await counted(worker_pool)


async def test_an_event_that_cannot_be_gathered_is_named_too(folded: Addresses, worker_pool: Any) -> None:
    class Choosy(Later):
        cannot: ClassVar[int] = 142

    with pytest.raises(CannotRebuildError) as stopped:
        await rebuilt(folded, Choosy())
    assert (stopped.value.position, "secret" in str(stopped.value)) == (142, False)
    assert await schemas(worker_pool) == ["read_tally"]


async def test_one_that_cannot_be_built_holds_up_no_other(folded: Addresses, worker_pool: Any) -> None:
    class Other(Later):
        name: ClassVar[str] = "other"
        cannot: ClassVar[int] = 142

    await ensure(worker_pool, projections=[Other()])
    await worker_pool.execute("UPDATE projections.projection SET checkpoint = 300 WHERE name = 'other'")
    with pytest.raises(CannotRebuildError, match="other"):
        await rebuild(folded.worker_url, projections={"other": Other(), "tally": TALLY}, page=100)
    assert await schemas(worker_pool) == ["read_other", "read_tally", "read_tally_old"]
    assert await worker_pool.fetchval("SELECT count(*) FROM projections.rebuild") == 0


async def test_a_changed_definition_takes_over_at_the_head(folded: Addresses, worker_pool: Any) -> None:
    class Second(Tally):
        version: ClassVar[int] = 2
        tables: ClassVar[str] = (
            "CREATE TABLE tally (stream text PRIMARY KEY, events bigint NOT NULL, note text DEFAULT 'v2')"
        )

        async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
            await connection.execute(
                "INSERT INTO tally AS t (stream, events) SELECT stream, count(*) FROM log.events"
                " WHERE position > $1 AND position <= $2 GROUP BY stream"
                " ON CONFLICT (stream) DO UPDATE SET events = t.events + excluded.events",
                after,
                through,
            )

    second = Second()
    await fill(folded.owner_url, terms(50, lists=("audience",)))
    await advance(worker_pool, second)  # nobody folds a new definition into old tables
    assert await checkpoint(worker_pool) == 300

    stopped = await rebuilt(folded, second)
    assert [d.reshaped for d in stopped.differences] == [True]
    assert not stopped.switched
    assert (await rebuilt(folded, second, accept=True)).position == 350
    [status] = await statuses(worker_pool)
    assert (status.version, status.position, status.lag) == (2, 350, 0)
    assert await worker_pool.fetchval("SELECT count(*) FROM read_tally.tally WHERE note = 'v2'") == 3


async def test_queries_answer_throughout_and_never_see_half_a_switch(
    folded: Addresses, worker_pool: Any
) -> None:
    """Readers of several statements, writers of new events and the switch, all at once."""
    done = asyncio.Event()
    answered = 0

    async def ask(service: Any) -> None:
        nonlocal answered
        while not done.is_set():
            async with reading(service, "tally") as (connection, position):
                first = await connection.fetchval("SELECT sum(events) FROM read_tally.tally")
                await asyncio.sleep(0.001)
                again = await connection.fetchval("SELECT sum(events)::bigint FROM read_tally.tally")
                assert first == again == position
                answered += 1

    async def record() -> None:
        number, later = -1, terms(5000, lists=("audience",))
        while not done.is_set():
            number += 1
            await fill(folded.owner_url, later[5 * number : 5 * number + 5])
            await advance(worker_pool, TALLY)
            await asyncio.sleep(0.005)

    async with asyncpg.create_pool(folded.database_url, min_size=0, max_size=3) as service:
        asking = [asyncio.create_task(ask(service)) for _ in range(3)]
        recording = asyncio.create_task(record())
        for _ in range(5):
            assert (await rebuilt(folded)).switched
        done.set()
        await asyncio.gather(*asking, recording)
    assert answered > 20
