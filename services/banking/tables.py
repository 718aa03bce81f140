"""A bank's table, whether it came as CSV or as a workbook, read by the mapping of that bank."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from events.refusals import Refused, Spoken
from services.banking.labels import Labelled, text_of
from services.banking.mappings import Columns, Mapping, same
from services.banking.numbers import dong, whole
from services.banking.refusals import BAD_DATE, FIELD, TOO_LARGE, UNCLEAR_ROW, WRONG_BANK
from services.banking.statement import MOST_LINES, Statement, checked, incomplete, numbered, require_dong

Cell = str | int | Decimal | dt.date

MOST_ROWS = 20_000
MOST_COLUMNS = 100
HEADER_WITHIN = 200
"""Rows from the top within which the header of the table stands."""
OPTIONAL = ("reference", "balance")
SUMS = re.compile(
    r"(tong (cong|so|phat sinh|doanh so)|cong (phat sinh|doanh so)|phat sinh trong ky|total"
    r"|so du|du (dau|cuoi)|(opening|closing|ending) balance)\b.*|cong|tong"
)
"""A row of sums, as `same` writes it: it has figures, and no day."""

_BOTH = Spoken("vừa ghi nợ vừa ghi có", "it has a debit and a credit")
_NEGATIVE = Spoken("số âm ở cột ghi nợ hoặc ghi có", "a negative figure stands under debit or credit")
_NO_DAY = Spoken("có số tiền mà không có ngày", "it has an amount and no day")


class Row(NamedTuple):
    """A row that is not blank, and its number in the file from 1."""

    number: int
    cells: list[Cell]


class _Entry(NamedTuple):
    day: dt.date
    amount: int
    text: str
    reference: str | None
    row: int
    balance: int | None


def read_table(rows: Sequence[Row], mapping: Mapping) -> Statement:
    """The statement that a table holds. Raises `Refused`."""
    at, places = _header(rows, mapping)
    entries, others = [], list(rows[:at])
    require_dong(Labelled(others, mapping).currency())
    for row in rows[at + 1 :]:
        entry = _entry(row, places, mapping)
        if entry is None:
            others.append(row)
        elif entry.amount:
            entries.append(entry)
            if len(entries) > MOST_LINES:
                raise Refused(TOO_LARGE, FIELD, limit=MOST_LINES, what=Spoken("dòng", "lines"))
    if mapping.newest_first:
        entries.reverse()
    said = Labelled(others, mapping)
    said.require_mark()
    opening, closing = _balances(said, entries)
    since, until = _period(said, entries)
    return checked(
        Statement(
            bank=mapping.bank,
            account=said.account(),
            currency=said.currency(),
            from_date=since,
            to_date=until,
            opening=opening,
            closing=closing,
            lines=numbered([entry[:5] for entry in entries]),
        )
    )


def _header(rows: Sequence[Row], mapping: Mapping) -> tuple[int, dict[str, int]]:
    """The row with the headers, and where each column stands. Raises `statement-wrong-bank`, naming what is
    missing in the row that comes nearest."""
    wanted = {name: words for name in Columns.__struct_fields__ if (words := getattr(mapping.columns, name))}
    missing = [words[0] for name, words in wanted.items() if name not in OPTIONAL]
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        places = _places(row, wanted)
        lacking = [w[0] for name, w in wanted.items() if name not in places and name not in OPTIONAL]
        if not lacking and len(set(places.values())) == len(places):
            return at, places
        if len(lacking) < len(missing):
            missing = lacking
    raise Refused(WRONG_BANK, FIELD, bank=mapping.bank, missing=[f"«{word}»" for word in missing])


def _places(row: Row, wanted: dict[str, list[str]]) -> dict[str, int]:
    """The first wording of each column that stands exactly once."""
    headers = [same(text_of(cell)) for cell in row.cells]
    found = {}
    for name, words in wanted.items():
        at = next((headers.index(w) for w in map(same, words) if headers.count(w) == 1), None)
        if at is not None:
            found[name] = at
    return found


def _entry(row: Row, places: dict[str, int], mapping: Mapping) -> _Entry | None:
    """The line of a row; None for titles, sums and remarks. Raises `Refused` for what is neither."""

    def cell(name: str) -> Cell:
        at = places.get(name)
        return row.cells[at] if at is not None and at < len(row.cells) else ""

    moneys = [cell(name) for name in ("debit", "credit", "amount")]
    day = day_of_cell(cell("date"), mapping)
    if day is None:
        if not any(map(_has_figure, moneys)) or any(SUMS.fullmatch(same(text_of(c))) for c in row.cells):
            return None
        if not text_of(cell("date")).strip():
            raise Refused(UNCLEAR_ROW, FIELD, row=row.number, why=_NO_DAY)
        raise Refused(BAD_DATE, FIELD, row=row.number, expected=mapping.dates)
    debit, credit, amount = (_dong(money, mapping, row.number) or 0 for money in moneys)
    if debit and credit:
        raise Refused(UNCLEAR_ROW, FIELD, row=row.number, why=_BOTH)
    if debit < 0 or credit < 0:
        raise Refused(UNCLEAR_ROW, FIELD, row=row.number, why=_NEGATIVE)
    balance = _dong(cell("balance"), mapping, row.number)
    text, reference = text_of(cell("text")), text_of(cell("reference"))
    return _Entry(day, amount + credit - debit, text, reference, row.number, balance)


def day_of_cell(cell: Cell, mapping: Mapping) -> dt.date | None:
    """The day in a cell; a second line in it (many banks put the document number there) is left out."""
    if isinstance(cell, dt.date):
        return cell
    first = text_of(cell).strip().split("\n")[0].strip()
    for form in mapping.dates:
        try:
            return dt.datetime.strptime(first, form).date()
        except ValueError:
            continue
    return None


def _dong(cell: Cell, mapping: Mapping, row: int) -> int | None:
    if isinstance(cell, str):
        return dong(cell, mapping.numbers, row)
    if isinstance(cell, dt.date):
        return dong(str(cell), mapping.numbers, row)  # refused: a day where an amount should be
    return whole(Decimal(cell), row)


def _has_figure(cell: Cell) -> bool:
    return any(c.isdigit() for c in text_of(cell))


def _balances(said: Labelled, entries: Sequence[_Entry]) -> tuple[int, int]:
    """Opening and closing, as labelled, else from the running balance. Raises `statement-incomplete`."""
    opening, closing = said.opening(), said.closing()
    if opening is None and entries and entries[0].balance is not None:
        opening = entries[0].balance - entries[0].amount
    if closing is None and entries:
        closing = entries[-1].balance
    if opening is None:
        raise incomplete(Spoken("số dư đầu kỳ", "the opening balance"))
    if closing is None:
        raise incomplete(Spoken("số dư cuối kỳ", "the closing balance"))
    return opening, closing


def _period(said: Labelled, entries: Sequence[_Entry]) -> tuple[dt.date, dt.date]:
    since, until = said.since(), said.until()
    days = [entry.day for entry in entries]
    if since is None and not said.looks_for_period and days:
        since = min(days)
    if until is None and not said.looks_for_period and days:
        until = max(days)
    if since is None or until is None:
        raise incomplete(Spoken("kỳ sao kê (từ ngày, đến ngày)", "the period (from, to)"))
    return since, until


def filled(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[Row]:
    """Rows that are not blank. Raises `statement-too-large`."""
    for number, cells in rows:
        if number > MOST_ROWS:
            raise Refused(TOO_LARGE, FIELD, limit=MOST_ROWS, what=Spoken("dòng trong bảng", "rows"))
        if any(text_of(cell).strip() for cell in cells):
            yield Row(number, cells)
