"""Routes on persons. Whoever reads says what for; reads of a child's data are recorded before the answer."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import PathParameter, QueryParameter

from events.catalogue.person_consents import GivenBy, consents_of, may_be_shown
from events.catalogue.person_details import PersonDetails
from events.catalogue.persons import PersonKind, PersonState
from events.declare import CATALOGUE
from events.log.outcome import Recorded
from events.log.read import COLUMNS, Connection, Stored, read_stream, stored
from events.refusals import Refused
from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of, speech_of
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.feed.shapes import feed_event
from services.api.parameters import MinPosition
from services.api.persons.reads import record_reads
from services.api.persons.shapes import (
    Consent,
    Erasure,
    Everything,
    HeldEvent,
    OpenedNote,
    OpenedNotes,
    Person,
    PersonNote,
    PersonNotes,
)
from services.api.persons.shown import list_shown_persons
from services.api.problems import EVENT_NOT_FOUND, PERSON_NOT_FOUND, ApiProblem
from services.persons.opening import MODELS, Opened, naming, notes_of, opened, own_notes, text_of

PersonId = Annotated[UUID, PathParameter(description="The opaque id under which the person was registered")]
EventId = Annotated[UUID, PathParameter(description="As it was answered when recorded")]
Purpose = Annotated[
    str,
    QueryParameter(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="What the data is read for, such as `contact`; recorded where a child's data is read",
    ),
]


@get(
    "/v1/persons/{person_id:str}",
    operation_id="getPerson",
    summary="One person, opened",
    tags=["persons"],
    responses=documented({200: Person}, 400, 404, 409, 503),
)
async def get_person(
    request: AnyRequest, person_id: PersonId, purpose: Purpose, min_position: MinPosition = None
) -> Answer:
    """Who it is, for a stated purpose. That a child's details were read is recorded, before they are shown;
    an erased person reads as erased."""
    ledger = ledger_of(request)
    async with ledger.reading_log(min_position) as (connection, now):
        person = await _person(request, connection, person_id)
    position = await _record_read(request, person, purpose) or now.position
    return answer(person, position)


@get(
    "/v1/persons/{person_id:str}/notes",
    operation_id="getPersonNotes",
    summary="Free texts that may speak of the person",
    tags=["persons"],
    responses=documented({200: PersonNotes}, 400, 404, 503),
)
async def get_person_notes(
    request: AnyRequest, person_id: PersonId, min_position: MinPosition = None
) -> Answer:
    """Every event that names the person and still holds free text: what to look through, and to erase by
    `NoteErased` where it speaks of them, when the person is erased. The texts are not shown."""
    ledger = ledger_of(request)
    least = max(ledger.position, min_position or 0)
    async with ledger.reading_models(MODELS, least) as (connection, position):
        await _known(connection, person_id)
        events = await naming(connection, person_id)
        fields = await notes_of(connection, events)
    notes = [
        PersonNote(e.fact.event_id, e.position, e.fact.stream, e.fact.type, fields[e.fact.event_id])
        for e in events
        if e.fact.event_id in fields
    ]
    return answer(PersonNotes(person_id, notes), position)


@get(
    "/v1/persons/{person_id:str}/everything",
    operation_id="getEverythingOnPerson",
    summary="All that is held on a person",
    tags=["persons"],
    responses=documented({200: Everything}, 400, 404, 409, 503),
)
async def get_everything(
    request: AnyRequest, person_id: PersonId, purpose: Purpose, min_position: MinPosition = None
) -> Answer:
    """What the person may ask for: details, consents, who read them, and every event that names them, with
    its free text opened. Mind others whom such a text may name before handing it over."""
    ledger = ledger_of(request)
    least = max(ledger.position, min_position or 0)
    async with ledger.reading_models(MODELS, least) as (connection, position):
        person = await _person(request, connection, person_id)
        events = await naming(connection, person_id)
        texts = await opened(connection, ledger.master, [e.fact.event_id for e in events])
    held = [_held(e, texts, request) for e in events]
    position = await _record_read(request, person, purpose) or position
    return answer(Everything(person, held), position)


@get(
    "/v1/audit/events/{event_id:str}/notes",
    operation_id="auditEventNotes",
    summary="The free text of one event, opened",
    tags=["audit"],
    responses=documented({200: OpenedNotes}, 400, 404, 503),
)
async def audit_event_notes(
    request: AnyRequest, event_id: EventId, min_position: MinPosition = None
) -> Answer:
    """Notes and reasons as they were written, those that were not erased. A person's details are not among
    them: see `getPerson`."""
    ledger = ledger_of(request)
    async with ledger.reading_log(min_position) as (connection, now):
        row = await connection.fetchrow(f"SELECT {COLUMNS} FROM log.events WHERE event_id = $1", event_id)
        if row is None:
            raise ApiProblem(EVENT_NOT_FOUND, event=str(event_id))
        texts = await opened(connection, ledger.master, [event_id])
    notes = [
        OpenedNote(field, text_of(texts.get((event_id, field))), (event_id, field) not in texts)
        for field in own_notes(stored(row))
    ]
    return answer(OpenedNotes(event_id, notes), now.position)


async def _known(connection: Connection, person_id: UUID) -> tuple[PersonState, list[Stored]]:
    """The person's standing and history. Raises `ApiProblem` where there is none."""
    events = await read_stream(connection, f"person-{person_id}")
    state = PersonState()
    for event in events:
        state.take(event.fact)
    if state.registered is None:
        raise ApiProblem(PERSON_NOT_FOUND, person=str(person_id))
    return state, events


