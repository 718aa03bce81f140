"""How fast commands are decided and made durable, in one process, beside PostgreSQL's own load generator and
beside another event store."""

import asyncio
import time
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import msgspec

from events.deciding import Command
from events.log.append import Log
from events.log.outcome import Recorded
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.reading import read_command
from tests.benchmarks.foreign import MISSING, ForeignStore
from tests.benchmarks.memory import Memory, own
from tests.benchmarks.province import FIRST_YEAR, LAST_YEAR, Province
from tests.benchmarks.province import Command as Said
from tests.benchmarks.recorded import bytes_per_event, open_log, record
from tests.benchmarks.results import Ground, Latency, Result, middle, not_measured
from tests.benchmarks.scratch import Pgbench, insert_like, make_table

IN_FLIGHT = 256
ROUNDS = 3
THREADS = 16
MOST = 50_000
"""Commands of a round at most: they are made beforehand, and lie in memory."""
HISTORY = 2 * (LAST_YEAR - FIRST_YEAR + 1)
"""Events of a household: registered and evaluated each year."""
STREAMS = ("purpose", "occasion", "item", "item_unit", "activity", "audience")
PGBENCH = "prepared pgbench inserting the same row, unordered"

Sent = tuple[float, list[float]]
"""Seconds in all, and of each command."""


async def single_appends(ground: Ground) -> list[Result]:
    """One command at a time, 256 in flight: families registered, each in a stream of its own, which is what a
    province has most of; and the smallest command there is, few streams written again and again."""
    log = await open_log(ground)
    province = Province(ground.events, communes=20)
    await record(log, province.founding(), "units", 340)
    each = _each(ground)
    registered = [families(province, each, n) for n in range(ROUNDS)]
    terms = [_terms(f"t{n}", each) for n in range(ROUNDS)]
    await sent(log, families(province, 500, ROUNDS))
    await sent(log, _terms("warm", 500))
    results = [
        await _beside_pgbench(ground, log, "append, 256 in flight: families registered", registered),
        await _beside_pgbench(ground, log, "append, 256 in flight: terms defined", terms),
    ]
    await log.close()
    return results


async def repeats(ground: Ground) -> list[Result]:
    """One command in a hundred was sent before, beside none."""
    log = await open_log(ground)
    province = Province(ground.events, communes=20)
    await record(log, province.founding(), "units", 340)
    each = _each(ground)
    earlier = families(province, each, 0)
    await sent(log, earlier)
    ours, theirs = [], []
    for n in range(ROUNDS):
        plain, mixed = families(province, each, 2 * n + 1), families(province, each, 2 * n + 2)
        for at in range(0, each, 100):
            mixed[at] = earlier[at]
        for commands, rates in (
            ((plain, theirs), (mixed, ours)) if n % 2 else ((mixed, ours), (plain, theirs))
        ):
            took, _ = await sent(log, commands)
            rates.append(len(commands) / took)
    await log.close()
    rate, ratio = middle(ours, theirs)
    return [
        Result("append, one command in a hundred a repeat", rate, "commands/s", ratio, "without repeats", 0.7)
    ]


async def returning(ground: Ground) -> list[Result]:
    """Households register for one more year, their ten years read from the log first: as a year's list comes
    in to a service that has just been started, or whose memory is too small for a province's households."""
    province = Province(ground.events, communes=20)
    each = _each(ground) // HISTORY
    log = await open_log(ground)
    await record(log, province.founding(), "units", 340)
    await record(log, province.grown(0, ROUNDS * each), "ten years", ROUNDS * each * HISTORY)
    await log.close()
    ours, theirs = [], []
    for n in range(ROUNDS):
        again = [_as_read(said) for said in province.registered_next(n * each, (n + 1) * each)]
        log = await open_log(ground)
        await sent(log, families(province, 500, ROUNDS + n))
        both = (again, ours), (families(province, each, n), theirs)
        for commands, rates in both[:: 1 if n % 2 else -1]:
            took, _ = await sent(log, commands)
            rates.append(each / took)
        await log.close()
    rate, ratio = middle(ours, theirs)
    name = f"append, 256 in flight: families with {HISTORY} events on record, none of them in memory"
    return [Result(name, rate, "commands/s", ratio, "families never heard of")]


