"""That somebody is about to be shown a child's details goes into the log first; else nothing is shown."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

import msgspec

from events.catalogue.persons import PersonRead
from events.deciding import Command
from events.declare import CATALOGUE
from events.log.outcome import LogUnavailableError, Outcome
from events.vocabulary import today
from services.api.access import AnyRequest, actor_of, ledger_of
from services.api.ledger import not_recorded


async def record_reads(
    request: AnyRequest, person_ids: Iterable[UUID], fields: Sequence[str], purpose: str
) -> list[Outcome]:
    """What became of each record, in order. Who was erased meanwhile, or is out of reach, is refused and not
    to be shown. Raises `ApiProblem` where the log is away."""
    kind, day, actor = CATALOGUE["PersonRead"], today(), actor_of(request)
    told = [{"person_id": str(p), "fields": fields, "purpose": purpose} for p in person_ids]
    commands = [Command(kind, msgspec.convert(one, PersonRead), day, uuid4(), actor) for one in told]
    try:
        return await ledger_of(request).log.record(commands)
    except LogUnavailableError as e:
        raise not_recorded(e) from None
