"""What a bank writes around its table: whose account, which days, what lay there before and after."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal

from events.refusals import Refused
from services.banking.mappings import Mapping
from services.banking.numbers import dong
from services.banking.refusals import BAD_DATE, FIELD, WRONG_BANK
from workers.projections.searching import plain

GAP = 60
"""Characters between a label and its value, the label's other language among them."""

_DAY = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}|\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
_FIGURE = re.compile(r"[(+\-−]?\d[\d.,]*\)?", re.ASCII)
_ACCOUNT = re.compile(r"\d[\d ]{2,28}\d", re.ASCII)
_CURRENCY = re.compile(r"\b(vnd|usd|eur|jpy|cny|gbp|aud|sgd|thb|krw|lak|khr|cad|chf|hkd|nzd|myr|twd|rub)\b")


def text_of(cell: str | int | Decimal | dt.date) -> str:
    return cell if isinstance(cell, str) else str(cell)


class Labelled:
    """The rows of a file that are not lines."""

    def __init__(
        self, rows: Sequence[tuple[int, Sequence[str | int | Decimal | dt.date]]], mapping: Mapping
    ) -> None:
        self._mapping = mapping
        self._rows = [(number, self._plain(cells)) for number, cells in rows]
        self._undated = [(number, _DAY.sub(" ", text)) for number, text in self._rows]

    @property
    def looks_for_period(self) -> bool:
        return bool(self._mapping.labels.since and self._mapping.labels.until)

    def require_mark(self) -> None:
        """Raises `statement-wrong-bank` unless the file names the bank."""
        marks = self._mapping.marks
        if marks and not any(
            re.search(rf"\b{re.escape(plain(m))}\b", t) for m in marks for _, t in self._rows
        ):
            raise Refused(WRONG_BANK, FIELD, bank=self._mapping.bank, missing=[f"«{mark}»" for mark in marks])

    def account(self) -> str | None:
        """Digits only."""
        found = self._after(self._mapping.labels.account, _ACCOUNT)
        return re.sub(r"\D", "", found[1]) if found else None

    def currency(self) -> str:
        """Of the account; đồng where nothing is said."""
        found = self._after(self._mapping.labels.currency, _CURRENCY)
        return found[1].upper() if found else "VND"

    def since(self) -> dt.date | None:
        return self._day(self._mapping.labels.since)

    def until(self) -> dt.date | None:
        return self._day(self._mapping.labels.until)

    def opening(self) -> int | None:
        return self._dong(self._mapping.labels.opening)

    def closing(self) -> int | None:
        return self._dong(self._mapping.labels.closing)

    def _plain(self, cells: Sequence[str | int | Decimal | dt.date]) -> str:
        form = self._mapping.dates[0]
        texts = [c.strftime(form) if isinstance(c, dt.date) else text_of(c) for c in cells]
        return plain(" ".join(texts))

    def _after(
        self, labels: Sequence[str], form: re.Pattern[str], *, undated: bool = False
    ) -> tuple[int, str] | None:
        """The first value of that form close behind a label: the row's number, and the value."""
        for label in labels:
            at = re.compile(rf"(?<!\w){re.escape(plain(label))}(?!\w)")
            for number, text in self._undated if undated else self._rows:
                here = at.search(text)
                value = form.search(text, here.end()) if here else None
                if here and value and value.start() - here.end() <= GAP:
                    return number, value[0]
        return None

    def _day(self, labels: Sequence[str]) -> dt.date | None:
        found = self._after(labels, _DAY)
        if found is None:
            return None
        for form in self._mapping.dates:
            try:
                return dt.datetime.strptime(found[1], form).date()
            except ValueError:
                continue
        raise Refused(BAD_DATE, FIELD, row=found[0], expected=self._mapping.dates)

    def _dong(self, labels: Sequence[str]) -> int | None:
        found = self._after(labels, _FIGURE, undated=True)
        return dong(found[1].rstrip(".,"), self._mapping.numbers, found[0]) if found else None
