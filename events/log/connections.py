"""What every connection to the database is set to: to notice silence, and to be given back as it is.

A host that is cut off says no goodbye: so both ends of a connection ask whether the other is there. Without
that, the database keeps for two hours what a dead host had locked (of one that died in mid-append the head
of the log, for which all appends wait), and a host that was cut off waits for an answer for ever. Over a
Unix socket nothing of this is needed, and nothing happens.
"""

import datetime as dt
import socket
from typing import Any

from asyncpg import InterfaceError

IDLE, INTERVAL, COUNT = 3, 1, 5
"""Seconds without a word before it is asked, between questions, and how often: gone after eight seconds."""

SETTINGS = {
    "tcp_keepalives_idle": str(IDLE),
    "tcp_keepalives_interval": str(INTERVAL),
    "tcp_keepalives_count": str(COUNT),
    "tcp_user_timeout": str(1000 * (IDLE + COUNT * INTERVAL)),
}
"""The database's end: settings of a session. It gives up the session's locks."""

PLANNED_ONCE = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "max_parallel_workers_per_gather": "0",
}
"""For connections with a few questions, always answered by an index, whatever a table's statistics say: they
may be those of its youth. Starting helpers took ten times as long as the look-up itself."""


async def notice(connection: Any) -> None:
    """Our end, for a pool's `init`: what waits for an answer then fails as if the server had gone."""
    # asyncpg has no setting for it, and shows the socket nowhere else
    end = connection._transport.get_extra_info("socket")
    if end is None or end.family == socket.AF_UNIX:
        return
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("KEEPIDLE", IDLE), ("KEEPINTVL", INTERVAL), ("KEEPCNT", COUNT)):
        if option := getattr(socket, f"TCP_{name}", None):  # not every platform has them
            end.setsockopt(socket.IPPROTO_TCP, option, value)


class Instants:
    """How instants are sent over the connections that append. All rows of an append bear the same one, and
    the driver took a third of a row's time to write it down anew in each."""

    def __init__(self) -> None:
        self._last: dt.datetime | None = None
        self._sent = (0,)

    async def set_on(self, connection: Any) -> None:
        """For a pool's `init`."""
        await connection.set_type_codec(
            "timestamptz", schema="pg_catalog", encoder=self._sent_as, decoder=_instant, format="tuple"
        )

    def _sent_as(self, instant: dt.datetime) -> tuple[int]:
        if instant is not self._last:
            self._last, self._sent = instant, ((instant - _EPOCH) // _MICROSECOND,)
        return self._sent


_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_MINUS_INFINITY = -(2**63)


def _instant(sent: tuple[int]) -> dt.datetime:
    """PostgreSQL's `-infinity` is told as the smallest datetime."""
    if sent[0] == _MINUS_INFINITY:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return _EPOCH + sent[0] * _MICROSECOND


class Held:
    """One connection of a pool, kept as long as nothing goes wrong on it: to give it back and take it again
    costs more than most of what is asked on it. For one user at a time; `drop` it in the end."""

    def __init__(self, pool: Any, seconds: float | None = None) -> None:
        self._pool = pool
        self._seconds = seconds  # how long one is waited for
        self._connection: Any = None
        self.trusted = True
        """Whether it may go on; if not, the next use is of another connection."""

    async def __aenter__(self) -> Any:
        if not (self.trusted and self._is_open()):
            await self.drop()
        self.trusted = True
        if self._connection is None:
            self._connection = await self._pool.acquire(timeout=self._seconds)
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            await self.drop()

    def _is_open(self) -> bool:
        try:
            return self._connection is not None and not self._connection.is_closed()
        except InterfaceError:  # the pool has taken back what was cut
            return False

    async def drop(self) -> None:
        """Give it back; the next user gets one that the pool has found in order."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._pool.release(connection)


async def keep_as_is(connection: Any) -> None:
    """For a pool's `reset`: whatever is set here is local to a transaction, so that nothing has to be cleaned
    up when a connection is given back; asking the server to would cost a round trip each time."""
