"""Rebuilds in a process of their own: this one holds what recording remembers, which is none of theirs."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import psutil

from tests.benchmarks.memory import backends, started_but
from workers.collecting import collect_rarely
from workers.rebuild import rebuild


async def rebuilt(worker_url: str, names: list[str] | None = None) -> float:
    """Seconds, of those read models (default: all). Raises `RuntimeError` where one differs."""
    return await asyncio.to_thread(_elsewhere, worker_url, names)


def rebuilding(server: int, *others: int) -> Callable[[], list[psutil.Process]]:
    """The processes that do it: that one, and those of PostgreSQL that serve it. `others`: servers that have
    no part in it."""
    return lambda: [*started_but(server, *others)(), *backends(server, "khuyenhoc_worker")()]


def _elsewhere(worker_url: str, names: list[str] | None) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_here, worker_url, names).result()


def _here(worker_url: str, names: list[str] | None) -> float:
    collect_rarely()  # as `khuyenhoc rebuild` does
    started = time.perf_counter()
    for one in asyncio.run(rebuild(worker_url, names)):
        if not one.switched:
            raise RuntimeError(f"{one.name} differs: {one.differences[:3]}")
    return time.perf_counter() - started
