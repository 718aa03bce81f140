"""The route of the yearly list of contributions and uses: as data, as a page to publish, as CSV."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import get

from events.log.outcome import Recorded
from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of, speech_of
from services.api.accounts.asked import books_asked
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.pages import accepted, text_answer
from services.api.parameters import AsKnown, Identifier, MinPosition, YearOf
from services.api.persons.reads import record_reads
from services.api.statements.controller import name_of_unit, period_of, unbalanced
from services.books.disclosure import PURPOSE, Disclosure, awards, check, ever_consented, given, listed
from services.books.disclosure_page import as_csv, page
from services.books.flows import NotAddingUpError
from services.books.terms import purposes
from services.persons.showing import shown_persons

HTML, CSV = "text/html", "text/csv"


@get(
    "/v1/units/{unit_id:str}/disclosure/{year:str}",
    operation_id="getDisclosure",
    summary="The year's contributions and uses, to publish",
    tags=["funds"],
    responses=documented({200: Disclosure}, 400, 404, 503),
)
async def disclosure(
    request: AnyRequest,
    unit_id: Identifier,
    year: YearOf,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """What the funds of the unit and all below were given in a year and what was done with it, to be
    published by 31 March of the next (Nghị định 03/2026). Persons and households are named only where they
    consented to the purpose `disclosure`, by the consents that stand now; that a child's name is read is
    recorded first. With `Accept: text/html` a page, with `text/csv` a table of the same."""
    first, last, language = dt.date(year, 1, 1), dt.date(year, 12, 31), speech_of(request)
    as_of = max(first, min(last, today()))
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        of = (scope.fund_ids, first, last)
        found = await period_of(connection, unit_id, *of, scope.cut, language)
        gifts = await given(connection, *of, scope.known)
        paid = await awards(connection, *of, scope.known, language)
        terms = await purposes(connection)
        name = await name_of_unit(connection, unit_id, as_of, scope.known)
    names = await _names(request, {gift.person_id for gift in gifts if gift.person_id is not None})
    named, others = listed(gifts, names, terms, language)
    sums = [sum(f.money for f in found.sources if f.kind == "donation")]
    sums += [sum(f.goods for f in found.sources if f.kind == "donation")]
    made = Disclosure(
        unit_id=unit_id,
        name=name,
        year=year,
        from_date=first,
        to_date=last,
        as_known=scope.known,
        made_on=today(),
        consent_purpose=PURPOSE,
        funds=len(scope.funds),
        money=found.money,
        goods=found.goods,
        contributed_money=sums[0],
        contributed_goods=sums[1],
        contributions=named,
        unnamed=others,
        other_sources=[flow for flow in found.sources if flow.kind != "donation"],
        awards=paid,
        other_uses=[flow for flow in found.uses if flow.kind != "award"],
    )
    try:
        check(made, found)
    except NotAddingUpError as e:
        raise unbalanced(unit_id, e) from None
    form = accepted(request, HTML, CSV)
    if form == HTML:
        return text_answer(page(made), HTML, scope.known)
    if form == CSV:
        return text_answer(as_csv(made), CSV, scope.known)
    return answer(made, scope.known)


async def _names(request: AnyRequest, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Who may be named, with the name. A child only once it is recorded that the name is read."""
    ids, ledger = list(person_ids), ledger_of(request)
    if not ids:
        return {}
    # Half a history would not show that a consent was withdrawn where the person moved to.
    async with ledger.past_the_wall() as connection:
        consented = await ever_consented(connection, ids)
        found = await shown_persons(connection, ledger.master, consented, PURPOSE, today())
    shown = {p.person_id: p for p in found if p.name is not None}
    children = [p.person_id for p in shown.values() if p.kind == "child"]
    outcomes = await record_reads(request, children, ["name"], PURPOSE)
    unread = {c for c, o in zip(children, outcomes, strict=True) if not isinstance(o, Recorded)}
    return {p: one.name for p, one in shown.items() if one.name is not None and p not in unread}


HANDLERS: list[Any] = [disclosure]
