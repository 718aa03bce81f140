"""Routes of the vouchers: a series with its gaps, and one voucher, as data or as a page to print."""

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import PathParameter, QueryParameter

from events.catalogue.vouchers import Series
from services.api.access import AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.ledger import AGAIN
from services.api.pages import accepted, text_answer
from services.api.parameters import (
    AsKnown,
    Cursor,
    Identifier,
    Limit,
    MinPosition,
    YearOf,
    next_page,
    understood,
    written,
)
from services.api.problems import NOT_REACHED, UNIT_NOT_FOUND, VOUCHER_NOT_FOUND, ApiProblem
from services.api.vouchers.naming import name_of
from services.books.voucher_page import page
from services.books.voucher_sheet import VoucherSheet, sheet_of
from services.books.vouchers import VoucherSeries, series_of
from services.statistics.scope import TREES, KnownChoice, NotYetKnownError, position_meant

MODEL = ("funds",)
HTML = "text/html"

SeriesName = Annotated[
    Series, PathParameter(description="`pt`: phiếu thu, receipts. `pc`: phiếu chi, payments")
]
Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
ReadFor = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="What the name of a person who paid or was paid is read for, such as `signature`; "
        "without it persons are shown by id",
    ),
]


@get(
    "/v1/units/{unit_id:str}/vouchers/{series:str}/{year:str}",
    operation_id="listVouchers",
    summary="A series of vouchers",
    tags=["funds"],
    responses=documented({200: VoucherSeries}, 400, 404, 503),
)
async def list_vouchers(
    request: AnyRequest,
    unit_id: Identifier,
    series: SeriesName,
    year: YearOf,
    as_known: AsKnown = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """What the unit issued in one series and year of issue, and every number that is missing from the log or
    from the books; `gaps` is empty where none is. A reversed entry keeps its number."""
    after = understood(cursor, int) or 0
    async with ledger_of(request).asking(MODEL, min_position) as connection:
        known = await _known(connection, unit_id, as_known)
        report, last = await series_of(connection, unit_id, series, year, known, after=after, limit=limit)
    link = None if last is None else next_page(request, cursor=written(last), as_known=known)
    return answer(report, known, link=link)


@get(
    "/v1/units/{unit_id:str}/vouchers/{series:str}/{year:str}/{number:str}",
    operation_id="getVoucher",
    summary="One voucher, to print",
    tags=["funds"],
    responses=documented({200: VoucherSheet}, 400, 404, 409, 503),
)
async def get_voucher(
    request: AnyRequest,
    unit_id: Identifier,
    series: SeriesName,
    year: YearOf,
    number: Number,
    as_known: AsKnown = None,
    purpose: ReadFor = None,
    min_position: MinPosition = None,
) -> Answer:
    """What the accounting law wants on a voucher (Luật Kế toán 2015, Art. 16), in Vietnamese. With
    `Accept: text/html` a page to print and sign. A person is named only for a `purpose`, to those who may
    open the person's details; that a child's name is read is recorded first."""
    async with ledger_of(request).asking(MODEL, min_position) as connection:
        known = await _known(connection, unit_id, as_known)
        sheet = await sheet_of(connection, unit_id, series, year, number, known)
    if sheet is None:
        raise ApiProblem(VOUCHER_NOT_FOUND, unit=unit_id, series=series, year=year, number=number)
    person = sheet.counterparty.person_id if sheet.counterparty else None
    if purpose is not None and person is not None:
        name = await name_of(request, person, sheet.owner_unit_id, purpose)
        sheet = msgspec.structs.replace(sheet, party_words=name or sheet.party_words)
    if accepted(request, HTML) == HTML:
        return text_answer(page(sheet), HTML, known)
    return answer(sheet, known)


async def _known(connection: Any, unit_id: str, as_known: KnownChoice) -> int:
    """The position meant. Raises `ApiProblem` for a unit that is not in the log, or one not reached yet."""
    try:
        known, reached = await position_meant(connection, "funds", as_known)
    except NotYetKnownError as e:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=e.asked, reached=e.reached) from None
    if (await TREES.at(connection, reached)).get(unit_id) is None:
        raise ApiProblem(UNIT_NOT_FOUND, successors=[], unit=unit_id, named="–")
    return known


HANDLERS: list[Any] = [list_vouchers, get_voucher]
