"""A bank statement as every reader gives it: integer đồng, days, and lines numbered as they came."""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from events.refusals import Refused, Spoken
from services.banking.refusals import (
    FIELD,
    INCOMPLETE,
    NO_SUM,
    OTHER_CURRENCY,
    OUT_OF_RANGE,
    OUTSIDE_PERIOD,
    TOO_LARGE,
)

Format = Literal["csv", "xlsx", "camt", "mt940"]
FORMATS: tuple[Format, ...] = get_args(Format)

MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 9_999
"""A statement is recorded at once with all of its lines; more than that is decided in no single append."""
MOST_DONG = 10**15
LONGEST_TEXT = 4_000
NO_TEXT = "–"
CURRENCIES = ("VND", "VNĐ", "ĐỒNG", "₫")


class Line(msgspec.Struct, frozen=True):
    """One line: what came in is positive, what went out negative, in đồng."""

    line: int
    """From 1."""
    date: dt.date
    amount: int
    text: str
    reference: str | None = None
    row: int = 0
    """Where it stands in the file, for refusals; 0: files that have no rows."""


class Statement(msgspec.Struct, frozen=True):
    """What the bank says of one account from the first to the last day, both included."""

    currency: str
    from_date: dt.date
    to_date: dt.date
    opening: int
    closing: int
    lines: list[Line]
    bank: str | None = None
    account: str | None = None


def checked(statement: Statement) -> Statement:
    """The same, if it is in đồng, lies in its period and adds up. Raises `Refused`."""
    require_dong(statement.currency)
    if len(statement.lines) > MOST_LINES:
        raise Refused(TOO_LARGE, FIELD, limit=MOST_LINES, what=Spoken("dòng", "lines"))
    if statement.to_date < statement.from_date:
        raise incomplete(Spoken("kỳ sao kê hợp lệ", "a period that ends after its beginning"))
    for line in statement.lines:
        if not statement.from_date <= line.date <= statement.to_date:
            raise Refused(
                OUTSIDE_PERIOD,
                FIELD,
                row=line.row or line.line,
                day=line.date,
                from_date=statement.from_date,
                to_date=statement.to_date,
            )
    balances = (statement.opening, statement.closing)
    if min(balances) < 0 or max(*balances, *(abs(line.amount) for line in statement.lines), 0) > MOST_DONG:
        raise Refused(OUT_OF_RANGE, FIELD)
    moved = sum(line.amount for line in statement.lines)
    if statement.opening + moved != statement.closing:
        raise Refused(
            NO_SUM,
            FIELD,
            opening=statement.opening,
            moved=moved,
            sum=statement.opening + moved,
            closing=statement.closing,
        )
    return statement


def require_dong(currency: str) -> None:
    """Raises `statement-other-currency`."""
    if currency.upper() not in CURRENCIES:
        raise Refused(OTHER_CURRENCY, FIELD, currency=clean(currency)[:10])


def numbered(lines: Sequence[tuple[dt.date, int, str, str | None, int]]) -> list[Line]:
    """Lines from (day, amount, text, reference, row in the file), texts made fit to be kept."""
    return [
        Line(number, day, amount, clean(text) or NO_TEXT, clean(reference or "") or None, row)
        for number, (day, amount, text, reference, row) in enumerate(lines, 1)
    ]


def clean(text: str) -> str:
    """One line in NFC without control characters, at most `LONGEST_TEXT` characters."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())[:LONGEST_TEXT].rstrip()


def incomplete(missing: Spoken) -> Refused:
    return Refused(INCOMPLETE, FIELD, missing=missing)
