"""What stands beside the service: bare Litestar routes without rules, tokens or a ledger.

One takes a command's body and answers a constant. One runs, for each query that was captured (`queries.py`),
the same statements with the same arguments over the same kind of connections, and answers the same bytes.
"""

import datetime as dt
import os
import pickle
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, Response, get, post
from litestar.datastructures import State

from tests.benchmarks.capturing import Captured, Pool

REPLAYED = "KHUYENHOC_BENCH_REPLAYED"
"""Names the file of what was captured."""

CONSTANT = (
    b'{"position":1234567,"event_id":"0193b0a0-0000-7000-8000-000000000000","stream":"model-'
    b'0193b0a0-0000-5000-8000-000000000000","version":1,"recorded_at":"2026-01-01T00:00:00.000000Z","also":[]}'
)


class Body(msgspec.Struct):
    """A command as it is sent."""

    type: str
    occurred_on: dt.date
    data: dict[str, Any]
    command_id: UUID | None = None


@get("/health")
async def health() -> None:
    """It runs."""


@post("/v1/commands", status_code=201)
async def constant(data: Body) -> Response[bytes]:
    """The body decoded, and an answer as long as ours."""
    return Response(CONSTANT, media_type="application/json")


@get("/replayed/{number:int}")
async def replayed(number: int, state: State) -> Response[bytes]:
    """The statements of one captured query, in their order, each over the pool it was asked over."""
    captured: Captured = state["captured"][number]
    for pool, statements in captured.turns:
        async with state["pools"][pool].acquire() as connection:
            for sql, arguments in statements:
                if arguments or sql.lstrip().upper().startswith(("SELECT", "WITH")):
                    await connection.fetch(sql, *arguments)
                else:
                    await connection.execute(sql)
    return Response(captured.body, media_type="application/json")


def _replayed(file: str) -> tuple[list[Pool], list[Captured]]:
    found: tuple[list[Pool], list[Captured]] = pickle.loads(Path(file).read_bytes())  # our own parent's
    return found


@asynccontextmanager
async def _opened(app: Litestar) -> AsyncIterator[None]:
    file = os.environ.get(REPLAYED)
    if not file:
        yield
        return
    pools, app.state["captured"] = _replayed(file)
    async with AsyncExitStack() as open_:
        app.state["pools"] = [
            await open_.enter_async_context(asyncpg.create_pool(*words, **how)) for words, how in pools
        ]
        yield


app = Litestar([health, constant, replayed], lifespan=[_opened], openapi_config=None, logging_config=None)
