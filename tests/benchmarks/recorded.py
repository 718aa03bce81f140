"""Histories on record: through the log's own path, folded by the projections' own, dated over the years."""

import asyncio
import time
from collections.abc import Iterable
from itertools import islice

import asyncpg
import msgspec

import events.catalogue.everything  # noqa: F401 - the commands there are
from events.log.append import Log
from events.log.outcome import Recorded
from events.sealing.keys import MasterKey
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.reading import read_command
from services.cli.screen import progress
from tests.benchmarks.province import Command, Province
from tests.benchmarks.results import Ground
from workers.projections import PROJECTIONS
from workers.projector import advance

CHUNK = 1_000
"""Commands given to the log together."""


async def open_log(ground: Ground) -> Log:
    return await Log.open(ground.addresses.database_url, master_key(ground))


def master_key(ground: Ground) -> MasterKey:
    """The one that a service of this benchmark is told of, too."""
    return MasterKey.from_file(ground.folder / "master.key", create=True)


async def record(log: Log, commands: Iterable[Command], text: str, total: int) -> float:
    """Seconds; while one chunk is on its way into the log the next is made."""
    started, commands, done = time.perf_counter(), iter(commands), 0
    encode = msgspec.json.encode
    waiting: asyncio.Task[int] | None = None
    with progress(text, total) as bar:
        while chunk := [read_command(encode(c), LOCAL_ACTOR) for c in islice(commands, CHUNK)]:
            task = asyncio.create_task(_recorded(log, chunk))
            await asyncio.sleep(0)
            if waiting:
                done += await waiting
                bar.at(done)
            waiting = task
        if waiting:
            await waiting
    return time.perf_counter() - started


async def _recorded(log: Log, chunk: list) -> int:
    outcomes = await log.record(chunk)
    refused = [(c, o) for c, o in zip(chunk, outcomes, strict=True) if not isinstance(o, Recorded)]
    assert not refused, refused[0]
    return sum(1 + len(o.also) for o in outcomes if isinstance(o, Recorded))


async def record_province(ground: Ground, province: Province) -> int:
    """Position of the head afterwards."""
    log = await open_log(ground)
    await record(log, province.history(), "recording a province", province.events)
    await log.close()
    return await head(ground)


async def head(ground: Ground) -> int:
    connection = await asyncpg.connect(ground.addresses.owner_url)
    try:
        await connection.execute("ANALYZE log.events")
        return int(await connection.fetchval("SELECT position FROM log.head"))
    finally:
        await connection.close()


async def fold(ground: Ground) -> None:
    """Every read model up to the head, as the Celery workers do it."""
    async with asyncpg.create_pool(ground.addresses.worker_url, min_size=0, max_size=2) as pool:
        for projection in PROJECTIONS.values():
            assert await advance(pool, projection, page=50_000, budget=36_000)
        for row in await pool.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname ~ '^read_'"
        ):
            await pool.execute(f"ANALYZE {row['schemaname']}.{row['tablename']}")


# Vouchers bear the day of their issue, which is today.
_OVER_THE_YEARS = """
    UPDATE log.events e SET recorded_at = w.at
    FROM (
        SELECT position, max(occurred_on) FILTER (WHERE stream !~ '^(log|voucher-)') OVER (ORDER BY position)
            + time '02:00' AT TIME ZONE 'UTC' + position * interval '1 microsecond' AS at
        FROM log.events
    ) w
    WHERE w.position = e.position AND w.at IS NOT NULL
"""


async def date_over_the_years(ground: Ground) -> None:
    """As if each event had been recorded on the day it happened, late ones on the day of those around them.

    The log stamps with the clock, so ten years cannot be recorded otherwise in an afternoon. Only the column
    changes, past the log's own guards; entries are not read by what is measured then."""
    connection = await asyncpg.connect(ground.addresses.owner_url)
    try:
        await connection.execute("ALTER TABLE log.events DISABLE TRIGGER append_only")
        await connection.execute(_OVER_THE_YEARS)
        await connection.execute("ALTER TABLE log.events ENABLE TRIGGER append_only")
        await connection.execute("VACUUM FULL ANALYZE log.events")
    finally:
        await connection.close()


async def bytes_per_event(ground: Ground) -> float:
    """What the log's tables and their indexes take, an event."""
    connection = await asyncpg.connect(ground.addresses.owner_url)
    try:
        size = "sum(pg_total_relation_size(format('log.%I', tablename)::regclass))"
        total = await connection.fetchval(f"SELECT {size} FROM pg_tables WHERE schemaname = 'log'")
        return float(total) / await connection.fetchval("SELECT position FROM log.head")
    finally:
        await connection.close()
