"""A database into which a log is restored says so: nobody opens it before all is there, and erased again.

Nor after a restore that was killed: what it leaves looks like a log, but lacks its keys, or brings back those
that had been destroyed.
"""

from typing import Any

BEGIN = "CREATE TABLE public.khuyenhoc_restoring ()"
"""Run by the owner before anything is filled in."""
DONE = "DROP TABLE public.khuyenhoc_restoring"
"""In the transaction that erases again."""
_IS_UNDER_WAY = """
SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = 'khuyenhoc_restoring')
"""


class HalfRestoredError(RuntimeError):
    """A restore into this database is under way, or was broken off."""


async def is_half_restored(connection: Any) -> bool:
    return bool(await connection.fetchval(_IS_UNDER_WAY))


async def refuse_half_restored(connection: Any) -> None:
    """Raises `HalfRestoredError`."""
    if await is_half_restored(connection):
        raise HalfRestoredError(
            "a restore into this database is under way or was broken off; run khuyenhoc restore again"
        )
