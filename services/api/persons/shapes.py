"""What is answered on a person."""

import datetime as dt
from uuid import UUID

import msgspec

from events.catalogue.persons import GivenBy, Ground, PersonDetails, PersonKind


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
    registered_on: dt.date
    details: PersonDetails | None
    """As last recorded; null once erased."""
    consents: list[Consent]
    publishable: list[str]
    """Purposes whose consents suffice: a child's own and the representative's, else any."""
    erased: Erasure | None


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