async def _person(request: AnyRequest, connection: Connection, person_id: UUID) -> Person:
    state, events = await _known(connection, person_id)
    registered = state.registered
    assert registered is not None
    kind = registered.data.kind  # type: ignore[attr-defined]
    erased, details = None, None
    if state.erased is not None:
        position = next(e.position for e in events if e.fact.event_id == state.erased.event_id)
        erased = Erasure(state.erased.occurred_on, state.erased.data.ground, position)  # type: ignore[attr-defined]
    elif (told := state.told) is not None:
        plain = (await opened(connection, ledger_of(request).master, [told.event_id])).get(
            (told.event_id, "details")
        )
        details = msgspec.json.decode(plain, type=PersonDetails) if plain is not None else None
    consents = {} if erased else consents_of(state)
    return Person(
        person_id=person_id,
        kind=kind,
        unit_id=state.home,
        registered_on=registered.occurred_on,
        details=details,
        consents=[Consent(p, by, fact.occurred_on) for (p, by), fact in consents.items()],
        publishable=_publishable(kind, details, set(consents)),
        erased=erased,
    )


def _publishable(
    kind: PersonKind, details: PersonDetails | None, consents: set[tuple[str, GivenBy]]
) -> list[str]:
    given: dict[str, set[GivenBy]] = {}
    for purpose, by in consents:
        given.setdefault(purpose, set()).add(by)
    born = details.birth_date if details is not None else None
    return sorted(purpose for purpose, by in given.items() if may_be_shown(kind, born, by, today()))


async def _record_read(request: AnyRequest, person: Person, purpose: str) -> int | None:
    """Record that a child's details are about to be shown. Raises if that cannot be recorded."""
    if person.kind != "child" or person.details is None:
        return None
    shown = [f for f in PersonDetails.__struct_fields__ if getattr(person.details, f) is not None]
    if not shown:
        return None
    (outcome,) = await record_reads(request, [person.person_id], shown, purpose)
    if isinstance(outcome, Refused):
        raise outcome  # erased meanwhile: nothing is shown
    return outcome.position if isinstance(outcome, Recorded) else None


def _held(event: Stored, texts: Opened, request: AnyRequest) -> HeldEvent:
    fact = event.fact
    kind = CATALOGUE[fact.type]
    found = {f: texts.get((fact.event_id, f)) for f in kind.sealed}
    return HeldEvent(
        position=event.position,
        event_id=fact.event_id,
        stream=fact.stream,
        type=fact.type,
        label=kind.vi if speech_of(request) == "vi" else kind.en,
        occurred_on=fact.occurred_on,
        recorded_at=event.recorded_at,
        actor=fact.actor,
        data=feed_event(event.position, event.entry).data,
        opened={f: msgspec.Raw(plain) for f, plain in found.items() if plain is not None},
    )


HANDLERS: list[Any] = [get_person, list_shown_persons, get_person_notes, get_everything, audit_event_notes]
