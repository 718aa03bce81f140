"""The tasks. Each may be delivered late, twice or never; what they find to do stands in the database."""

import logging
import os
from functools import cache

import redis

from workers import projector
from workers.celery_app import REDIS_VARIABLE, app
from workers.child import AWAY, CoroutineTask, this_child
from workers.hints import taken_up
from workers.projections import PROJECTIONS

log = logging.getLogger(__name__)


@app.task(name="workers.advance", base=CoroutineTask)  # type: ignore[untyped-decorator]
async def advance(name: str) -> None:
    """There may be more for that projection."""
    taken_up(_redis(), name)  # before the head is read: what is committed from now on asks for a new hint
    projection = PROJECTIONS.get(name)
    if projection is not None:  # else a hint of a newer release, whose own workers sweep
        await projector.advance(await this_child().pool(), projection)


@app.task(name="workers.sweep", base=CoroutineTask)  # type: ignore[untyped-decorator]
async def sweep() -> None:
    """Move on whatever is behind, whoever failed to say so.

    Projections that another worker is at are passed over, so several sweeps at once share the work.
    """
    pool = await this_child().pool()
    for projection in PROJECTIONS.values():
        try:
            await projector.advance(pool, projection)
        except AWAY:
            raise
        except Exception:  # a fault of one read model must not hold up those after it
            log.exception("projection %s cannot be moved on", projection.name)


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(os.environ[REDIS_VARIABLE], socket_timeout=1, socket_connect_timeout=1)
