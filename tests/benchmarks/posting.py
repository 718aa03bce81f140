"""Commands over HTTP: one in a request, beside a bare route; many in a request, beside binary COPY."""

import asyncio
import time
from itertools import islice
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec

from events.log.batch import COLUMNS
from tests.benchmarks.memory import Memory, family
from tests.benchmarks.province import Command, Province
from tests.benchmarks.recorded import bytes_per_event, head, open_log, record
from tests.benchmarks.results import Ground, Latency, Result, middle
from tests.benchmarks.scratch import make_table
from tests.benchmarks.sending import Connection, Job, Sender, connected, request_of
from tests.benchmarks.serving import BARE, local_token, serving, token

ROUNDS = 3
CONNECTIONS = 64
MOST = 200_000
"""Commands sent at most: enough for any rate."""
LINES = 10_000
"""Of a batch."""

encode = msgspec.json.encode


async def commands(ground: Ground) -> list[Result]:
    """Families registered, each decided and durable before it is answered."""
    province = Province(ground.events, communes=20)
    await _found(ground, province)
    each = max(500, min(ground.events, MOST) // ROUNDS)
    waits, ours, theirs = list[float](), [], []
    with serving(ground) as served, serving(ground, BARE) as bare, Sender() as sender:
        writer = token(ground, served, "recorder")
        warm = [_family(province, n, writer) for n in range(500)]
        for there in (served, bare):
            (await sender.send(Job(there.port, warm, CONNECTIONS))).all_good()
        with Memory(family(served.pid)) as memory:
            for turn in range(ROUNDS):
                requests = [_family(province, turn * each + n, writer) for n in range(each)]
                pair = {}
                for there in (served, bare) if turn % 2 else (bare, served):
                    pair[there] = (await sender.send(Job(there.port, requests, CONNECTIONS))).all_good()
                ours.append(pair[served].rate)
                theirs.append(pair[bare].rate)
                waits += pair[served].latencies
    rate, ratio = middle(ours, theirs)
    latency = Latency.of(waits)
    return [
        Result(
            "POST /v1/commands, 64 connections",
            rate,
            "commands/s",
            ratio,
            "a bare Litestar route decoding the same body and answering a constant",
            0.5,
            latency.p50_ms,
            latency.p95_ms,
            latency.p99_ms,
            memory.all_mb,
            await bytes_per_event(ground),
        )
    ]


async def batches(ground: Ground) -> list[Result]:
    """A province's history, one batch after the other from one client."""
    province = Province(min(ground.events, MOST))
    founding = [encode(c) for c in province.founding()]
    lines = [encode(c) for c in islice(province.history(), len(founding), None)]
    parts = [lines[n : n + LINES] for n in range(0, len(lines), LINES)]
    await make_table(ground.addresses.owner_url)
    ours, theirs, rates, waits = [], [], [], []
    with serving(ground) as served:
        connection = await connected(served.port)
        await _posted(connection, local_token(ground), founding)
        writer = token(ground, served, "administrator")
        with Memory(family(served.pid)) as memory:
            for part in parts:
                before = await head(ground)
                took = await _posted(connection, writer, part)
                events = await head(ground) - before
                waits.append(took)
                rates.append(len(part) / took)
                ours.append(events / took)
                theirs.append(events / await _copied(ground, before))
        connection.close()
    rate, ratio = middle(ours, theirs)
    latency, seconds = Latency.of(waits), sum(waits)
    name = f"POST /v1/commands/batch, a province's history, {min(LINES, len(lines)):,} lines each"
    beside = "binary COPY of the same rows into the same table and indexes"
    spoken = (latency.p50_ms, latency.p95_ms, latency.p99_ms, memory.all_mb, await bytes_per_event(ground))
    return [
        Result(f"{name}, events", rate, "events/s", ratio, beside, 0.25, *spoken),
        Result(f"{name}, commands", len(lines) / seconds, "commands/s", at_least=15_000),
    ]


async def _found(ground: Ground, province: Province) -> None:
    log = await open_log(ground)
    await record(log, province.founding(), "units", 340)
    await log.close()


def _family(province: Province, number: int, writer: str) -> bytes:
    """The request that registers a household nobody heard of."""
    chapters = province.all_chapters
    data = {
        "candidate_id": str(uuid4()),
        "model": "family",
        "unit_id": chapters[number % len(chapters)],
        "year": 2016,
    }
    command: Command = {"type": "ModelRegistered", "occurred_on": "2016-03-05", "data": data}
    body = encode(command | {"command_id": str(uuid4())})
    return request_of("POST", "/v1/commands", writer, body)


async def _posted(connection: Connection, writer: str, lines: list[bytes]) -> float:
    """Seconds. Raises `RuntimeError` where a line was not recorded."""
    request = request_of(
        "POST", "/v1/commands/batch", writer, b"\n".join(lines) + b"\n", "application/x-ndjson"
    )
    started = time.perf_counter()
    status, body = await connection.ask(request)
    took = time.perf_counter() - started
    answers = body.splitlines()
    bad = [a for a in answers if b'"status":201' not in a]
    if status != 200 or len(answers) != len(lines) or bad:
        raise RuntimeError(f"{status}, {len(answers)} lines of {len(lines)}: {(bad or [body])[0][:500]!r}")
    return took


async def _copied(ground: Ground, after: int) -> float:
    """Seconds of copying what the log holds after that position, behind what was copied before."""
    file = Path(ground.folder) / "rows"
    connection = await asyncpg.connect(ground.addresses.owner_url)
    rows = f"SELECT {', '.join(COLUMNS)} FROM log.events WHERE position > $1 ORDER BY position"
    await connection.copy_from_query(rows, after, output=file, format="binary")
    started = time.perf_counter()
    await connection.copy_to_table(
        "events", schema_name="beside", columns=COLUMNS, source=file, format="binary"
    )
    took = time.perf_counter() - started
    await connection.close()
    await asyncio.to_thread(file.unlink)
    return took
