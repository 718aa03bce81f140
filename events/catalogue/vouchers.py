"""Vouchers (phiếu thu, phiếu chi): numbered per unit, series and year of issue, without gaps.

A voucher is never asked for: it comes with every cash or bank receipt and payment, in the same append, and
its number is its place in the stream. A reversed entry keeps its voucher; the number is not used again.
"""

from typing import Literal

from events.book import Book, State, state_of
from events.catalogue.fund_standing import Standing
from events.declare import Data, Effect, event
from events.refusals import Refused, code
from events.vocabulary import EventRef, Id, Positive, Year

Series = Literal["pt", "pc"]
"""`pt`: phiếu thu, a receipt. `pc`: phiếu chi, a payment."""

ISSUED_BY_RULE = code(
    "voucher-issued-by-rule",
    vi="Chứng từ do hệ thống lập cùng khoản thu, chi; không ghi riêng được.",
    en="Vouchers are issued with receipts and payments; they cannot be recorded on their own.",
)


@state_of("voucher")
class VoucherState(State):
    """Only how many vouchers there are: the version."""

    keeps_facts = False


@event(
    "voucher-{unit_id}.{series}.{year}",
    vi="Lập chứng từ",
    en="Voucher issued",
    internal=True,
    example={
        "unit_id": "bac-kan-city",
        "series": "pt",
        "year": 2017,
        "number": 1,
        "event_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
    },
)
class VoucherIssued(Data, frozen=True):
    """A receipt (`pt`) or payment (`pc`) voucher for the event it came with."""

    unit_id: Id
    series: Series
    year: Year
    number: Positive
    event_id: EventRef

    def decide(self, book: Book) -> Effect:
        raise Refused(ISSUED_BY_RULE)


def issue(book: Book, fund: Standing, series: Series, pocket: str) -> None:
    """Append the voucher of the receipt or payment being decided; goods have none.

    It is issued today, by the unit to which the fund belongs today.
    """
    if pocket == "goods":
        return
    issuer = fund.state.owner(book.today)
    stream = f"voucher-{issuer}.{series}.{book.today.year}"
    voucher = VoucherIssued(
        unit_id=issuer,
        series=series,
        year=book.today.year,
        number=book.state(stream, VoucherState).version + 1,
        event_id=str(book.event_id),
    )
    level = book.known_unit(issuer).level
    columns = Effect(unit=issuer, level=level, year=book.today.year, subject=series, target=book.event_id)
    book.also(voucher, columns, book.today)
