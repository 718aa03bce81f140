"""How often a token may ask. Counted per process: a service of n processes allows up to n times as much.

A sliding count over a minute that needs two numbers a token: what remains of the last minute's requests is
taken in proportion. The local token of whoever runs the service is not counted.
"""

import os
import time
from functools import lru_cache
from typing import Any
from uuid import UUID

from services.api.callers import Caller
from services.api.problems import TOO_MANY, ApiProblem

WINDOW = 60
"""Seconds."""
HEADERS = "khuyenhoc.rate"
"""Where the answer's headers are kept in a request's scope."""


class Rates:
    """Requests of each token in this minute and the last."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._counts: dict[UUID, tuple[int, int, int]] = {}  # (minute, in it, in the one before)
        self._minute = 0

    def count(self, scope: Any, caller: Caller, now: float | None = None) -> None:
        """Count one request. Raises `too-many-requests` beyond the limit."""
        if caller.is_local:
            return
        minute, into = divmod(int(time.monotonic() if now is None else now), WINDOW)
        if minute > self._minute:
            self._minute = minute
            self._counts = {t: c for t, c in self._counts.items() if c[0] >= minute - 1}
        at, current, before = self._counts.get(caller.token_id, (minute, 0, 0))
        if at < minute:
            current, before = 0, current
        used = current + before * (1 - into / WINDOW)
        wait = WINDOW - into
        remaining = int(self.limit - used) - 1
        # as draft-ietf-httpapi-ratelimit-headers-10 has them
        scope[HEADERS] = (
            _policy(self.limit),
            (b"ratelimit", b'"token";r=%d;t=%d' % (remaining if remaining > 0 else 0, wait)),
        )
        if used >= self.limit:
            self._counts[caller.token_id] = (minute, current, before)
            raise ApiProblem(TOO_MANY, headers={"Retry-After": str(wait)}, limit=self.limit, seconds=wait)
        self._counts[caller.token_id] = (minute, current + 1, before)


@lru_cache
def _policy(limit: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", b'"token";q=%d;w=%d' % (limit, WINDOW)


RATES = Rates(int(os.environ.get("KHUYENHOC_REQUESTS_A_MINUTE", "60000")))
"""One per process."""
