"""The tasks. Each may be delivered late, twice or never; what they find to do stands in the database."""

import logging
import os
import time
from contextlib import suppress
from functools import cache

import redis
from kombu.exceptions import OperationalError

from workers import projector
from workers.celery_app import REDIS_VARIABLE, SEAL_EVERY, SWEEP_EVERY, app
from workers.child import AWAY, CoroutineTask, this_child
from workers.hints import taken_up
from workers.projections import PROJECTIONS
from workers.rebuild import chunks, telling
from workers.sealing import sealer
from workers.sealing.sealer import Secrets
from workers.sealing.witnesses import ask_witnesses, configured

log = logging.getLogger(__name__)

REBUILD_SECONDS = 1.0
"""How long a child folds chunks of a rebuild before it looks whether there is something more urgent."""


class Seldom:
    """What beat asks for again and again, of this process. After a pause of all workers so much waits in
    the queue that hints would wait long behind it: what follows at once upon another is passed over."""

    def __init__(self, every: float) -> None:
        self._rest = every / 10
        self._done_at = -every

    def due(self) -> bool:
        return time.monotonic() - self._done_at > self._rest

    def done(self) -> None:
        self._done_at = time.monotonic()


_sweeping, _sealing = Seldom(SWEEP_EVERY), Seldom(SEAL_EVERY)


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
    if not _sweeping.due():
        return
    pool = await this_child().pool()
    for projection in PROJECTIONS.values():
        try:
            await projector.advance(pool, projection)
        except AWAY:
            raise
        except Exception:  # a fault of one read model must not hold up those after it
            log.exception("projection %s cannot be moved on", projection.name)
    for name in await chunks.waiting(pool, PROJECTIONS):
        _look_for_chunks(name)
    _sweeping.done()


@app.task(name=telling.TASK, base=CoroutineTask)  # type: ignore[untyped-decorator]
async def rebuild(name: str) -> None:
    """There may be chunks of a rebuild to fold. Goes on by a hint of its own while there are."""
    projection = PROJECTIONS.get(name)
    if projection is not None and await chunks.fold_for(
        await this_child().pool(), projection, REBUILD_SECONDS
    ):
        _look_for_chunks(name)


def _look_for_chunks(name: str) -> None:
    with suppress(OperationalError):  # the broker is away: a later sweep will say it
        telling.hint(app, name)


@app.task(name="workers.seal", base=CoroutineTask)  # type: ignore[untyped-decorator]
async def seal() -> None:
    """Bring the Merkle tree to the head and sign it, where this host holds the signing key."""
    secrets = Secrets.from_environment()
    if secrets is not None and _sealing.due():
        pool = await this_child().pool()
        checkpoint = await sealer.seal(pool, secrets)
        if checkpoint is not None:
            await ask_witnesses(pool, configured(os.environ), checkpoint)
        _sealing.done()


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(os.environ[REDIS_VARIABLE], socket_timeout=1, socket_connect_timeout=1)
