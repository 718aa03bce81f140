"""Whose names may be shown in public for a purpose: by the consents that stand now, and nobody's once erased.

What is shown here was opened for it. Reading a child's name is recorded by whoever shows it. A history lies
with every unit that ever kept the record, so connections must see all of it: past the second wall
(`Ledger.past_the_wall`).
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from events.catalogue.person_consents import GivenBy, consents_of, may_be_shown
from events.catalogue.person_details import PersonDetails
from events.catalogue.persons import PersonKind, PersonState
from events.log.read import COLUMNS, Connection, stored
from events.sealing.keys import MasterKey
from services.persons.opening import opened

_HISTORIES = f"""
SELECT {COLUMNS} FROM log.events WHERE type <> 'PersonRead'
    AND stream IN (SELECT 'person-' || person_id FROM unnest($1::uuid[]) AS p (person_id))
ORDER BY stream, version
"""
# Kept by one of the units, now or once, and consenting, now or once: what holds now is folded. LATERAL with a
# LIMIT, so that each stream is looked up by its index and no more of them than the page takes.
_CONSENTING = """
SELECT right(kept.stream, 36)::uuid AS person_id FROM (
    SELECT DISTINCT stream FROM log.events
    WHERE unit = ANY($1) AND kind IN ('PersonRegistered', 'PersonHandedOver')
        AND ($3::uuid IS NULL OR stream > 'person-' || $3)
) kept
CROSS JOIN LATERAL (
    SELECT FROM log.events given
    WHERE given.stream = kept.stream AND given.type = 'ConsentGiven' AND given.subject = $2 LIMIT 1
) given
ORDER BY kept.stream LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A person as the public may see them."""

    person_id: UUID
    kind: PersonKind
    home: str | None
    name: str | None
    """None: not to be shown, or no name is known."""


async def shown_names(
    connection: Connection, master: MasterKey, person_ids: Iterable[UUID], purpose: str, on: dt.date
) -> dict[UUID, str | None]:
    """The name of each person as it may be shown for that purpose on that day; None: not at all."""
    wanted = list(person_ids)
    shown = {p.person_id: p.name for p in await shown_persons(connection, master, wanted, purpose, on)}
    return {person_id: shown.get(person_id) for person_id in wanted}


async def shown_persons(
    connection: Connection, master: MasterKey, person_ids: Iterable[UUID], purpose: str, on: dt.date
) -> list[Shown]:
    """Those of the persons who are registered, with names as they may be shown for that purpose that day."""
    states = await states_of(connection, person_ids)
    given = {person_id: _given(state, purpose) for person_id, state in states.items()}
    told = {
        person_id: state.told.event_id
        for person_id, state in states.items()
        if given[person_id] and state.told is not None and state.erased is None
    }
    texts = await opened(connection, master, told.values())
    found = []
    for person_id, state in states.items():
        if (registered := state.registered) is None:
            continue
        kind: PersonKind = registered.data.kind  # type: ignore[attr-defined]
        plain = texts.get((told[person_id], "details")) if person_id in told else None
        details = PersonDetails() if plain is None else msgspec.json.decode(plain, type=PersonDetails)
        may = may_be_shown(kind, details.birth_date, given[person_id], on)
        found.append(Shown(person_id, kind, state.home, details.name if may else None))
    return found


async def consenting(
    connection: Connection, units: Collection[str], purpose: str, after: UUID | None, limit: int
) -> list[UUID]:
    """Whose records those units keep or kept, and for whom consent was ever given: by id, from `after` on."""
    rows = await connection.fetch(_CONSENTING, list(units), purpose, after, limit)
    return [row["person_id"] for row in rows]


async def states_of(connection: Connection, person_ids: Iterable[UUID]) -> dict[UUID, PersonState]:
    """The standing of each person that the log knows, without who read what."""
    found: dict[UUID, PersonState] = {}
    for row in await connection.fetch(_HISTORIES, list(person_ids)):
        fact = stored(row).fact
        found.setdefault(UUID(fact.stream.removeprefix("person-")), PersonState()).take(fact)
    return found


def _given(person: PersonState, purpose: str) -> set[GivenBy]:
    return {by for consented, by in consents_of(person) if consented == purpose}
