"""Bringing into memory what decisions ask for: a set at a time, one query for each sort of key."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.book import Cohort, Named, State
from events.declare import Data, Fact
from events.log.read import BARE_COLUMNS, FACT_COLUMNS, Connection, bare_fact, stored_fact
from events.memory import BEGINNINGS, Memory, begins_at, empty_state
from events.sealing.keys import MasterKey, SealingKey

Key = tuple[object, ...]

AT_ONCE = 1_000
"""Facts folded before anybody else has the loop."""


@dataclass(slots=True)
class Loaded:
    """What one round of loading found; put into memory only if nothing changed meanwhile."""

    states: dict[str, State] = field(default_factory=dict)
    data: dict[tuple[str, UUID], Data] = field(default_factory=dict)
    cohorts: dict[tuple[str, str, int], Cohort] = field(default_factory=dict)
    locations: dict[UUID, str | None] = field(default_factory=dict)
    commands: dict[tuple[UUID, UUID], UUID | None] = field(default_factory=dict)
    keys: dict[UUID, SealingKey] = field(default_factory=dict)
    named: dict[UUID, Named] = field(default_factory=dict)
    begun: dict[str, list[Fact]] = field(default_factory=dict)

    def into(self, memory: Memory) -> None:
        for stream, state in self.states.items():
            memory.hold_state(stream, state)
        for (stream, event_id), data in self.data.items():
            memory.hold_data(stream, event_id, data)
        for key, cohort in self.cohorts.items():
            memory.hold_cohort(key, cohort)
        for event_id, stream_or_none in self.locations.items():
            memory.hold_location(event_id, stream_or_none)
        for (actor, command_id), first in self.commands.items():
            memory.hold_command(actor, command_id, first)
        for person, named in self.named.items():
            memory.hold_named(person, named)
        for unit, facts in self.begun.items():
            memory.hold_begun(unit, facts)


async def load(connection: Connection, wanted: Iterable[Key], master: MasterKey) -> Loaded:
    """Load every key of `wanted`: ("stream", name), ("data", stream, event id), ("event", id),
    ("cohort", unit, model, year), ("command", actor, id), ("person", id), ("begun", unit), ("key", id)."""
    sorts: dict[object, list[Any]] = {}
    for key in set(wanted):
        sorts.setdefault(key[0], []).append(key[1:] if len(key) > 2 else key[1])
    loaded = Loaded()
    for sort, keys in sorts.items():
        await _LOADERS[sort](connection, keys, loaded, master)
    return loaded


async def _streams(connection: Connection, names: list[str], loaded: Loaded, _: MasterKey) -> None:
    loaded.states = {name: empty_state(name) for name in names}
    folded, bare, counted = list[str](), list[str](), list[str]()
    for name, state in loaded.states.items():
        (counted if not state.keeps_facts else folded if state.reads_data else bare).append(name)
    for some, columns, fact_of in ((folded, FACT_COLUMNS, stored_fact), (bare, BARE_COLUMNS, bare_fact)):
        if some:
            rows = await connection.fetch(_IN_ORDER.format(columns=columns), some)
            for n, row in enumerate(rows, 1):
                fact = fact_of(row)
                loaded.states[fact.stream].take(fact)
                if n % AT_ONCE == 0:  # a large fund takes seconds: others on this loop have their say
                    await asyncio.sleep(0)
    if counted:
        rows = await connection.fetch(
            "SELECT s.stream, (SELECT e.version FROM log.events e WHERE e.stream = s.stream"
            " ORDER BY e.version DESC LIMIT 1) AS version FROM unnest($1::text[]) AS s (stream)",
            counted,
        )
        for row in rows:
            loaded.states[row["stream"]].version = row["version"] or 0


# Stream by stream, as the index has them: nothing to sort, which entries would take to a disk.
_IN_ORDER = """
SELECT {columns} FROM unnest($1::text[]) AS s (name)
CROSS JOIN LATERAL (SELECT * FROM log.events WHERE stream = s.name ORDER BY version) AS e
"""


async def _data(connection: Connection, keys: list[Any], loaded: Loaded, _: MasterKey) -> None:
    rows = await connection.fetch(
        f"SELECT {FACT_COLUMNS} FROM log.events WHERE event_id = ANY($1)", [event_id for _, event_id in keys]
    )
    loaded.data = {(fact.stream, fact.event_id): fact.data for fact in map(stored_fact, rows)}


async def _cohorts(connection: Connection, keys: list[Any], loaded: Loaded, _: MasterKey) -> None:
    rows = await connection.fetch(
        "SELECT c.unit, c.model, c.year,"
        " coalesce(sum(e.quantity) FILTER (WHERE e.kind = 'ModelRegistered'), 0)::bigint AS candidates,"
        " coalesce(sum(CASE WHEN e.type = 'ModelsCounted' THEN 1 ELSE -1 END)"
        "   FILTER (WHERE e.kind = 'ModelsCounted'), 0)::bigint AS counted"
        " FROM unnest($1::text[], $2::text[], $3::int[]) AS c (unit, model, year)"
        " LEFT JOIN log.events e ON e.unit = c.unit AND e.year = c.year AND e.subject = c.model"
        "   AND e.kind IN ('ModelRegistered', 'ModelsCounted')"
        " GROUP BY 1, 2, 3",
        [k[0] for k in keys],
        [k[1] for k in keys],
        [k[2] for k in keys],
    )
    for row in rows:
        key = (row["unit"], row["model"], row["year"])
        loaded.cohorts[key] = Cohort(row["candidates"], row["counted"])


async def _locations(connection: Connection, ids: list[UUID], loaded: Loaded, _: MasterKey) -> None:
    loaded.locations = dict.fromkeys(ids)
    rows = await connection.fetch("SELECT event_id, stream FROM log.events WHERE event_id = ANY($1)", ids)
    loaded.locations |= {row["event_id"]: row["stream"] for row in rows}


async def _commands(connection: Connection, keys: list[Any], loaded: Loaded, _: MasterKey) -> None:
    loaded.commands = dict.fromkeys(keys)
    rows = await connection.fetch(
        "SELECT actor, command_id, event_id, stream FROM log.events"
        " WHERE command_id = ANY($1) AND ordinal = 0",
        [command_id for _actor, command_id in keys],
    )
    for row in rows:
        if (row["actor"], row["command_id"]) in loaded.commands:
            loaded.commands[row["actor"], row["command_id"]] = row["event_id"]
            loaded.locations[row["event_id"]] = row["stream"]


async def _named(connection: Connection, ids: list[UUID], loaded: Loaded, _: MasterKey) -> None:
    loaded.named = dict.fromkeys(ids, Named())
    rows = await connection.fetch(
        "SELECT n.person_id, max(n.occurred_on) AS latest, array_agg(DISTINCT (e.unit, e.actor)) AS units"
        " FROM log.money_named n JOIN log.events e USING (position)"
        " WHERE n.person_id = ANY($1) GROUP BY 1",
        ids,
    )
    loaded.named |= {
        row["person_id"]: Named(row["latest"], frozenset((u, a) for u, a in row["units"] if u is not None))
        for row in rows
    }


async def _begun(connection: Connection, units: list[str], loaded: Loaded, _: MasterKey) -> None:
    loaded.begun = {unit: [] for unit in units}
    rows = await connection.fetch(
        f"SELECT {BARE_COLUMNS} FROM log.events e"
        " WHERE (unit = ANY($1) AND type = ANY($2) OR type = 'FundHandedOver' AND subject = ANY($1))"
        " AND NOT EXISTS (SELECT FROM log.events w WHERE w.stream = e.stream AND w.target = e.event_id"
        "   AND w.type = 'RecordWithdrawn') ORDER BY position",
        units,
        list(BEGINNINGS),
    )
    for fact in map(bare_fact, rows):
        loaded.begun[begins_at(fact) or ""].append(fact)


async def _keys(connection: Connection, ids: list[UUID], loaded: Loaded, master: MasterKey) -> None:
    rows = await connection.fetch("SELECT key_id, wrapped FROM log.sealing_keys WHERE key_id = ANY($1)", ids)
    loaded.keys = {row["key_id"]: master.unwrap(row["wrapped"], row["key_id"]) for row in rows}


_LOADERS: dict[object, Any] = {
    "stream": _streams,
    "data": _data,
    "cohort": _cohorts,
    "event": _locations,
    "command": _commands,
    "person": _named,
    "begun": _begun,
    "key": _keys,
}
