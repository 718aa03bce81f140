"""Opening sealed fields, and finding the events that name a person. Nothing opened here is ever kept."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from events.declare import CATALOGUE
from events.log.entry import seal_context
from events.log.read import COLUMNS, Connection, Stored, stored
from events.sealing.keys import MasterKey

Opened = dict[tuple[UUID, str], bytes]
"""(event, field) → its JSON."""

_SEALED = """
SELECT s.event_id, s.field, s.key_id, s.ciphertext, k.wrapped
FROM log.sealed s JOIN log.sealing_keys k USING (key_id) WHERE s.event_id = ANY($1)
"""
# Index look-ups only: the log is long. Tokens belong to no unit.
_NAMING = """
SELECT position, event_id, stream FROM log.events WHERE stream = 'person-' || $1::uuid
UNION
SELECT position, event_id, stream FROM log.events
WHERE position IN (SELECT position FROM log.money_named WHERE person_id = $1)
UNION
SELECT position, event_id, stream FROM log.events
WHERE stream IN (SELECT 'model-' || candidate_id FROM read_models.named WHERE person_id = $1)
"""
_TOKENS = f"SELECT {COLUMNS} FROM log.events WHERE unit IS NULL AND kind = 'TokenIssued' ORDER BY position"
_ABOUT = "SELECT position FROM log.events WHERE stream = ANY($1) AND target = ANY($2)"
_EVENTS = f"SELECT {COLUMNS} FROM log.events WHERE position = ANY($1) ORDER BY position"

MODELS = ("models",)
"""Read models that `naming` asks."""


async def opened(connection: Connection, master: MasterKey, event_ids: Iterable[UUID]) -> Opened:
    """Every sealed field of these events that can still be opened."""
    found: Opened = {}
    for row in await connection.fetch(_SEALED, list(event_ids)):
        key = master.unwrap(row["wrapped"], row["key_id"])
        context = seal_context(row["event_id"], row["field"])
        found[row["event_id"], row["field"]] = key.open(row["ciphertext"], context)
    return found


async def naming(connection: Connection, person_id: UUID) -> list[Stored]:
    """The person's own events, those that name them, and those about one of these, by position."""
    rows = list(await connection.fetch(_NAMING, person_id))
    tokens = [stored(row) for row in await connection.fetch(_TOKENS)]
    issued = [t for t in tokens if getattr(t.fact.data, "person_id", None) == person_id]
    positions = {row["position"] for row in rows} | {t.position for t in issued}
    streams = {row["stream"] for row in rows} | {t.fact.stream for t in issued}
    ids = {row["event_id"] for row in rows} | {t.fact.event_id for t in issued}
    about = await connection.fetch(_ABOUT, list(streams), list(ids))
    positions |= {row["position"] for row in about}
    return [stored(row) for row in await connection.fetch(_EVENTS, list(positions))]


async def notes_of(connection: Connection, events: Sequence[Stored]) -> dict[UUID, list[str]]:
    """The free texts of these events that are still there: fields by event."""
    rows = await connection.fetch(
        "SELECT event_id, field FROM log.sealed WHERE event_id = ANY($1) AND key_id = event_id"
        " ORDER BY event_id, field",
        [e.fact.event_id for e in events],
    )
    fields: dict[UUID, list[str]] = {}
    for row in rows:
        fields.setdefault(row["event_id"], []).append(row["field"])
    return fields


def own_notes(event: Stored) -> list[str]:
    """The sealed fields of an event, under its own key, that were filled in."""
    sealed = CATALOGUE[event.fact.type].sealed
    return [f for f, whose in sealed.items() if whose == "event" and getattr(event.fact.data, f) is not None]


def text_of(plain: bytes | None) -> Any:
    """A sealed text as it was written; None once erased."""
    return None if plain is None else msgspec.json.decode(plain)
