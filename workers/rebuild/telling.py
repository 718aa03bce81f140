"""Tells the Celery workers that there are chunks to fold. May be lost: the sweep tells them again."""

import asyncio
import logging

from celery import Celery

from workers.celery_app import REBUILD_PRIORITY, make_app

log = logging.getLogger(__name__)

TASK = "workers.rebuild"
AT_ONCE = 64
"""Hints sent when a rebuild begins. Each keeps one worker child busy; for more children, sweeps add some."""


def hint(app: Celery, name: str) -> None:
    """One worker child more may look for chunks of that read model. Raises what the broker raises."""
    app.send_task(TASK, (name,), ignore_result=True, priority=REBUILD_PRIORITY, retry=False)


async def tell(redis_url: str | None, name: str, times: int) -> None:
    """As many may look. Without a broker nobody hears it, and the caller goes on alone."""
    if redis_url is not None and times > 0:
        await asyncio.to_thread(_tell, redis_url, name, min(times, AT_ONCE))


def _tell(redis_url: str, name: str, times: int) -> None:
    app = make_app(redis_url)
    app.conf.update(broker_connection_timeout=1, task_publish_retry=False)
    try:
        for _ in range(times):
            hint(app, name)
    except Exception as error:  # the sweep will find the chunks
        log.warning("no hints to the workers (%s); they find the rebuild by sweeping", error)
    finally:
        app.close()
