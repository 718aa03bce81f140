"""One rebuild of a read model at a time, whichever host it was called for on."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from workers.rebuild.errors import RebuildRunningError

_LOCK = "SELECT pg_try_advisory_lock(5016833, hashtext($1))"  # any constant, and the name
_PATIENCE = 2.0  # seconds until the database has noticed that the one before was killed
_PAUSE = 0.05


@asynccontextmanager
async def only_one(pool: Any, *names: str) -> AsyncIterator[None]:
    """While nobody else rebuilds those read models, or switches them. Raises `RebuildRunningError`."""
    async with pool.acquire() as connection:  # given back, asyncpg lets go of its advisory locks
        until = time.monotonic() + _PATIENCE
        for name in names:
            while not await connection.fetchval(_LOCK, name):
                if time.monotonic() > until:
                    raise RebuildRunningError(name)
                await asyncio.sleep(_PAUSE)
        yield
