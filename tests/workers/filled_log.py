"""Fills a log fast, past the append: facts decided in memory become rows of log.events by COPY.

For tests of what is derived from the log. Entries are real (composed and sealed as the log does it), order
and density too; nothing here goes through the service's privileges.
"""

import datetime as dt
import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from events.deciding import Command
from events.declare import CATALOGUE, Fact
from events.log.entry import Preparer, stamp
from events.memory import touches_tree
from events.sealing.keys import MasterKey, SealingKey

FIRST_INSTANT = dt.datetime(2026, 1, 5, 1, 0, tzinfo=dt.UTC)
"""When the first event of a filled log was recorded."""
APART = dt.timedelta(minutes=1)
"""And each later one after the one before."""

COLUMNS = (
    "position", "recorded_at", "quantity", "extra", "amount", "event_id", "command_id", "actor", "target",
    "version", "occurred_on", "ordinal", "year", "until_year", "stream", "type", "kind", "unit", "level",
    "subject", "measure", "measure_was", "pocket", "entry",
)  # fmt: skip


async def fill(owner_url: str, facts: Sequence[Fact], apart: dt.timedelta = APART) -> int:
    """Append facts behind the head, in one transaction. Returns the new head."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            head = await connection.fetchval("SELECT position FROM log.head FOR UPDATE")
            rows = rows_of(facts, head, apart)
            await connection.copy_records_to_table("events", schema_name="log", columns=COLUMNS, records=rows)
            shaping = [head + i for i, fact in enumerate(facts, 1) if touches_tree(fact)]
            await connection.execute(
                "UPDATE log.head SET position = $1, recorded_at = $2,"
                " tree_position = greatest(tree_position, $3)",
                head + len(rows),
                recorded_at(head + len(rows), apart),
                max(shaping, default=0),
            )
            return int(head) + len(rows)
    finally:
        await connection.close()


def recorded_at(position: int, apart: dt.timedelta = APART) -> dt.datetime:
    return FIRST_INSTANT + position * apart


def rows_of(facts: Sequence[Fact], head: int, apart: dt.timedelta = APART) -> list[tuple[Any, ...]]:
    """Rows in the order of COLUMNS, each fact as if it were a command of its own."""
    preparer = Preparer(MasterKey(os.urandom(32)))
    keys: dict[UUID, SealingKey] = {}
    rows = []
    for position, fact in enumerate(facts, head + 1):
        e, at, command_id = fact.effect, recorded_at(position, apart), uuid4()
        command = Command(CATALOGUE[fact.type], fact.data, fact.occurred_on, command_id, fact.actor)
        entry = preparer.prepare(command, fact, 0, keys).at(stamp(at))
        rows.append(
            (
                position, at, e.quantity, e.extra, e.amount, fact.event_id, command_id, fact.actor, e.target,
                fact.version, fact.occurred_on, 0, e.year, e.until_year, fact.stream, fact.type, e.kind,
                e.unit, e.level, e.subject, e.measure, e.measure_was, e.pocket, entry,
            )
        )  # fmt: skip
    return rows
