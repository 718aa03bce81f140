"""The name of a person on a voucher: opened for a stated purpose, for those who may open that person's
details, and of a child not before that is recorded."""

from uuid import UUID

import msgspec

from events.catalogue.person_details import PersonDetails
from events.permissions import OPENING
from events.refusals import Refused
from services.api.access import AnyRequest, asking_of, caller_of, ledger_of
from services.api.persons.reads import record_reads
from services.persons.opening import opened
from services.persons.showing import states_of

_TELLING = ("PersonRegistered", "PersonDetailsChanged")


async def name_of(request: AnyRequest, person_id: UUID, money_of: str, purpose: str) -> str | None:
    """None: erased, without a name, or not to be opened by the caller. Raises what forbids the record.

    `money_of`: the unit of the money entry that names the person; who reaches it may open their details
    (events/permissions.py), wherever the record itself is kept.
    """
    reach, asking = caller_of(request).reach(OPENING), asking_of(request)
    if asking is None or (reach is not None and money_of not in reach):
        return None
    asking.stream = f"person-{person_id}"
    ledger = ledger_of(request)
    async with ledger.reading_log() as (connection, _):
        person = (await states_of(connection, [person_id])).get(person_id)
        if person is None or person.registered is None or person.erased is not None:
            return None
        last = list(person.standing(*_TELLING))[-1].event_id
        plain = (await opened(connection, ledger.master, [last])).get((last, "details"))
    name = msgspec.json.decode(plain, type=PersonDetails).name if plain is not None else None
    if name is not None and person.registered.data.kind == "child":  # type: ignore[attr-defined]
        (outcome,) = await record_reads(request, [person_id], ["name"], purpose)
        if isinstance(outcome, Refused):
            raise outcome  # erased meanwhile: nothing is shown
    return name
