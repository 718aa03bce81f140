"""How long it takes from a command's answer until the yearly table shows it, at 500 commands a second.

The whole stack runs as it would: the service, Redis, Celery's beat, sealer and worker. The clock runs from
the answer to the command to the answer of the table that was asked to reflect its position.
"""

import asyncio
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from deploy.embedded.places import forget, make_private
from deploy.embedded.redis import Redis
from deploy.stack import Stack
from tests.benchmarks.memory import Memory, started_but
from tests.benchmarks.province import Province
from tests.benchmarks.recorded import fold, record_province
from tests.benchmarks.results import Ground, Latency, Result
from tests.benchmarks.sending import Connection, connected, request_of
from tests.benchmarks.serving import Served, token

A_SECOND = 500
"""Commands."""
LOOKED_AT = 25
"""Every so manieth command is waited for in the table."""
WRITERS, READERS = 64, 16
P50, P99 = 0.150, 1.0
"""Seconds at most."""
MOST = 100_000
"""Events recorded beforehand, at most."""


@dataclass
class Seen:
    """Seconds from acknowledged to visible; tables not there within five seconds; seconds of commands."""

    waits: list[float] = field(default_factory=list)
    late: int = 0
    commands: list[float] = field(default_factory=list)


async def yearly_table(ground: Ground) -> list[Result]:
    """Families registered in all communes, looked for in their communes' tables."""
    province = Province(min(MOST, ground.events))
    data = ground.folder / "stack"
    make_private(data)
    make_private(data / "secrets")
    try:
        with Redis(data) as redis:
            own = replace(ground, folder=data / "secrets")  # the service's master key is there
            await record_province(own, province)
            await fold(ground)
            addresses = msgspec.structs.replace(ground.addresses, redis_url=redis.url)
            with Stack(data, addresses=addresses) as stack, Memory(started_but(ground.server)) as memory:
                assert stack.service_url
                served = Served(urlsplit(stack.service_url).port or 0, 0)
                writer = token(replace(ground, folder=data), served, "administrator")
                seconds = min(60.0, max(6.0, ground.events / A_SECOND / 2))
                seen = await _driven(served.port, writer, province, seconds)
    finally:
        forget(data)
    latency = Latency.of(seen.waits)
    note = f"{len(seen.waits)} looked at, {seen.late} answered late with 503; commands in " + (
        f"p50 {Latency.of(seen.commands).p50_ms:.1f} ms, p99 {Latency.of(seen.commands).p99_ms:.1f} ms"
    )
    name = f"acknowledged → visible in the yearly table, {A_SECOND} commands/s"
    shown = (latency.p50_ms, latency.p95_ms, latency.p99_ms, memory.all_mb)
    return [
        Result(f"{name}, by its p50", 1000 / latency.p50_ms, "/s", None, "", 1 / P50, *shown, note=note),
        Result(f"{name}, by its p99", 1000 / latency.p99_ms, "/s", None, "", 1 / P99, *shown, note=note),
    ]


async def _driven(port: int, writer: str, province: Province, seconds: float) -> Seen:
    writers, readers = asyncio.Queue[Connection](), asyncio.Queue[Connection]()
    for queue, count in ((writers, WRITERS), (readers, READERS)):
        for _ in range(count):
            queue.put_nowait(await connected(port))
    seen, clock = Seen(), time.perf_counter
    warm = 2 * A_SECOND  # the first are not looked at: programs and plans are made

    async def look(position: int, unit: str, acknowledged: float) -> None:
        path = f"/v1/units/{unit}/statistics/2016?min_position={position}"
        connection = await readers.get()
        status, body = await connection.ask(request_of("GET", path, writer))
        readers.put_nowait(connection)
        seen.waits.append(clock() - acknowledged)
        if status == 503:
            seen.late += 1
        elif status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")

    async def send(number: int) -> None:
        unit = province.all_chapters[number % len(province.all_chapters)]
        data = {"candidate_id": str(uuid4()), "model": "family", "unit_id": unit, "year": 2016}
        command = {"type": "ModelRegistered", "occurred_on": "2016-03-05", "data": data}
        connection = await writers.get()
        began = clock()
        status, body = await connection.ask(
            request_of("POST", "/v1/commands", writer, msgspec.json.encode(command))
        )
        acknowledged = clock()
        writers.put_nowait(connection)
        if status != 201:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        if number >= warm:
            seen.commands.append(acknowledged - began)
            if number % LOOKED_AT == 0:
                await look(msgspec.json.decode(body)["position"], unit[: len("xa-000")], acknowledged)

    started = clock()
    async with asyncio.TaskGroup() as group:
        for number in range(warm + int(seconds * A_SECOND)):
            if (early := started + number / A_SECOND - clock()) > 0:
                await asyncio.sleep(early)
            group.create_task(send(number))
    return seen
