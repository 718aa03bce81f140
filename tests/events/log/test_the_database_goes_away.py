"""Connections really cut, the server's clock really compared: nothing acknowledged is lost or doubled."""

import asyncio
import datetime as dt
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log import commit
from events.log.outcome import LogUnavailableError, Recorded
from events.log.read import head, read
from tests.databases import Databases
from tests.events.log.commands import must, term
from tests.events.log.conftest import Opens

_CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = 'khuyenhoc_service' AND pid <> pg_backend_pid()
"""


async def test_cut_again_and_again_every_command_is_recorded_once(
    open_log: Opens, databases: Databases, database: Addresses
) -> None:
    log = await open_log()
    cutter = await asyncpg.connect(databases.superuser_url(database))
    stop = asyncio.Event()
    failures = recorded = 0

    async def send(name: str) -> Recorded:
        nonlocal failures, recorded
        sent = term(name, command_id=uuid4())
        while True:
            try:
                (outcome,) = await log.record([sent])
            except LogUnavailableError:
                failures += 1
                await asyncio.sleep(0.01)
                continue
            assert isinstance(outcome, Recorded)
            recorded += 1
            return outcome

    async def client(number: int) -> list[Recorded]:
        return [await send(f"c{number}-{n}") for n in range(40)]

    async def cut() -> None:
        while not stop.is_set():
            enough = recorded + 12  # so many get through between two cuts
            while recorded < enough and not stop.is_set():  # noqa: ASYNC110 - counted in three places
                await asyncio.sleep(0.001)
            await cutter.execute(_CUT)

    cutting = asyncio.create_task(cut())
    acknowledged = [r for rs in await asyncio.gather(*(client(n) for n in range(8))) for r in rs]
    stop.set()
    await cutting
    stored = await read(cutter, 1, limit=10_000)
    await cutter.close()
    assert failures > 0, "the connection was never cut in mid-flight"
    assert [e.position for e in stored] == list(range(2, 2 + 8 * 40))
    assert {e.fact.event_id for e in stored} == {r.event_id for r in acknowledged}
    assert [e.fact.version for e in stored] == list(range(1, 1 + 8 * 40))


async def test_appends_stop_while_the_clocks_disagree(
    open_log: Opens, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await open_log()
    await must(log, term("a"))
    monkeypatch.setattr(commit, "CLOCK_TOLERANCE", dt.timedelta(microseconds=-1))
    with pytest.raises(LogUnavailableError, match="clock"):
        await log.record([term("b")])
    monkeypatch.undo()
    await must(log, term("b"))
    assert (await head(service)).position == 3


async def test_recorded_at_never_runs_backwards(
    open_log: Opens, databases: Databases, database: Addresses, service: Any
) -> None:
    log = await open_log()
    await must(log, term("a"))
    ahead = await asyncpg.connect(databases.superuser_url(database))
    await ahead.execute("UPDATE log.head SET recorded_at = clock_timestamp() + interval '30 s'")
    await ahead.close()
    await must(log, term("b"), term("c"))
    await must(log, term("d"))
    stamps = [e.recorded_at for e in await read(service, 0)]
    assert stamps == sorted(stamps)
    assert stamps[-1] > dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)
