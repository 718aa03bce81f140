"""How far the read models are, and waiting until they have come far enough."""

import asyncio
import datetime as dt
import time
from collections.abc import Collection
from typing import Any

import msgspec

from workers.projections import PROJECTIONS

POLL = 0.01
SLOWEST_POLL = 0.1
"""Seconds between looks while waiting: the longer it takes, the less it matters, down to ten a second."""


_STATUSES = """
SELECT p.name, p.version, p.checkpoint, h.position AS head, p.updated_at, p.trouble,
    (SELECT count(*) FROM projections.parked WHERE parked.name = p.name) AS parked,
    (SELECT coalesce(sum(c.through - c.after) FILTER (WHERE c.done_at IS NOT NULL), 0)
            / greatest(sum(c.through - c.after), 1)
        FROM projections.rebuild r LEFT JOIN projections.chunk c USING (name)
        WHERE r.name = p.name GROUP BY r.name)::float AS rebuilding,
    (SELECT checkpoint FROM projections.kept WHERE kept.name = p.name) AS kept
FROM projections.projection p, log.head h ORDER BY p.name
"""


class ProjectionStatus(msgspec.Struct, frozen=True):
    """One read model beside the log."""

    name: str
    version: int
    """Of the definition its tables were made by."""
    position: int
    head: int
    lag: int
    """Events not yet folded."""
    parked: int
    """Streams left out because an event of theirs could not be folded."""
    updated_at: dt.datetime
    outdated: bool
    """The definition has changed since: it stands still until it is rebuilt."""
    trouble: str | None = None
    rebuilding: float | None = None
    """The part of the events that a rebuild in progress has folded, 0 to 1."""
    kept: int | None = None
    """The position of the version before the last switch, which is kept until it is dropped."""


class ParkedStream(msgspec.Struct, frozen=True):
    """A stream that a read model leaves out from `position` on."""

    name: str
    stream: str
    position: int
    error: str
    parked_at: dt.datetime


async def statuses(connection: Any) -> list[ProjectionStatus]:
    """Every read model that there is, by name. `connection` may be a pool, of the service or a worker."""
    rows = await connection.fetch(_STATUSES)
    return [
        ProjectionStatus(
            name=row["name"],
            version=row["version"],
            position=row["checkpoint"],
            head=row["head"],
            lag=max(0, row["head"] - row["checkpoint"]),
            parked=row["parked"],
            updated_at=row["updated_at"],
            outdated=row["name"] in PROJECTIONS and PROJECTIONS[row["name"]].version != row["version"],
            trouble=row["trouble"],
            rebuilding=row["rebuilding"],
            kept=row["kept"],
        )
        for row in rows
    ]


async def parked(connection: Any) -> list[ParkedStream]:
    """The streams left out, by projection and position."""
    rows = await connection.fetch(
        "SELECT name, stream, position, error, parked_at FROM projections.parked"
        " WHERE name IN (SELECT name FROM projections.projection) ORDER BY name, position"
    )
    return [ParkedStream(**row) for row in rows]


async def reached(connection: Any, names: Collection[str]) -> int:
    """The position up to which all of these read models have come; 0 if one of them is not there."""
    row = await connection.fetchrow(
        "SELECT count(*) AS found, min(checkpoint) AS checkpoint FROM projections.projection"
        " WHERE name = ANY($1)",
        list(names),
    )
    return int(row["checkpoint"]) if row["found"] == len(set(names)) and names else 0


async def wait_for(pool: Any, names: Collection[str], position: int, seconds: float) -> bool:
    """Whether all of these read models have come to `position` within so many seconds."""
    until, pause = time.monotonic() + seconds, POLL
    while await reached(pool, names) < position:
        if time.monotonic() + pause > until:
            return False
        await asyncio.sleep(pause)
        pause = min(pause * 1.2, SLOWEST_POLL)
    return True
