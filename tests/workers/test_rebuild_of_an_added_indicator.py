"""A definition that is new is folded, and only that; all others are carried over as they are."""

from collections.abc import Iterable
from typing import Any

import pytest

from deploy.addresses import Addresses
from tests.events.history import History
from tests.workers.filled_log import fill
from tests.workers.given import rows_of
from workers.indicator import Indicator
from workers.indicators import INDICATORS
from workers.installed import ensure
from workers.projection import Projection
from workers.projections import PROJECTIONS
from workers.projections.statistics import Statistics, tables_of, version_of
from workers.projector import advance
from workers.rebuild import Rebuilt, rebuild
from workers.status import statuses

NEW = "fund.raised"
STATISTICS = PROJECTIONS["statistics"]


def statistics_of(indicators: Iterable[Indicator]) -> Projection:
    chosen = list(indicators)
    return type("Other", (Statistics,), {"version": version_of(chosen), "tables": tables_of(chosen)})()


WITHOUT = statistics_of(i for i in INDICATORS.values() if i.name != NEW)


async def filled(ledger: Addresses, pool: Any, told: History, projection: Projection) -> None:
    await ensure(pool, projections=[projection])
    await fill(ledger.owner_url, told.log)
    await advance(pool, projection)


@pytest.fixture
async def before(ledger: Addresses, worker_pool: Any, awkward_told: History) -> Addresses:
    """A ledger whose statistics are of the software before that indicator."""
    await filled(ledger, worker_pool, awkward_told, WITHOUT)
    return ledger


async def rebuilt(addresses: Addresses, projection: Projection = STATISTICS, **more: Any) -> Rebuilt:
    [one] = await rebuild(addresses.worker_url, projections={"statistics": projection}, page=50, **more)
    return one


async def cells_of(pool: Any, indicator: str) -> int:
    found: int = await pool.fetchval(
        "SELECT count(*) FROM read_statistics.cell WHERE indicator = $1", indicator
    )
    return found


async def test_with_it_the_statistics_are_those_of_a_full_fold(before: Addresses, worker_pool: Any) -> None:
    assert await cells_of(worker_pool, NEW) == 0
    [status] = await statuses(worker_pool)
    assert status.outdated

    one = await rebuilt(before)

    assert (one.switched, one.differences) == (True, [])
    assert await cells_of(worker_pool, NEW) > 0
    carried = await rows_of(worker_pool, STATISTICS)
    again = await rebuilt(before)  # the definition is the same now: all is folded
    assert (again.switched, again.differences) == (True, [])
    assert await rows_of(worker_pool, STATISTICS) == carried


async def test_nothing_else_is_folded_again(before: Addresses, worker_pool: Any) -> None:
    """Shown by a cell that is wrong: it is carried over; a full rebuild says so."""
    await worker_pool.execute(
        "UPDATE read_statistics.cell SET quantity = 123456"
        " WHERE ctid = (SELECT min(ctid) FROM read_statistics.cell)"
    )
    await worker_pool.execute(
        "UPDATE read_statistics.total t SET quantity = c.quantity FROM ("
        " SELECT unit, year, indicator, level, measure, sum(quantity) AS quantity"
        " FROM read_statistics.cell GROUP BY 1, 2, 3, 4, 5) AS c"
        " WHERE (t.unit, t.year, t.indicator, t.level, t.measure)"
        " = (c.unit, c.year, c.indicator, c.level, c.measure)"
    )
    wrong = "SELECT count(*) FROM read_statistics.cell WHERE quantity = 123456"
    assert (await rebuilt(before)).switched
    assert await worker_pool.fetchval(wrong) == 1
    assert [d.table for d in (await rebuilt(before)).differences] == ["cell", "total"]
    assert (await rebuilt(before, accept=True)).switched
    assert await worker_pool.fetchval(wrong) == 0


async def test_events_recorded_since_are_folded_for_all(
    before: Addresses, worker_pool: Any, awkward_told: History
) -> None:
    """The live tables stood still while the log went on."""
    more = History()
    more.record("UnitEstablished", "2016-01-01", unit_id="tinh", name="Tỉnh", level="province")
    await fill(before.owner_url, more.log)
    one = await rebuilt(before)
    assert (one.switched, one.position) == (True, len(awkward_told.log) + len(more.log))
    assert (await rebuilt(before)).differences == []


async def test_one_that_is_gone_is_no_difference(
    ledger: Addresses, worker_pool: Any, awkward_told: History
) -> None:
    await filled(ledger, worker_pool, awkward_told, STATISTICS)
    assert await cells_of(worker_pool, NEW) > 0
    one = await rebuilt(ledger, WITHOUT)
    assert (one.switched, one.differences) == (True, [])
    assert await cells_of(worker_pool, NEW) == 0


async def test_one_that_is_defined_otherwise_stops_the_switch(
    ledger: Addresses, worker_pool: Any, awkward_told: History
) -> None:
    """Its figures are other ones: somebody is to look at them and accept."""
    otherwise = type(
        "Otherwise",
        (Statistics,),
        {
            "version": STATISTICS.version ^ 1,
            "tables": f"{STATISTICS.tables} UPDATE term SET sign = -1 WHERE indicator = '{NEW}'",
        },
    )
    await filled(ledger, worker_pool, awkward_told, otherwise())
    stopped = await rebuilt(ledger)
    assert not stopped.switched
    assert [d.table for d in stopped.differences] == ["cell", "term", "total"]
    assert (await rebuilt(ledger, accept=True)).switched
    assert (await rebuilt(ledger)).differences == []


async def test_beside_tables_that_leave_a_stream_out_all_is_folded(
    before: Addresses, worker_pool: Any
) -> None:
    await worker_pool.execute(
        "INSERT INTO projections.parked (name, stream, position, error)"
        " SELECT 'statistics', stream, position, '' FROM log.events WHERE position = 1"
    )
    await worker_pool.execute(
        "DELETE FROM read_statistics.cell WHERE unit = (SELECT min(unit) FROM read_statistics.cell)"
    )
    stopped = await rebuilt(before)
    assert [d.table for d in stopped.differences] == ["cell"]
    assert (await rebuilt(before, accept=True)).switched
    assert (await rebuilt(before)).differences == []
