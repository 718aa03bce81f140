"""How fast read models are built anew: beside a bare aggregate over the same columns, and beside another
event store reading as many events into one counter."""

import asyncio
import time

import asyncpg

from tests.benchmarks.foreign import MISSING, ForeignStore
from tests.benchmarks.memory import Memory
from tests.benchmarks.province import Province
from tests.benchmarks.rebuilding import rebuilding, rebuilt
from tests.benchmarks.recorded import bytes_per_event, fold, record_province
from tests.benchmarks.results import Ground, Result, middle, not_measured
from tests.benchmarks.scratch import make_table
from workers.projections import PROJECTIONS

ROUNDS = 3
FOREIGN_MOST = 200_000
"""Events the other store is filled with at most; its rate does not depend on how many there are."""

_BARE = """
SELECT unit, kind, year, subject, sum(quantity), sum(extra), sum(amount), count(*)
FROM log.events GROUP BY 1, 2, 3, 4
"""


async def read_models(ground: Ground) -> list[Result]:
    """A province's history recorded and folded, then rebuilt: compared with the live ones, and switched."""
    province = Province(ground.events)
    events = await record_province(ground, province)
    await fold(ground)
    size = await bytes_per_event(ground)
    found = [await _statistics(ground, events, size)]
    return [*found, *await _all(ground, province, events, size)]


async def _statistics(ground: Ground, events: int, size: float) -> Result:
    connection = await asyncpg.connect(ground.addresses.worker_url)
    await connection.execute("SET max_parallel_workers_per_gather = 0")
    await connection.fetch(_BARE)
    await rebuilt(ground.addresses.worker_url, ["statistics"])
    ours, theirs = [], []
    with Memory(rebuilding(ground.server)) as memory:
        for _ in range(ROUNDS):
            theirs.append(events / await _seconds(connection))
            ours.append(events / await rebuilt(ground.addresses.worker_url, ["statistics"]))
    await connection.close()
    rate, ratio = middle(ours, theirs)
    beside = "bare SELECT … sum … GROUP BY over the typed columns, parallel query off"
    name = "rebuild of the statistics, compared and switched"
    return Result(name, rate, "events/s", ratio, beside, 0.5, memory_mb=memory.all_mb, bytes_per_event=size)


async def _all(ground: Ground, province: Province, events: int, size: float) -> list[Result]:
    name = f"rebuild of all {len(PROJECTIONS)} read models, compared and switched"
    count = min(events, FOREIGN_MOST)
    await make_table(ground.addresses.owner_url)
    try:
        store = ForeignStore(ground.addresses.owner_url, threads=1)
    except ImportError:
        return [not_measured(name, MISSING)]
    await asyncio.to_thread(store.fill, province.history(), count)
    ours, decoded, raw = [], [], []
    with Memory(rebuilding(ground.server)) as memory:
        for _ in range(ROUNDS):
            ours.append(events / await rebuilt(ground.addresses.worker_url))
            for as_events, rates in ((True, decoded), (False, raw)):
                counted, seconds = await asyncio.to_thread(store.fold, decoded=as_events)
                assert counted == count
                rates.append(count / seconds)
    store.close()
    beside = f"PyPI eventsourcing reading {count:,} domain events into one counter"
    rate, ratio = middle(ours, decoded)
    _, to_rows = middle(ours, raw)
    return [
        Result(name, rate, "events/s", ratio, beside, 2, memory_mb=memory.all_mb, bytes_per_event=size),
        Result(name, rate, "events/s", to_rows, f"{beside}, its rows as stored, not decoded"),
    ]


async def _seconds(connection: asyncpg.Connection) -> float:
    started = time.perf_counter()
    await connection.fetch(_BARE)
    return time.perf_counter() - started
