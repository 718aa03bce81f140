"""The same at a fiftieth of the events and at all of them: nothing may get slower, or larger, with the log.

The units and the years are the same at both sizes; what is added are households that register and are
evaluated.
"""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain

from tests.benchmarks.appends import families, sent
from tests.benchmarks.memory import Memory, family, started_but
from tests.benchmarks.province import LAST_YEAR, MOST_COMMUNES, Province
from tests.benchmarks.recorded import fold, head, open_log, record
from tests.benchmarks.results import Ground, Latency, Result
from tests.benchmarks.sending import Job, Sender, request_of
from tests.benchmarks.serving import serving, token
from workers.collecting import collect_rarely
from workers.rebuild import rebuild

STEPS = 50
"""How many times as large the log becomes."""
APPENDED = 20_000
"""Commands of one measurement, at most."""
TOGETHER = 10_000
"""Households whose ten years are recorded before the next come: as a district brings in its books."""
FLAT, LINEAR = 0.85, 0.85
"""±15%."""


@dataclass(frozen=True)
class Seen:
    """What was measured at one size."""

    events: int
    append: float
    rebuild: float
    memory_mb: float
    table: Latency


async def from_small_to_large(ground: Ground) -> list[Result]:
    small = max(2_000, ground.events // STEPS)
    province = Province(small, communes=min(MOST_COMMUNES, max(4, small // 500)))
    log = await open_log(ground)
    await record(log, province.history(), "a small province", small)
    await log.close()
    first = await _measured(ground, province)
    more = max(0, ground.events - first.events) // 20
    log = await open_log(ground)
    start, end = province.family_count, province.family_count + more
    blocks = (province.grown(first, min(first + TOGETHER, end)) for first in range(start, end, TOGETHER))
    await record(log, chain.from_iterable(blocks), "grown", 20 * more)
    await log.close()
    last = await _measured(ground, province)
    sizes = f"{last.events:,} events, beside {first.events:,}"
    return [
        Result(
            "growth: append, 256 in flight", last.append, "commands/s", last.append / first.append, sizes, 0.8
        ),
        Result(
            "growth: rebuild of the statistics",
            last.rebuild,
            "events/s",
            last.rebuild / first.rebuild,
            sizes,
            LINEAR,
        ),
        Result(
            "growth: a district's yearly table",
            1000 / last.table.p50_ms,
            "/s",
            first.table.p50_ms / last.table.p50_ms,
            sizes,
            FLAT,
            last.table.p50_ms,
            last.table.p95_ms,
            last.table.p99_ms,
        ),
        Result(
            "growth: memory of a rebuild, as rebuilds in a gigabyte",
            1024 / last.memory_mb,
            "/GB",
            first.memory_mb / last.memory_mb,
            sizes,
            FLAT,
            memory_mb=last.memory_mb,
        ),
    ]


async def _measured(ground: Ground, province: Province) -> Seen:
    log = await open_log(ground)
    await sent(log, families(province, 500, 0))
    count = min(APPENDED, max(1_000, ground.events // 10))
    took, _ = await sent(log, families(province, count, 1))
    await log.close()
    events = await head(ground)
    await fold(ground)
    with Memory(lambda: [*started_but(ground.server)(), *family(ground.server)()]) as memory:
        rebuilt = events / await asyncio.to_thread(_in_a_process_of_its_own, ground.addresses.worker_url)
    with serving(ground) as served, Sender() as sender:
        path = f"/v1/units/{province.districts[0]}/statistics/{LAST_YEAR}"
        requests = [request_of("GET", path, token(ground, served, "auditor"))] * 200
        answers = (await sender.send(Job(served.port, requests, 1))).all_good()
    return Seen(events, count / took, rebuilt, memory.all_mb, Latency.of(answers.latencies[20:]))


def _in_a_process_of_its_own(worker_url: str) -> float:
    """Seconds. This one holds what appending remembers, which is none of a rebuild's memory."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_rebuilt, worker_url).result()


def _rebuilt(worker_url: str) -> float:
    collect_rarely()
    started = time.perf_counter()
    asyncio.run(rebuild(worker_url, ["statistics"]))
    return time.perf_counter() - started
