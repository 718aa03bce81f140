"""The route for names that may be shown in public: by consent, unit by unit."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.params import QueryParameter

from events.log.outcome import Recorded
from events.permissions import reached
from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.parameters import Cursor, Identifier, Limit, MinPosition, next_page, understood, written
from services.api.persons.reads import record_reads
from services.api.persons.shapes import ShownPerson, ShownPersons
from services.api.problems import UNIT_NOT_FOUND, ApiProblem
from services.persons.showing import consenting, shown_persons
from services.statistics.scope import TREES

LOOKED_AT = 500
"""Persons looked at in one go, whether they may be shown or not."""


@get(
    "/v1/units/{unit_id:str}/persons",
    operation_id="listShownPersons",
    summary="Persons who may be shown in public",
    tags=["persons"],
    responses=documented({200: ShownPersons}, 400, 404, 503),
)
async def list_shown_persons(
    request: AnyRequest,
    unit_id: Identifier,
    purpose: Annotated[
        str,
        QueryParameter(
            pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
            description="What consent was given for, such as `publish_award_list`",
        ),
    ],
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Names of persons whose records the unit and those below it keep, as far as the consents that stand now
    let them be shown for that purpose. That a child's name was read is recorded before it is shown."""
    ledger = ledger_of(request)
    after = understood(cursor, UUID)
    async with ledger.reading_log(min_position) as (connection, now):
        units = reached(await TREES.at(connection, now.position), unit_id, today())
        if not units:
            raise ApiProblem(UNIT_NOT_FOUND, successors=[], unit=unit_id, named="–")
    # Half a history would show whom a withdrawal, recorded where the person moved to, no longer lets show.
    shown: list[ShownPerson] = []
    async with ledger.past_the_wall() as connection:
        while len(shown) <= limit:
            ids = await consenting(connection, units, purpose, after, LOOKED_AT)
            shown += [
                ShownPerson(p.person_id, p.kind, p.home, p.name)
                for p in await shown_persons(connection, ledger.master, ids, purpose, today())
                if p.name is not None and p.home is not None and p.home in units
            ]
            if len(ids) < LOOKED_AT:
                break
            after = ids[-1]
    # Whoever is not shown is not told of either: not by a cursor, nor by a page that is short.
    link = next_page(request, cursor=written(shown[limit - 1].person_id)) if len(shown) > limit else None
    position, shown = await _recorded(request, shown[:limit], purpose, now.position)
    return answer(ShownPersons(unit_id, purpose, shown), position, link=link)


async def _recorded(
    request: AnyRequest, shown: list[ShownPerson], purpose: str, position: int
) -> tuple[int, list[ShownPerson]]:
    """The position at which it is recorded that the children's names are read, and who is shown then."""
    children = [p.person_id for p in shown if p.kind == "child"]
    outcomes = await record_reads(request, children, ["name"], purpose)
    recorded = {c: o.position for c, o in zip(children, outcomes, strict=True) if isinstance(o, Recorded)}
    kept = [p for p in shown if p.kind != "child" or p.person_id in recorded]
    return max([position, *recorded.values()]), kept
