"""The same at a fiftieth of the events and at all of them: nothing may get slower, or larger, with the log.

The units and the years are the same at both sizes; what is added are households that register and are
evaluated.
"""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from statistics import median

import asyncpg

from services.cli.ledger import prepare
from tests.benchmarks.alone import ground_in
from tests.benchmarks.appends import families, sent
from tests.benchmarks.memory import Memory
from tests.benchmarks.province import LAST_YEAR, MOST_COMMUNES, Province
from tests.benchmarks.rebuilding import rebuilding, rebuilt
from tests.benchmarks.recorded import fold, head, open_log, record, record_province
from tests.benchmarks.results import Ground, Latency, Result, middle
from tests.benchmarks.sending import Job, Sender, request_of
from tests.benchmarks.serving import serving, token

STEPS = 50
"""How many times as large the log becomes."""
TURNS = 5
APPENDED = 5_000
"""Commands of one turn, at most."""
TOGETHER = 10_000
"""Households whose ten years are recorded before the next come: as a district brings in its books."""
FLAT, LINEAR = 0.85, 0.85
"""±15%."""


@dataclass
class Seen:
    """What was measured of one log, turn by turn: rates, but for memory and the requests' seconds."""

    events: int = 0
    append: list[float] = field(default_factory=list)
    rebuild: list[float] = field(default_factory=list)
    table: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


async def from_small_to_large(ground: Ground) -> list[Result]:
    """Two logs, each with a server of its own, measured in turns."""
    few = max(2_000, ground.events // STEPS)
    province = Province(few, communes=min(MOST_COMMUNES, max(4, few // 500)))
    folder = ground.folder / "small"
    folder.mkdir()
    with ground_in(folder, few) as small:
        await asyncio.to_thread(prepare, small.addresses)
        for one in (small, ground):
            await record_province(one, province)
        await _grow(ground, province)
        for one in (small, ground):
            await _at_rest(one)
        seen = small_seen, large_seen = Seen(), Seen()
        both = list(zip((small, ground), seen, strict=True))
        await _appends(both, province)
        for one, found in both:
            found.events = await head(one)
            await fold(one)
        for turn in range(TURNS):
            for one, found in both[:: 1 if turn % 2 else -1]:
                await _rebuild(one, found, [other.server for other, _ in both if other is not one])
        await _tables(both, province)
    return _results(small_seen, large_seen)


def _results(small: Seen, large: Seen) -> list[Result]:
    sizes = f"{large.events:,} events, beside {small.events:,}, in turns"
    latency = Latency.of(large.waits)
    append, appends = middle(large.append, small.append)
    anew, rebuilds = middle(large.rebuild, small.rebuild)
    table, tables = middle(large.table, small.table)
    memory = median(large.memory_mb)
    return [
        Result("growth: append, 256 in flight", append, "commands/s", appends, sizes, 0.8),
        Result("growth: rebuild of the statistics", anew, "events/s", rebuilds, sizes, LINEAR),
        Result(
            "growth: a district's yearly table",
            table,
            "/s",
            tables,
            sizes,
            FLAT,
            latency.p50_ms,
            latency.p95_ms,
            latency.p99_ms,
        ),
        Result(
            "growth: memory of a rebuild, as rebuilds in a gigabyte",
            1024 / memory,
            "/GB",
            median(small.memory_mb) / memory,
            sizes,
            FLAT,
            memory_mb=memory,
        ),
    ]


async def _grow(ground: Ground, province: Province) -> None:
    more = max(0, ground.events - await head(ground)) // 20
    start, end = province.family_count, province.family_count + more
    blocks = (province.grown(first, min(first + TOGETHER, end)) for first in range(start, end, TOGETHER))
    log = await open_log(ground)
    await record(log, chain.from_iterable(blocks), "grown", 20 * more)
    await log.close()


async def _at_rest(ground: Ground) -> None:
    """What the database does in its own time after so much was recorded is done."""
    connection = await asyncpg.connect(ground.addresses.owner_url)
    await connection.execute("VACUUM (ANALYZE) log.events")
    await connection.close()


async def _appends(both: Sequence[tuple[Ground, Seen]], province: Province) -> None:
    """In turns, as fast as each goes on and on: beforehand a fiftieth of its events are appended to each.

    After a checkpoint a page of an index is logged whole when it is first changed, and a large log has many.
    """
    logs = [await open_log(ground) for ground, _ in both]
    count = min(APPENDED, max(1_000, both[-1][0].events // 20))
    for log, (ground, _) in zip(logs, both, strict=True):
        await sent(log, families(province, ground.events // STEPS, 0))
    for turn in range(TURNS):
        for log, (_, seen) in list(zip(logs, both, strict=True))[:: 1 if turn % 2 else -1]:
            took, _ = await sent(log, families(province, count, turn))
            seen.append.append(count / took)
    for log in logs:
        await log.close()


async def _rebuild(ground: Ground, seen: Seen, others: Sequence[int]) -> None:
    with Memory(rebuilding(ground.server, *others)) as memory:
        seconds = await rebuilt(ground.addresses.worker_url, ["statistics"])
    seen.rebuild.append(seen.events / seconds)
    seen.memory_mb.append(memory.all_mb)


async def _tables(both: Sequence[tuple[Ground, Seen]], province: Province) -> None:
    path = f"/v1/units/{province.districts[0]}/statistics/{LAST_YEAR}"
    with ExitStack() as open_, Sender() as sender:
        served = [open_.enter_context(serving(ground)) for ground, _ in both]
        asking = [
            (one, request_of("GET", path, token(ground, one, "auditor")), seen)
            for one, (ground, seen) in zip(served, both, strict=True)
        ]
        for turn in range(TURNS + 1):
            for one, request, seen in asking[:: 1 if turn % 2 else -1]:
                answers = (await sender.send(Job(one.port, [request] * 100, 1))).all_good()
                if turn:
                    seen.table.append(1 / median(answers.latencies))
                    seen.waits += answers.latencies
