"""Tells the workers, after commits, that there is more. Never waits, never fails, may be lost.

At most one hint per projection is under way: its sender sets a key, the worker that takes it up deletes the
key *before* it reads the head. So a sender that finds the key knows that a worker will yet read a head at
least as new as its own commit, and says nothing; no last hint is ever swallowed.

Nor is more said while enough waits to be taken up: beat's next sweep, sent once the queue is short again,
finds the rest. A broker does not fill up while no worker is there, for days perhaps.
"""

import asyncio
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import redis

from workers.celery_app import QUEUE, make_app
from workers.projections import PROJECTIONS

log = logging.getLogger(__name__)

LEAD = 0.005
"""Seconds between a commit and its hint, so that commits close together share one."""
INTERVAL = 0.05
"""Seconds between the hints of one process at least."""
RETRY = 1.0
"""Seconds between attempts while Redis is away; meanwhile the sweep finds what there is."""
LIFETIME_MS = 1_000
"""How long a hint that nobody takes up (its message was lost) keeps others back."""
ENOUGH = 100
"""Messages in a queue: without workers, of a quarter of a minute under steady appends."""


class Hints:
    """The service's side: one per process, used on its event loop."""

    def __init__(self, redis_url: str, names: Iterable[str] | None = None) -> None:
        self._names = list(PROJECTIONS if names is None else names)
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)
        self._celery = make_app(redis_url)
        self._celery.conf.update(broker_connection_timeout=1, task_publish_retry=False)
        self._thread = ThreadPoolExecutor(1, "hints")
        self._wanted = 0
        self._told = 0
        self._not_before = 0.0
        self._armed = False
        self._away = False
        self._closed = False

    def after_commit(self, position: int) -> None:
        """There are events up to `position` now. Call on the event loop; costs about a microsecond."""
        self._wanted = position
        if not self._armed and not self._closed:
            self._arm()

    async def close(self) -> None:
        """Send what is still to be said (bounded by Redis' timeouts), then let go."""
        self._closed = True
        loop = asyncio.get_running_loop()
        if self._wanted > self._told and not self._away:
            await loop.run_in_executor(self._thread, self._tell)
        self._thread.shutdown(wait=False)
        self._redis.close()
        self._celery.close()

    def _arm(self) -> None:
        self._armed = True
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time() + LEAD, self._not_before), self._send)

    def _send(self) -> None:
        if self._closed:
            return
        telling, loop = self._wanted, asyncio.get_running_loop()
        sent = loop.run_in_executor(self._thread, self._tell)
        sent.add_done_callback(lambda done: self._sent(telling, reached=done.result()))

    def _sent(self, position: int, *, reached: bool) -> None:
        self._armed = False
        self._not_before = asyncio.get_running_loop().time() + (INTERVAL if reached else RETRY)
        if reached:
            self._told = position
        if self._wanted > self._told and not self._closed:
            self._arm()

    def _tell(self) -> bool:
        """On the thread. Whether Redis was reached; its absence is logged once."""
        try:
            for name in [] if enough_waits(self._redis, QUEUE) else self._names:
                if self._redis.set(_key(name), 1, nx=True, px=LIFETIME_MS):
                    self._celery.send_task("workers.advance", (name,), ignore_result=True)
        except Exception as error:  # whatever it is, an append must not feel it
            if not self._away:
                log.warning("no hints to the workers (%s); they find the events by sweeping", error)
            self._away = True
            return False
        if self._away:
            log.info("hints reach the workers again")
        self._away = False
        return True


def enough_waits(client: "redis.Redis", queue: str) -> bool:
    """Whether so much waits in that queue that more would tell nobody anything."""
    waiting: Any = client.llen(queue)
    return int(waiting) >= ENOUGH


def taken_up(client: "redis.Redis", name: str) -> None:
    """The worker's side: from now on a commit needs another hint."""
    with suppress(redis.RedisError):  # the key ends by itself
        client.delete(_key(name))


def _key(name: str) -> str:
    return f"khuyenhoc:hint:{name}"
