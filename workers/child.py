"""What each worker child owns: one event loop and one small pool of connections, made after the fork.

A connection or a loop must never cross a fork, so nothing is made in the parent. Children × 2 × hosts is what
the database must have connections for.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import asyncpg
from celery import Task
from celery.signals import worker_process_init, worker_process_shutdown, worker_shutdown

from events.log.connections import SETTINGS, notice
from workers.collecting import collect_rarely
from workers.installed import SERVICE_ROLE, ensure
from workers.leaving import leave_soon

WORKER_VARIABLE = "KHUYENHOC_WORKER_URL"
SERVICE_VARIABLE = "KHUYENHOC_DATABASE_URL"
POOL_SIZE = 2

AWAY = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)
"""The database cannot be reached or is stopping. Nothing is lost by giving up: the next sweep tries again."""

T = TypeVar("T")


class Child:
    """One process's loop and pool."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._pool: Any = None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(coroutine)

    async def pool(self) -> Any:
        """The pool, connecting only when first used; by then the read models' tables are there."""
        if self._pool is None:
            pool = await asyncpg.create_pool(
                os.environ[WORKER_VARIABLE],
                min_size=0,
                max_size=POOL_SIZE,
                init=notice,
                server_settings={
                    **SETTINGS,
                    "application_name": f"khuyenhoc worker {self.pid}",
                    # A killed child's page is given up within a second, not when its statement ends.
                    "client_connection_check_interval": "1s",
                },
            )
            try:
                await ensure(pool, service_role())
            except BaseException:
                pool.terminate()
                raise
            self._pool = pool
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
        self._loop.close()


def service_role() -> str:
    """Who may read the read models: the role of the service's URL where it is known here."""
    named = urlsplit(os.environ.get(SERVICE_VARIABLE, "")).username
    return unquote(named) if named else SERVICE_ROLE


class CoroutineTask(Task):  # type: ignore[misc]
    """A task whose body is a coroutine; it runs to its end on the child's loop."""

    abstract = True
    throws = AWAY  # logged as a line, not as a traceback a second

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        this_child().run(self.run(*args, **kwargs))


_child: Child | None = None


def this_child() -> Child:
    """This process's loop and pool; never those of the process it was forked from."""
    global _child
    if _child is None or _child.pid != os.getpid():
        collect_rarely()
        _child = Child()
    return _child


def _start(**_: Any) -> None:
    this_child()


def _stop(**_: Any) -> None:
    global _child
    if _child is not None and _child.pid == os.getpid():
        _child.close()
    _child = None


leave_soon()
worker_process_init.connect(_start)
worker_process_shutdown.connect(_stop)
worker_shutdown.connect(_stop)  # with --pool solo the child is the worker itself
