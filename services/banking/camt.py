"""camt.053, the bank-to-customer statement of ISO 20022 (MDR parts 1 and 2), versions 02 to 13.

Read element by element with defusedxml, which refuses document types and entities. Names are compared
without their namespace: versions differ in little else of what is read here.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NoReturn
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from events.refusals import Refused, Spoken
from events.vocabulary import VIETNAM
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

FORMAT = "camt.053"
BOOKED = "BOOK"


def read_camt(content: bytes) -> Statement:
    """The one statement of a message. Pending entries are left out. Raises `Refused`."""
    try:
        return checked(_statement(fromstring(content, forbid_dtd=True)))
    except Refused:
        raise
    except Exception:  # not XML, XML with a document type, or damaged beyond what is looked at below
        raise unreadable(FORMAT) from None


def _statement(root: Element) -> Statement:
    statements = list(_all(root, "BkToCstmrStmt", "Stmt"))
    if len(statements) != 1:
        if not statements:
            raise unreadable(FORMAT)
        raise Refused(SEVERAL, FIELD, count=len(statements))
    found = statements[0]
    balances = {_text(b, "Tp", "CdOrPrtry", "Cd"): b for b in _all(found, "Bal")}
    opening, closing = balances.get("OPBD", balances.get("PRCD")), balances.get("CLBD")
    if opening is None:
        raise incomplete(Spoken("số dư đầu kỳ (OPBD)", "the opening balance (OPBD)"))
    if closing is None:
        raise incomplete(Spoken("số dư cuối kỳ (CLBD)", "the closing balance (CLBD)"))
    entries = [e for e in _all(found, "Ntry") if _status(e) == BOOKED]
    if len(entries) > MOST_LINES:
        raise Refused(TOO_LARGE, FIELD, limit=MOST_LINES, what=Spoken("dòng", "lines"))
    require_dong(currency := _currency(found, [opening, closing, *entries]))
    since, until = _period(found, opening, closing)
    lines = [
        (_day(_one(entry, "BookgDt")), _amount(entry, at), _said(entry), _reference(entry), at)
        for at, entry in enumerate(entries, 1)
    ]
    return Statement(
        bank=_text(found, "Acct", "Svcr", "FinInstnId", "Nm"),
        account=_text(found, "Acct", "Id", "IBAN") or _text(found, "Acct", "Id", "Othr", "Id"),
        currency=currency,
        from_date=since,
        to_date=until,
        opening=_amount(opening, 0),
        closing=_amount(closing, 0),
        lines=numbered([line for line in lines if line[1]]),
    )


def _period(found: Element, opening: Element, closing: Element) -> tuple[dt.date, dt.date]:
    """As stated; else the days of the balances; the previous statement's closing one is a day earlier.

    Midnight is the end of the day before, or of that day where the closing balance is of that day.
    """
    since, until = _text(found, "FrToDt", "FrDtTm"), _text(found, "FrToDt", "ToDtTm")
    if since and until:
        first, last = _instant(since), _instant(until)
        closed = _text(closing, "Dt", "Dt") == str(last.date())
        before = last.time() == dt.time() and last.date() > first.date() and not closed
        return first.date(), last.date() - dt.timedelta(days=before)
    previous = _text(opening, "Tp", "CdOrPrtry", "Cd") == "PRCD"
    return _day(_one(opening, "Dt")) + dt.timedelta(days=previous), _day(_one(closing, "Dt"))


def _amount(entry: Element, row: int) -> int:
    """Signed đồng of an entry or a balance: `CRDT` came in, `DBIT` went out, of reversals too."""
    try:
        amount = Decimal(_text(entry, "Amt") or "")
    except InvalidOperation:
        _broken()
    sign = {"CRDT": 1, "DBIT": -1}.get(_text(entry, "CdtDbtInd") or "")
    if sign is None or amount < 0:
        _broken()
    return sign * whole(amount, row)


def _currency(found: Element, amounts: list[Element]) -> str:
    """One for the whole statement. Raises `statement-other-currency`."""
    named = {amount.get("Ccy", "") for part in amounts for amount in _all(part, "Amt")}
    named |= {_text(found, "Acct", "Ccy") or ""}
    named -= {""}
    if len(named) != 1:
        raise Refused(OTHER_CURRENCY, FIELD, currency=[clean(one)[:10] for one in sorted(named)] or "?")
    return named.pop()


def _status(entry: Element) -> str | None:
    return _text(entry, "Sts", "Cd") or _text(entry, "Sts")


def _said(entry: Element) -> str:
    """Remittance information, then who paid or was paid, then what the bank adds."""
    parts = []
    for details in _all(entry, "NtryDtls", "TxDtls"):
        parts += [text.text or "" for text in _all(details, "RmtInf", "Ustrd")]
        for side in ("Dbtr", "Cdtr"):
            parts.append(
                _text(details, "RltdPties", side, "Nm")
                or _text(details, "RltdPties", side, "Pty", "Nm")
                or ""
            )
    parts.append(_text(entry, "AddtlNtryInf") or "")
    return " · ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _reference(entry: Element) -> str | None:
    return _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")


def _day(dated: Element | None) -> dt.date:
    if dated is None:
        _broken()
    day = _text(dated, "Dt")
    return dt.date.fromisoformat(day) if day else _instant(_text(dated, "DtTm") or "").date()


def _instant(text: str) -> dt.datetime:
    """In Vietnam, where the bank says in which zone it counts."""
    instant = dt.datetime.fromisoformat(text)
    return instant.astimezone(VIETNAM) if instant.tzinfo else instant


def _all(element: Element, *path: str) -> Iterator[Element]:
    """Every element at that path below, whatever its namespace."""
    if not path:
        yield element
        return
    for child in element:
        if isinstance(child.tag, str) and child.tag.rsplit("}", 1)[-1] == path[0]:
            yield from _all(child, *path[1:])


def _one(element: Element, *path: str) -> Element | None:
    return next(_all(element, *path), None)


def _text(element: Element, *path: str) -> str | None:
    found = _one(element, *path)
    return ((found.text or "").strip() or None) if found is not None else None


def _broken() -> NoReturn:
    raise unreadable(FORMAT)
