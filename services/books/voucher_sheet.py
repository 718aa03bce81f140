"""One voucher with everything that is printed on it: the contents of Luật Kế toán 2015, Art. 16, that the
ledger knows. In Vietnamese, as Art. 11 wants accounting written."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from events.catalogue.vouchers import Series
from events.declare import CATALOGUE
from services.books.terms import purposes
from services.books.vouchers import VoucherLine, lines, stream_of
from services.books.words import in_words
from services.statistics.scope import TREES
from services.writing import number as written
from workers.accounts import label

TITLES: dict[Series, str] = {"pt": "Phiếu thu", "pc": "Phiếu chi"}
MEASURES = {"person": "người", "person_turn": "lượt người", "award": "suất"}
PARTIES = {
    "organisation": "Tổ chức không nêu tên",
    "collective": "Tập thể không nêu tên",
    "person": "Cá nhân",
    "household": "Hộ gia đình",
    "anonymous": "Người ủng hộ ẩn danh",
}


class SheetPosting(msgspec.Struct, frozen=True):
    """A line of the entry in the journal."""

    account: str
    label: list[str]
    """Its path in Vietnamese."""
    amount: int
    """In đồng, whatever the side."""


class Undone(msgspec.Struct, frozen=True):
    """That the entry was reversed."""

    event_id: UUID
    position: int
    occurred_on: dt.date


class VoucherSheet(VoucherLine, frozen=True, kw_only=True):
    """A voucher as it is printed. The ledger holds no addresses or signatures: the page has room for them."""

    unit_id: str
    series: Series
    year: int
    as_known: int
    title: str
    unit_name: str
    superiors: list[str]
    """Names of the units above, the nearest first, on the day of issue."""
    fund_name: str
    owner_unit_id: str
    """Whose the fund was on the day of the entry."""
    party_words: str
    """Who paid or was paid, as printed: a person by id unless their name was asked for and may be opened."""
    content: str
    quantity: int
    measure: str
    unit_price: int | None
    """In đồng; null where it is no whole number."""
    amount_in_words: str
    debit: list[SheetPosting]
    credit: list[SheetPosting]
    recorded_by: UUID
    """The actor, as is who approved."""
    approved_by: UUID | None
    reversal: Undone | None
    issue_event_id: UUID
    """The event that gave the number."""
    issue_position: int
    proof: str
    """Where the entry's proof of inclusion is."""


_ISSUE = "SELECT event_id, position FROM log.events WHERE stream = $1 AND version = $2"

# Behind the wall (an entry of the fund's earlier owner, say) how many were counted is not told.
_ENTRY = """
    SELECT m.unit_id, m.actor, m.approved_by, e.quantity, e.measure,
        (SELECT f.name FROM read_funds.fund f WHERE f.fund_id = m.fund_id) AS fund_name,
        (SELECT f.name FROM read_funds.fund f WHERE f.fund_id = m.other_fund) AS other_name
    FROM read_funds.movement m LEFT JOIN log.events e ON e.position = m.position
    WHERE m.event_id = $1 AND m.line = 0
"""

_POSTINGS = """
    SELECT account, amount FROM read_funds.posting
    WHERE fund_id = $1 AND occurred_on = $2 AND position = $3 ORDER BY line
"""

_REVERSAL = """
    SELECT event_id, position, occurred_on FROM read_funds.movement WHERE event_id = $1 AND line = 0
"""


async def sheet_of(
    connection: Any, unit_id: str, series: Series, year: int, number: int, known: int
) -> VoucherSheet | None:
    """One voucher, as known then; None where there is none of that number.

    Must be called inside a snapshot of `funds` (workers/reading.py).
    """
    stream = stream_of(unit_id, series, year)
    found = await lines(connection, stream, known, number - 1, 1)
    if not found or found[0].number != number:
        return None
    line = found[0]
    issue = await connection.fetchrow(_ISSUE, stream, number)
    entry = await connection.fetchrow(_ENTRY, line.event_id)
    terms = await purposes(connection)
    unit_name, superiors = await _names(connection, unit_id, line.issued_on, known)
    posted = await connection.fetch(_POSTINGS, line.fund_id, line.occurred_on, line.position)
    reversal = await connection.fetchrow(_REVERSAL, line.reversed_by) if line.reversed_by else None
    counted = entry["quantity"] if line.type == "AwardGranted" else None
    quantity = counted or 1
    measure = MEASURES[entry["measure"]] if counted else "khoản"
    return VoucherSheet(
        **msgspec.structs.asdict(line),
        unit_id=unit_id,
        series=series,
        year=year,
        as_known=known,
        title=TITLES[series],
        unit_name=unit_name,
        superiors=superiors,
        fund_name=entry["fund_name"] or line.fund_id,
        owner_unit_id=entry["unit_id"],
        party_words=party_words(
            line, entry["other_name"], f"{written(quantity)} {measure}" if counted else None
        ),
        content=_content(line, terms),
        quantity=quantity,
        measure=measure,
        unit_price=None if line.amount % quantity else line.amount // quantity,
        amount_in_words=in_words(line.amount),
        debit=[_posting(row, terms) for row in posted if row["amount"] > 0],
        credit=[_posting(row, terms) for row in posted if row["amount"] < 0],
        recorded_by=entry["actor"],
        approved_by=entry["approved_by"],
        reversal=Undone(**reversal) if reversal else None,
        issue_event_id=issue["event_id"],
        issue_position=issue["position"],
        proof=f"/v1/audit/events/{line.event_id}/proof",
    )


def party_words(line: VoucherLine, other_fund: str | None, recipients: str | None) -> str:
    """Who paid or was paid, as printed; persons by id."""
    party = line.counterparty
    if party is None and line.type == "AwardGranted":
        return "Theo danh sách kèm theo" + (f": {recipients}" if recipients else "")
    if party is None:
        return "Không nêu"
    if party.fund_id is not None:
        return f"{other_fund} (quỹ {party.fund_id})" if other_fund else f"Quỹ {party.fund_id}"
    if party.name is not None:
        return party.name
    words = PARTIES[party.kind or "anonymous"]
    return f"{words} (mã {party.person_id})" if party.person_id else words


def _content(line: VoucherLine, terms: dict[str, str]) -> str:
    words = CATALOGUE[line.type].vi
    return f"{words}: {terms.get(line.purpose, line.purpose)}" if line.purpose else words


def _posting(row: Any, terms: dict[str, str]) -> SheetPosting:
    return SheetPosting(row["account"], list(label(row["account"], "vi", terms)), abs(row["amount"]))


async def _names(connection: Any, unit_id: str, on: dt.date, known: int) -> tuple[str, list[str]]:
    tree = await TREES.at(connection, known)
    unit = tree.get(unit_id)
    if unit is None:
        return unit_id, []
    above = (tree.get(superior) for superior in tree.ancestors(unit_id, on))
    return unit.name(on), [superior.name(on) for superior in above if superior is not None]
