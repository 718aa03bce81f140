"""Erasing for good: key and ciphertext are deleted in the transaction that records the erasure.

The event, its hash, every figure and every proof stay as they were. The same deletions are made again after
a restore (`erase_again`), so that no backup brings back what was erased.
"""

from collections.abc import Iterable
from uuid import UUID

from events.catalogue.notes import NoteErased
from events.catalogue.persons import PersonErased
from events.declare import Data
from events.log.read import COLUMNS, Connection, stored

ERASING = frozenset({"PersonErased", "NoteErased"})
"""The kinds that destroy something."""

# An event's own notes are never a person's details, though a client may have given a person that very id.
_PERSONS = "DELETE FROM log.sealed WHERE key_id = ANY($1) AND event_id <> key_id"
_NOTES = """
DELETE FROM log.sealed s USING unnest($1::uuid[], $2::text[]) AS gone (event_id, field)
WHERE s.event_id = gone.event_id AND s.field = gone.field
"""
# Another sealed field of the same event may still need the key.
_KEYS = """
DELETE FROM log.sealing_keys k
WHERE key_id = ANY($1) AND NOT EXISTS (SELECT FROM log.sealed s WHERE s.key_id = k.key_id)
"""


async def erase(connection: Connection, recorded: Iterable[Data]) -> None:
    """Destroy what these events say is erased; events of any other kind are passed over."""
    persons: list[UUID] = []
    notes: list[tuple[UUID, str]] = []
    for data in recorded:
        if isinstance(data, PersonErased):
            persons.append(data.person_id)
        elif isinstance(data, NoteErased):
            notes.append((UUID(data.event_id), data.field))
    if persons:
        await connection.execute(_PERSONS, persons)
    if notes:
        await connection.execute(_NOTES, [event_id for event_id, _ in notes], [field for _, field in notes])
    if persons or notes:
        await connection.execute(_KEYS, [*persons, *(event_id for event_id, _ in notes)])


async def erase_again(connection: Connection) -> int:
    """Replay every erasure the log knows of, after keys came back from a backup. Returns how many."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM log.events WHERE type = ANY($1) ORDER BY position",
        list(ERASING),
    )
    await erase(connection, [stored(row).fact.data for row in rows])
    return len(rows)
