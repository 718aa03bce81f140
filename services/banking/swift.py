"""MT940, SWIFT's customer statement, through the library `mt-940`."""

import datetime as dt
import io
import logging
from typing import Any

import mt940

from events.refusals import Refused, Spoken
from services.banking.csv_files import decoded
from services.banking.numbers import whole
from services.banking.refusals import FIELD, OTHER_CURRENCY, SEVERAL, TOO_LARGE, unreadable
from services.banking.statement import (
    MOST_LINES,
    Statement,
    checked,
    clean,
    incomplete,
    numbered,
    require_dong,
)

FORMAT = "MT940"
OPTIONS = mt940.Options.all()
"""Among them: a reversed credit (`RC`) went out."""

# The library logs what it cannot read, names of persons among it.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)


def read_mt940(content: bytes) -> Statement:
    """The one statement of a file. Raises `Refused`."""
    text = decoded(content, "utf-8-sig").replace("\r\n", "\n")
    try:
        return checked(_statement(mt940.parse_statements(io.StringIO(text), options=OPTIONS)))
    except Refused:
        raise
    except Exception:  # whatever the library makes of a damaged file
        raise unreadable(FORMAT) from None


def _statement(statements: list[Any]) -> Statement:
    """`Any`: the library's values, by tag."""
    if len(statements) != 1:
        if not statements:
            raise unreadable(FORMAT)
        raise Refused(SEVERAL, FIELD, count=len(statements))
    found, said = list(statements[0]), statements[0].data
    opening, closing = said.get("final_opening_balance"), said.get("final_closing_balance")
    if opening is None or closing is None:
        raise incomplete(Spoken("số dư đầu hoặc cuối kỳ (:60F:, :62F:)", "a balance (:60F:, :62F:)"))
    if len(found) > MOST_LINES:
        raise Refused(TOO_LARGE, FIELD, limit=MOST_LINES, what=Spoken("dòng", "lines"))
    currencies = {opening.amount.currency, closing.amount.currency}
    if len(currencies) != 1:
        raise Refused(OTHER_CURRENCY, FIELD, currency=sorted(map(str, currencies)))
    require_dong(currency := currencies.pop())
    lines = [
        (_booked(one.data), whole(one.data["amount"].amount, at), _said(one.data), _reference(one.data), at)
        for at, one in enumerate(found, 1)
    ]
    account = clean(said.get("account_identification") or "")
    return Statement(
        bank=None,
        account=account.rsplit("/", 1)[-1] or None,
        currency=currency,
        from_date=_first_day(_plain_day(opening.date), _plain_day(closing.date), [line[0] for line in lines]),
        to_date=_plain_day(closing.date),
        opening=whole(opening.amount.amount, 0),
        closing=whole(closing.amount.amount, 0),
        lines=numbered([line for line in lines if line[1]]),
    )


def _first_day(opened: dt.date, closed: dt.date, booked: list[dt.date]) -> dt.date:
    """:60F: repeats the :62F: of the statement before, its day too: the period begins on the day after. Some
    banks write the period's own first day, seen by a line of that day or a statement of a single one."""
    return opened if opened in booked or opened >= closed else opened + dt.timedelta(days=1)


def _booked(entry: dict[str, Any]) -> dt.date:
    """The day of entry, where the bank gives one beside the value date."""
    return _plain_day(entry.get("guessed_entry_date") or entry.get("entry_date") or entry["date"])


def _plain_day(day: dt.date) -> dt.date:
    return dt.date(day.year, day.month, day.day)


def _said(entry: dict[str, Any]) -> str:
    parts = [entry.get(name) or "" for name in ("transaction_details", "purpose", "extra_details")]
    return " · ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _reference(entry: dict[str, Any]) -> str | None:
    names = [entry.get(name) for name in ("bank_reference", "customer_reference")]
    return next((name for name in names if name and name != "NONREF"), None)
