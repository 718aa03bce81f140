"""Which benchmarks there are; each is run on a ledger and in a process of its own."""

import asyncio
import datetime as dt
import multiprocessing
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from deploy.addresses import Addresses
from deploy.embedded.places import forget
from deploy.embedded.postgres import Postgres
from services.cli.ledger import prepare
from services.cli.screen import say
from tests.benchmarks.results import Ground, Result, not_measured
from workers.collecting import collect_rarely

BENCHMARKS = {
    "append": ("appends", "single_appends", "single events, 256 in flight, beside prepared pgbench"),
    "repeats": ("appends", "repeats", "one command in a hundred sent before"),
    "returning": ("appends", "returning", "households with ten years on record, beside new ones"),
    "foreign": ("appends", "foreign_store", "appends beside PyPI eventsourcing"),
    "http": ("posting", "commands", "POST /v1/commands beside a bare Litestar route"),
    "batch": ("posting", "batches", "POST /v1/commands/batch beside binary COPY"),
    "rebuild": ("rebuilds", "read_models", "rebuilds beside a bare aggregate, and beside PyPI eventsourcing"),
    "workers": ("workers", "two_beside_one", "two Celery workers rebuilding beside one"),
    "visible": ("visible", "yearly_table", "from acknowledged to visible at 500 commands/s"),
    "queries": ("queries", "every_route", "each query route beside a bare route running the same SQL"),
    "statistics": ("latencies", "tables", "latency of a district's and a province's yearly table"),
    "growth": ("growth", "from_small_to_large", "the same at a fiftieth of the events and at all of them"),
    "access": ("access", "checks", "queries with the door beside the same without"),
    "books": ("books", "long_fund", "asking a fund of 100,000 entries"),
    "verify": ("verifying", "bundles", "verifying a bundle beside merely hashing and parsing it"),
}
"""Name → module, function, what it measures."""


def alone(name: str, events: int) -> list[Result]:
    """In a process of its own, so that memory is its own too."""
    started = time.monotonic()
    fresh = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, mp_context=fresh) as process:
            results = process.submit(run, name, events).result()
    except Exception as e:
        traceback.print_exc()
        told = not_measured(name, f"it broke off: {type(e).__name__}: {e}")
        return [_labelled(replace(told, broke_off=True), name, events)]
    say(f"{name}: {time.monotonic() - started:.0f} s")
    return results


def run(name: str, events: int) -> list[Result]:
    """On a fresh ledger of its own."""
    module, function, _ = BENCHMARKS[name]
    benchmark: Any = getattr(import_module(f"tests.benchmarks.{module}"), function)
    with tempfile.TemporaryDirectory() as folder, ground_in(Path(folder), events) as ground:
        prepare(ground.addresses)
        asyncio.run(_require_durable(ground.addresses))
        collect_rarely()
        found: list[Result] = uvloop.run(benchmark(ground))  # both as in the service
        return [_labelled(one, name, events) for one in found]


@contextmanager
def ground_in(folder: Path, events: int) -> Iterator[Ground]:
    """A server of its own in that folder, its ledger to be prepared yet; nothing of it is left afterwards."""
    data = folder / "data"
    try:
        with Postgres(data) as server:
            addresses = Addresses(server.database_url, server.worker_url, server.owner_url, "unix:///none")
            yield Ground(addresses, folder, events, server.pid or 0)
    finally:
        forget(data)


def _labelled(one: Result, name: str, events: int) -> Result:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return replace(one, benchmark=name, events=events, measured_on=today)


async def _require_durable(addresses: Addresses) -> None:
    """Raises `RuntimeError` where the server may lose what it has acknowledged: then nothing is measured."""
    connection = await asyncpg.connect(addresses.database_url)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        if (value := await connection.fetchval(f"SHOW {setting}")) != "on":
            raise RuntimeError(f"{setting} is {value}")
    await connection.close()
