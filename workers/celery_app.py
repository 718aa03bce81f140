"""The Celery application: `celery -A workers.celery_app worker -B`, or worker and beat apart.

Celery carries hints and nothing else: what is to be done stands in the log and in the projections' rows, so
any message may be lost, doubled or late. Nothing here may ever hold a fact or a result.
"""

import datetime as dt
import logging
import os
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from celery import Celery
from celery.schedules import schedule
from celery.signals import after_setup_logger
from kombu.entity import Queue

REDIS_VARIABLE = "KHUYENHOC_REDIS_URL"

VISIBILITY = 600
"""Seconds after which a message nobody acknowledged is delivered anew. Far above any task's time budget."""

SWEEP_EVERY = 1.0
"""Seconds. What a lost hint costs at most."""

SEAL_EVERY = 1.0
"""Seconds between checkpoints at least, since every one is kept."""

_NOTICING = {"socket_timeout": 5, "socket_connect_timeout": 5, "health_check_interval": 5}
"""Seconds. A broker that is cut off says no goodbye; the kernel alone would go on trying for long."""

QUEUE = "khuyenhoc"
SEALING_QUEUE = "khuyenhoc.sealing"
"""Served by a process that does nothing else: folding and rebuilding may keep all others busy for seconds, a
checkpoint is due within two. A worker that is told no queue serves both."""

REBUILD_PRIORITY = 9
"""Of hints of a rebuild. Redis hands out 0, the others' priority, first: what is live comes before them."""


def broker_url(redis_url: str) -> str:
    """A redis-py URL as kombu wants it: `unix:///s?db=2` is `redis+socket:///s?virtual_host=2` there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    named = [("virtual_host" if key == "db" else key, value) for key, value in parse_qsl(query)]
    return "redis+socket://" + path + (f"?{urlencode(named)}" if named else "")


def make_app(redis_url: str) -> Celery:
    """An application on that Redis; tasks are known by name (`workers.tasks`)."""
    app = Celery("khuyenhoc", broker=broker_url(redis_url), include=["workers.tasks"], set_as_current=False)
    app.conf.update(_settings())
    return app


def _settings() -> dict[str, Any]:
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_default_queue": QUEUE,
        "task_queues": [Queue(name) for name in (QUEUE, SEALING_QUEUE)],  # type: ignore[no-untyped-call]
        "task_routes": {"workers.seal": {"queue": SEALING_QUEUE}},
        "task_ignore_result": True,
        # A hint is acknowledged when a child takes it up: what a killed one leaves, the next sweep finds.
        # When it is done, the connection may have broken, and a worker is short of a hint from then on.
        "task_acks_late": False,
        # No hint waits behind another where a child elsewhere is free: one is fetched for a free child only.
        "worker_prefetch_multiplier": 0,
        "worker_disable_prefetch": True,
        "worker_soft_shutdown_timeout": 10.0,
        # The visibility timeout has three places, and the shortest one found wins.
        "visibility_timeout": VISIBILITY,
        "broker_transport_options": {"visibility_timeout": VISIBILITY, **_NOTICING},
        "result_backend_transport_options": {"visibility_timeout": VISIBILITY},
        # A worker outlives its Redis, however long that is away.
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_send_task_events": False,
        "worker_redirect_stdouts": False,
        # Beat's plan is this file: nothing to keep on a disk. Nothing it sends expires: hosts' clocks may be
        # days apart. While enough waits it sends no more, and what waits is passed over (`tasks.py`).
        "beat_scheduler": "workers.beat:SparingScheduler",
        "beat_schedule": {
            "sweep": {
                "task": "workers.sweep",
                "schedule": schedule(SWEEP_EVERY, nowfun=steady_now),
                "options": {"ignore_result": True},
            },
            "seal": {
                "task": "workers.seal",
                "schedule": schedule(SEAL_EVERY, nowfun=steady_now),
                "options": {"ignore_result": True},
            },
        },
    }


def steady_now() -> dt.datetime:
    """Beat's clock, which nobody sets. By the time of day beat would rest for as long as that is set back."""
    return dt.datetime.fromtimestamp(time.monotonic(), dt.UTC)


def _quiet(**_: Any) -> None:
    """A sweep a second is no news: received and succeeded tasks are not logged, failures are."""
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(name).setLevel(logging.WARNING)


after_setup_logger.connect(_quiet)

app = make_app(os.environ.get(REDIS_VARIABLE, "redis://localhost:6379/0"))
