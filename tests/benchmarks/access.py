"""What the door costs a query: token, reach and rate limit on every request, beside the same without a door.

Both applications answer in this process, on the same database, in turns; without HTTP in between, so that
nothing dilutes the ratio; the ratio is the middle one of many short turns, as other work comes and goes. The
application without a door exists here only: its guard lets everybody in as the caller that was looked up once
before, and neither asks nor counts.
"""

import asyncio
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from unittest import mock

import asyncpg
import msgspec
from litestar import Litestar

from events.log.append import Log
from events.sealing.keys import MasterKey
from events.vocabulary import LOCAL_ACTOR
from services.api.access import READING
from services.api.admission import _sent
from services.api.app import create_app
from services.api.asking import ASKING, Asking
from services.api.callers import Caller
from services.api.commands.reading import read_command
from services.api.settings import Settings, local_token_path
from services.demo.history import history
from tests.benchmarks.results import Ground, Result
from workers import projector
from workers.projections import PROJECTIONS

IN_FLIGHT = 8
ROUNDS = 120
FEWEST = 12
"""Of a short run."""
REQUESTS = 16
"""Of each application in a round."""
AT_LEAST = 0.9
"""Access checks cost at most a tenth of a query's rate."""

PROVINCE, WARD = "thai-nguyen-province", "duc-xuan-2025"
ASKED = {
    "statistics": "/v1/units/duc-xuan/statistics/2017",
    "fund": "/v1/funds/quy-duc-xuan",
    "movements": "/v1/funds/quy-duc-xuan/movements",
    "audit stream": "/v1/audit/streams/fund-quy-duc-xuan",
    "events behind a figure": "/v1/units/duc-xuan/statistics/2017/fund.raised/events",
    "units": "/v1/units",
    "feed": "/v1/events?after=1000",
}
"""Of a ward that has ended: its successor's auditor reaches it, and sees a part of the log only."""


async def checks(ground: Ground) -> list[Result]:
    """Each query with a token that reaches its unit, beside the same query without a door."""
    await _recorded(ground)
    settings = Settings(
        ground.addresses.database_url,
        None,
        ground.folder / "master.key",
        None,
        local_token_path(ground.folder),
    )
    guarded = create_app(lambda: settings)
    with mock.patch("services.api.app.admit", _let_in):
        doorless = create_app(lambda: settings)
    async with guarded.lifespan(), doorless.lifespan():
        local = local_token_path(ground.folder).read_text().strip()
        results = []
        for unit, reach in ((PROVINCE, "whole log"), (WARD, "one ward")):
            wanted = {"name": "Đo", "role": "auditor", "unit_id": unit}
            made = await ask(guarded, "/v1/tokens", local, msgspec.json.encode(wanted))
            token = msgspec.json.decode(made)["token"]
            caller = await doorless.state["ledger"].caller(token)
            assert caller is not None
            KNOWN[token] = caller
            for name, path in ASKED.items():
                turns = min(ROUNDS, max(FEWEST, ground.events // 1000))
                named = f"door: {name}, {reach}"
                results.append(await _compared(named, path, guarded, doorless, token, turns))
        return results


async def _compared(
    name: str, path: str, guarded: Litestar, doorless: Litestar, token: str, turns: int
) -> Result:
    ratios, seconds = [], []
    for turn in range(turns):
        pair = {}
        for app in (guarded, doorless) if turn % 2 else (doorless, guarded):
            pair[app] = await _seconds(app, path, token)
        ratios.append(pair[doorless] / pair[guarded])
        seconds.append(pair[guarded])
    rate = REQUESTS / median(seconds)
    return Result(name, rate, "queries/s", median(ratios), "without access check and rate limit", AT_LEAST)


async def _seconds(app: Litestar, path: str, token: str) -> float:
    waiting = iter(range(REQUESTS))

    async def client() -> None:
        for _ in waiting:
            await ask(app, path, token)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    return time.perf_counter() - started


async def ask(app: Litestar, path: str, token: str, body: bytes | None = None) -> bytes:
    """The body of a good answer."""
    plain, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (b"host", b"localhost"),
            (b"authorization", b"Bearer " + token.encode()),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }
    got: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Any) -> None:
        got.append(message)

    called: Callable[..., Any] = app
    await called(scope, receive, send)
    answer: bytes = b"".join(m.get("body", b"") for m in got)
    assert got[0]["status"] in (200, 201), answer
    return answer


KNOWN: dict[str, Caller] = {}
"""Token → whose it is, for the application without a door."""


async def _let_in(connection: Any, handler: Any) -> None:
    caller = KNOWN[_sent(connection)]
    connection.scope[ASKING] = asking = Asking(caller, settled=True)
    asking.see(READING)


async def _recorded(ground: Ground) -> None:
    """The demo's history, folded."""
    master = MasterKey.from_file(ground.folder / "master.key", create=True)
    log = await Log.open(ground.addresses.database_url, master)
    commands = [read_command(msgspec.json.encode(c), LOCAL_ACTOR) for c in history()]
    for n in range(0, len(commands), 1000):
        await log.record(commands[n : n + 1000])
    await log.close()
    async with asyncpg.create_pool(ground.addresses.worker_url, min_size=0, max_size=2) as pool:
        for projection in PROJECTIONS.values():
            while not await projector.advance(pool, projection):
                pass
        await pool.execute("ANALYZE")
