"""Reading the log: by position, by stream, by type; the head; the unit tree; positions by day.

Whoever has read up to N has seen everything up to N, always: positions are given under one lock at commit.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from events.book import LeftInLog
from events.declare import CATALOGUE, Effect, Fact
from events.log.entry import Content, data_in, read_content
from events.tree import Tree
from events.vocabulary import VIETNAM

Connection = Any
"""An asyncpg connection, or one lent by a pool."""

BARE_COLUMNS = ", ".join(
    ("event_id", "type", "stream", "version", "occurred_on", "actor", *Effect.__struct_fields__)
)
"""What `bare_fact` reads, in this order."""

FACT_COLUMNS = f"position, entry, {BARE_COLUMNS}"
"""What `stored_fact` reads, in this order."""

COLUMNS = f"recorded_at, command_id, {FACT_COLUMNS}"
"""What `stored` reads, in this order."""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """One event as the log holds it."""

    position: int
    recorded_at: dt.datetime
    command_id: UUID
    fact: Fact
    entry: bytes

    def content(self) -> Content:
        """What the entry says beyond the columns, read anew."""
        return read_content(self.entry)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends. Positions are 0 while it is empty."""

    position: int
    tree_position: int
    recorded_at: dt.datetime


class UnreadableEventError(ValueError):
    """An event whose entry this version cannot read. Names its position."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"event at position {position} cannot be read: {why}")
        self.position = position


async def head(connection: Connection) -> Head:
    row = await connection.fetchrow("SELECT position, tree_position, recorded_at FROM log.head")
    return Head(*row)


async def read(
    connection: Connection,
    after: int,
    through: int | None = None,
    limit: int = 1000,
    *,
    streams: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
) -> list[Stored]:
    """Events with after < position ≤ through, in order, at most `limit`.

    `streams` and `types` keep only those. Raises `UnreadableEventError`.
    """
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM log.events WHERE position > $1"
        " AND ($2::bigint IS NULL OR position <= $2)"
        " AND ($3::text[] IS NULL OR stream = ANY($3))"
        " AND ($4::text[] IS NULL OR type = ANY($4))"
        " ORDER BY position LIMIT $5",
        after,
        through,
        None if streams is None else list(streams),
        None if types is None else list(types),
        limit,
    )
    return [stored(row) for row in rows]


async def read_stream(connection: Connection, stream: str, after_version: int = 0) -> list[Stored]:
    """All events of one stream, in order of version."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM log.events WHERE stream = $1 AND version > $2 ORDER BY version",
        stream,
        after_version,
    )
    return [stored(row) for row in rows]


async def read_category(
    connection: Connection, category: str, after: int = 0, limit: int = 1000
) -> list[Stored]:
    """Events of all streams `{category}-…` (or the stream of that very name), by position."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM log.events"
        " WHERE position > $1 AND (stream = $2 OR stream ^@ ($2 || '-'))"
        " ORDER BY position LIMIT $3",
        after,
        category,
        limit,
    )
    return [stored(row) for row in rows]


async def load_tree(connection: Connection, through: int | None = None) -> Tree:
    """The unit tree as known from the first `through` events (default: all)."""
    rows = await connection.fetch(
        f"SELECT {FACT_COLUMNS} FROM log.tree_events WHERE kind IN ({_tree_kinds()})"
        " AND position <= coalesce($1, 9223372036854775807) ORDER BY position",
        through,
    )
    return Tree(map(stored_fact, rows))


async def last_shaping(connection: Connection, through: int) -> UUID | None:
    """The id of the last event up to `through` that shapes the unit tree; the tree hangs on no other."""
    found: UUID | None = await connection.fetchval(last_shaping_up_to("$1"), through)
    return found


def last_shaping_up_to(position: str) -> str:
    """SQL of `last_shaping`: one row, or none."""
    return (
        f"SELECT event_id FROM log.tree_events WHERE kind IN ({_tree_kinds()}) AND position <= {position}"
        " ORDER BY position DESC LIMIT 1"
    )


def _tree_kinds() -> str:
    """As literals, so that the partial index on them serves."""
    return ", ".join(f"'{name}'" for name, kind in sorted(CATALOGUE.items()) if kind.shapes_tree)


_BISECTION = """
    WITH RECURSIVE look (low, high) AS (
        SELECT 0::bigint, position FROM log.head
        UNION ALL
        SELECT CASE WHEN at.recorded_at < $1 THEN at.position ELSE low END,
            CASE WHEN at.recorded_at < $1 THEN high ELSE at.position - 1 END
        FROM look, LATERAL (
            SELECT position, recorded_at FROM log.moments WHERE position = (look.low + look.high + 1) / 2
        ) AS at
        WHERE low < high
    )
    SELECT low FROM look WHERE low = high
"""


async def position_at_end_of(connection: Connection, day: dt.date) -> int:
    """The last position recorded before the next day's 00:00 in Asia/Ho_Chi_Minh; 0 if there is none.

    `recorded_at` never runs backwards, so the boundary is found by bisection over positions.
    """
    if day == dt.date.max:
        return int(await connection.fetchval("SELECT position FROM log.head"))
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), VIETNAM)
    return int(await connection.fetchval(_BISECTION, midnight))


async def recorded_at(connection: Connection, position: int) -> dt.datetime:
    """When the event at that position was recorded; it must be there."""
    at: dt.datetime = await connection.fetchval(
        "SELECT recorded_at FROM log.moments WHERE position = $1", position
    )
    return at


def stored(row: asyncpg.Record) -> Stored:
    """A row of `COLUMNS` as an event. Raises `UnreadableEventError`."""
    # In one go: a third of the time would go into looking up columns by name.
    recorded_at, command_id, *of_the_fact = row
    return Stored(of_the_fact[0], recorded_at, command_id, stored_fact(of_the_fact), of_the_fact[1])


def stored_fact(row: Iterable[Any]) -> Fact:
    """A row of `FACT_COLUMNS`, for whoever folds it and asks for no more. Raises `UnreadableEventError`."""
    position, entry, event_id, type_, stream, version, on, actor, *effect = row
    try:
        data = data_in(entry, type_)
    except (ValueError, LookupError) as e:
        raise UnreadableEventError(position, str(e)) from e
    return Fact(event_id, type_, stream, version, on, actor, data, Effect(*effect))


def bare_fact(row: asyncpg.Record) -> Fact:
    """A row of `BARE_COLUMNS`: its data stays in the log until a rule asks for it."""
    event_id, type_, stream, version, on, actor, *effect = row
    return Fact(event_id, type_, stream, version, on, actor, LeftInLog.of(stream, event_id), Effect(*effect))


def facts(events: Iterable[Stored]) -> list[Fact]:
    return [e.fact for e in events]
