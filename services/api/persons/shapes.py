"""What is answered on a person."""

import datetime as dt
from uuid import UUID

import msgspec

from events.catalogue.person_consents import GivenBy
from events.catalogue.person_details import PersonDetails
from events.catalogue.persons import Ground, PersonKind


class Consent(msgspec.Struct, frozen=True):
    """A consent in force."""

    purpose: str
    given_by: GivenBy
    given_on: dt.date


class Erasure(msgspec.Struct, frozen=True):
    """That, when and on what ground the person's data was destroyed."""

    erased_on: dt.date
    ground: Ground
    position: int


class Person(msgspec.Struct, frozen=True):
    """A person or household. Once erased, only that remains."""

    person_id: UUID
    kind: PersonKind
    unit_id: str | None
    """The unit that keeps the record; null: no unit was named."""
    registered_on: dt.date
    details: PersonDetails | None
    """As last recorded; null once erased."""
    consents: list[Consent]
    publishable: list[str]
    """Purposes whose consents suffice: a grown person's own; of a child the representative's, from the age of
    seven the child's too; of a household anybody's."""
    erased: Erasure | None


class ShownPerson(msgspec.Struct, frozen=True):
    """A person whose name may be shown in public for the purpose asked for."""

    person_id: UUID
    kind: PersonKind
    unit_id: str
    name: str


class ShownPersons(msgspec.Struct, frozen=True):
    """Those who agreed to be shown; of all others nothing is told, not even how many they are."""

    unit_id: str
    purpose: str
    persons: list[ShownPerson]


class PersonNote(msgspec.Struct, frozen=True):
    """An event that names the person and holds free text, which may be erased by `NoteErased`."""

    event_id: UUID
    position: int
    stream: str
    type: str
    fields: list[str]


class PersonNotes(msgspec.Struct, frozen=True):
    """Events to look through when a person is erased; the texts themselves are not shown here."""

    person_id: UUID
    notes: list[PersonNote]


class OpenedNote(msgspec.Struct, frozen=True):
    """A sealed field, opened."""

    field: str
    text: str | None
    erased: bool


class OpenedNotes(msgspec.Struct, frozen=True):
    """The free text of one event."""

    event_id: UUID
    notes: list[OpenedNote]


class HeldEvent(msgspec.Struct, frozen=True):
    """An event of the person's own stream, or one that names them."""

    position: int
    event_id: UUID
    stream: str
    type: str
    label: str
    occurred_on: dt.date
    recorded_at: dt.datetime
    actor: UUID
    data: msgspec.Raw
    opened: dict[str, msgspec.Raw]
    """Sealed fields by name; those erased are left out."""


class Everything(msgspec.Struct, frozen=True):
    """All that is held on one person: for the person, on request."""

    person: Person
    events: list[HeldEvent]
