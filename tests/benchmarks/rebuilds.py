"""How fast the statistics are folded from the log, beside a bare aggregate over the same columns."""

import time

import asyncpg
import msgspec

from events.log.append import Log
from events.sealing.keys import MasterKey
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.reading import read_command
from services.demo.history import history
from tests.benchmarks.results import Ground, Result
from workers.rebuild import rebuild

_BARE = """
SELECT unit, kind, year, subject, sum(quantity), sum(extra), sum(amount), count(*)
FROM log.events GROUP BY 1, 2, 3, 4
"""


async def statistics(ground: Ground) -> list[Result]:
    """The demo's history recorded, then the rebuild of its statistics."""
    log = await Log.open(
        ground.addresses.database_url, MasterKey.from_file(ground.folder / "master.key", create=True)
    )
    commands = [read_command(msgspec.json.encode(c), LOCAL_ACTOR) for c in history()]
    for n in range(0, len(commands), 1000):
        await log.record(commands[n : n + 1000])
    await log.close()
    worker = await asyncpg.connect(ground.addresses.worker_url)
    await worker.execute("SET max_parallel_workers_per_gather = 0")
    events = await worker.fetchval("SELECT position FROM log.head")
    await worker.fetch(_BARE)
    bare = await _seconds(worker)
    await rebuild(ground.addresses.worker_url, ["statistics"], accept=True)
    started = time.perf_counter()
    await rebuild(ground.addresses.worker_url, ["statistics"])
    rate = events / (time.perf_counter() - started)
    await worker.close()
    beside = "bare SELECT … sum … GROUP BY, parallel query off"
    return [
        Result(
            "rebuild of the statistics, compared and switched",
            rate,
            ratio=rate * bare / events,
            beside=beside,
        )
    ]


async def _seconds(connection: asyncpg.Connection) -> float:
    started = time.perf_counter()
    await connection.fetch(_BARE)
    return time.perf_counter() - started
