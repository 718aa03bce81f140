"""Whose a stream or an event is, which the door must know before it can say who may see it: looked up past
the second wall, with one query for all who wait. Who ask while it is under way share the next."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

# The unit of the last event that has one; of a fund also whom it was handed to; of a candidate for a learning
# model, who may be another unit's each year, every one.
OF_STREAMS = """
    SELECT asked.name, found.unit FROM unnest($1::text[]) AS asked (name) CROSS JOIN LATERAL (
        (
            SELECT unit FROM log.events WHERE stream = asked.name AND unit IS NOT NULL
            ORDER BY version DESC LIMIT 1
        )
        UNION ALL
        SELECT unit FROM log.handovers WHERE stream = asked.name
        UNION ALL
        SELECT DISTINCT unit FROM log.events
        WHERE stream = asked.name AND stream ^@ 'model-' AND type = 'ModelRegistered'
    ) AS found
"""
OF_EVENTS = "SELECT event_id AS name, unit FROM log.events WHERE event_id = ANY($1::uuid[])"

STREAM_NAME = r"^[a-z]+(-[a-z0-9_.-]{1,150})?$"
"""No stream is called otherwise; what else is asked for may be no text at all to the database."""

Units = list[str | None]


class Whose:
    """Looks up the units of things of one sort. `connected`: a connection that sees every event."""

    def __init__(self, connected: Callable[[], AbstractAsyncContextManager[Any]], sql: str) -> None:
        self._connected = connected
        self._sql = sql
        self._waiting: dict[Any, list[asyncio.Future[Units]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def units(self, name: Any) -> Units:
        """Those that a stream of that name, or an event of that id, belongs to; none: there is none, or it is
        of no unit. Raises what a connection does."""
        asked: asyncio.Future[Units] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(asked)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="whose it is")
        return await asked

    async def _work(self) -> None:
        """Look up what waits, then what came meanwhile."""
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            found: dict[Any, Units] = {name: [] for name in batch}
            trouble: Exception | None = None
            try:
                async with self._connected() as connection:
                    for row in await connection.fetch(self._sql, list(batch)):
                        found[row["name"]].append(row["unit"])
            except Exception as e:
                trouble = e
            for name, asking in batch.items():
                for asked in asking:
                    _answer(asked, found[name], trouble)


def _answer(asked: asyncio.Future[Units], units: Units, trouble: Exception | None) -> None:
    if asked.done():  # whoever asked has gone
        return
    if trouble is None:
        asked.set_result(units)
    else:
        asked.set_exception(trouble)
