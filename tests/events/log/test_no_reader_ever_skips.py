"""Whoever has read up to N has seen everything up to N: appends cannot overtake each other."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from deploy.addresses import Addresses
from events.log.read import head, read
from tests.databases import Databases
from tests.events.log.commands import must, term
from tests.events.log.conftest import Opens

_HOLD = """
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(42);
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION hold() TO PUBLIC;
CREATE TRIGGER hold BEFORE INSERT ON log.events FOR EACH ROW WHEN (NEW.subject = 'audience')
    EXECUTE FUNCTION hold();
"""


async def test_an_append_held_open_is_not_overtaken(
    open_log: Opens, databases: Databases, database: Addresses, service: Any
) -> None:
    first, second = await open_log(), await open_log()
    gate = await asyncpg.connect(databases.superuser_url(database))
    await gate.execute(_HOLD)
    await gate.execute("SELECT pg_advisory_lock(42)")
    seen: list[int] = []

    async def read_on() -> None:
        seen.extend(e.position for e in await read(service, seen[-1] if seen else 0))

    held = asyncio.create_task(must(first, term("held", "audience")))
    await asyncio.sleep(0.2)  # it has the head's lock now and waits inside its transaction
    other = asyncio.create_task(must(second, term("other")))
    done, _ = await asyncio.wait({held, other}, timeout=0.5)
    await read_on()
    assert not done
    assert seen == [1]  # LogStarted

    await gate.execute("SELECT pg_advisory_unlock(42)")
    (a,), (b,) = await held, await other
    await read_on()
    await gate.close()
    assert (a.position, b.position) == (2, 3)
    assert seen == [1, 2, 3]


async def test_eight_writers_in_three_processes_and_a_reader(
    open_log: Opens, database: Addresses, master_key_file: Path, service: Any
) -> None:
    await open_log()
    each, writers = 150, 8
    plan = {0: 3, 1: 3, 2: 2}  # process → writers in it
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.events.log.writer",
            database.database_url,
            str(master_key_file),
            str(number),
            str(count),
            str(each),
            stdout=asyncio.subprocess.PIPE,
        )
        for number, count in plan.items()
    ]
    seen: list[Any] = []
    finished = asyncio.gather(*(p.communicate() for p in processes))
    while True:
        last = finished.done()
        while page := await read(service, seen[-1].position if seen else 0, limit=100):
            seen += page
        if last:
            break
        await asyncio.sleep(0.01)

    assert all(p.returncode == 0 for p in processes)
    acknowledged = [r for out, _ in finished.result() for r in msgspec.json.decode(out)]
    assert len(acknowledged) == each * writers
    assert [e.position for e in seen] == list(range(1, (await head(service)).position + 1))
    versions: Counter[str] = Counter()
    for event in seen:
        versions[event.fact.stream] += 1
        assert event.fact.version == versions[event.fact.stream]
    by_position = {e.position: str(e.fact.event_id) for e in seen}
    assert sorted(position for position, _ in acknowledged) == list(range(2, 2 + each * writers))
    assert all(by_position[position] == event_id for position, event_id in acknowledged)