async def foreign_store(ground: Ground) -> list[Result]:
    """Beside PyPI's `eventsourcing`, single inserts from 16 threads."""
    name = "append, 256 in flight, families registered"
    await make_table(ground.addresses.owner_url)
    try:
        store = ForeignStore(ground.addresses.owner_url, threads=THREADS)
    except ImportError:
        return [not_measured(name, MISSING)]
    log = await open_log(ground)
    province = Province(ground.events, communes=20)
    await record(log, province.founding(), "units", 340)
    each = _each(ground)
    await sent(log, families(province, 500, ROUNDS))
    size = await _entry_size(ground)
    ours, theirs = [], []
    for n in range(ROUNDS):
        took, _ = await sent(log, families(province, each, n))
        ours.append(each / took)
        theirs.append(await asyncio.to_thread(store.insert_singly, max(each // 20, 320), size))
    await log.close()
    store.close()
    rate, ratio = middle(ours, theirs)
    beside = "PyPI eventsourcing, PostgreSQL recorder, single inserts, 16 threads"
    return [Result(name, rate, "commands/s", ratio, beside, 15)]


async def _beside_pgbench(ground: Ground, log: Log, name: str, rounds: list[list[Command]]) -> Result:
    await make_table(ground.addresses.owner_url)
    seconds = min(10, max(1, ground.events // 20_000))
    ours, theirs, waits, bench, clients = [], [], list[float](), None, 0
    with Memory(own()) as memory:
        for commands in rounds:
            took, each = await sent(log, commands)
            ours.append(len(commands) / took)
            waits += each
            if bench is None:
                (last,) = [o for o in await log.record([commands[0]]) if isinstance(o, Recorded)]
                script = await insert_like(ground.addresses.owner_url, last.position)
                bench = Pgbench(ground.addresses.owner_url, script, str(ground.folder))
                clients = await asyncio.to_thread(bench.best, seconds)
            theirs.append(await asyncio.to_thread(bench.rate, clients, seconds))
    rate, ratio = middle(ours, theirs)
    beside = f"{PGBENCH} (best of 1–64 clients: {clients})"
    latency = Latency.of(waits)
    return Result(
        name,
        rate,
        "commands/s",
        ratio,
        beside,
        1.5,
        latency.p50_ms,
        latency.p95_ms,
        latency.p99_ms,
        memory.all_mb,
        await bytes_per_event(ground),
        note="memory with the commands to be sent",
    )


def _each(ground: Ground) -> int:
    """Commands of a round."""
    return min(MOST, max(ground.events // ROUNDS, 500))


async def _entry_size(ground: Ground) -> int:
    connection = await asyncpg.connect(ground.addresses.owner_url)
    size = await connection.fetchval("SELECT length(entry) FROM log.events ORDER BY position DESC LIMIT 1")
    await connection.close()
    return int(size)


def families(province: Province, count: int, turn: int) -> list[Command]:
    """Each of a household that was never heard of, spread over the chapters."""
    chapters = province.all_chapters
    return [
        _read(
            "ModelRegistered",
            candidate_id=str(uuid4()),
            model="family",
            unit_id=chapters[(turn * count + n) % len(chapters)],
            year=2016,
        )
        for n in range(count)
    ]


def _terms(name: str, count: int) -> list[Command]:
    return [
        _read("TermDefined", list=STREAMS[n % len(STREAMS)], term=f"{name}-{n}", label=f"{name}-{n}")
        for n in range(count)
    ]


def _read(type_: str, **data: object) -> Command:
    """As the service reads it from a request."""
    said = {"type": type_, "occurred_on": "2016-03-05", "data": data, "command_id": str(uuid4())}
    return _as_read(said)


def _as_read(said: Said) -> Command:
    return read_command(msgspec.json.encode(said), LOCAL_ACTOR)


async def sent(log: Log, commands: Sequence[Command]) -> Sent:
    """`IN_FLIGHT` senders, each waiting for its answer before it sends the next."""
    waiting, clock = iter(commands), time.perf_counter
    waits: list[float] = []

    async def send() -> None:
        for one in waiting:
            began = clock()
            (outcome,) = await log.record([one])
            assert isinstance(outcome, Recorded), outcome
            waits.append(clock() - began)

    started = clock()
    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    return clock() - started, waits
