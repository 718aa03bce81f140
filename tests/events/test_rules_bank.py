"""Bank statements and what becomes of their lines: recorded once, matched once, nothing overlapping."""

from typing import Any
from uuid import uuid4

import pytest

from events.declare import Fact
from events.refusals import Refused
from tests.events.funds import city_fund, give, open_fund, pay, reverse
from tests.events.history import History
from tests.events.units import withdraw

STATEMENT = {
    "fund_id": "city",
    "statement_id": "s9",
    "from_date": "2017-09-01",
    "to_date": "2017-09-30",
    "opening": 1_000_000,
    "closing": 1_500_000,
    "file_digest": "a" * 64,
}
ON = "2017-10-01"


@pytest.fixture
def given() -> History:
    """A fund with a million at the bank, and September's statement with two lines: 500.000 in, 20.000 out."""
    given = city_fund(bank=1_000_000)
    given.record("BankStatementRecorded", ON, **STATEMENT)
    line(given, 1, 500_000)
    line(given, 2, -20_000)
    return given


def line(given: History, number: int, amount: int) -> Fact:
    data = {"fund_id": "city", "statement_id": "s9", "line": number, "amount": amount}
    return given.record("BankLineRecorded", ON, **data, date="2017-09-05", text="UNG HO")[0]


def match(given: History, number: int, *entries: Fact | str, **more: Any) -> Fact:
    ids = [e if isinstance(e, str) else str(e.event_id) for e in entries]
    data = {"fund_id": "city", "statement_id": "s9", "line": number, "event_ids": ids}
    return given.record("BankLineMatched", ON, **data | more)[0]


def set_aside(given: History, number: int) -> Fact:
    data = {"fund_id": "city", "statement_id": "s9", "line": number, "reason": "Phí"}
    return given.record("BankLineSetAside", ON, **data)[0]


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}:")


def test_a_file_and_a_day_are_recorded_once(given: History) -> None:
    later = {"statement_id": "s10", "from_date": "2017-10-01", "to_date": "2017-10-31"}
    with refused("statement-file-twice"):
        given.record("BankStatementRecorded", "2017-11-01", **STATEMENT | later)
    other = STATEMENT | {"statement_id": "x", "file_digest": "b" * 64}
    for days in (("2017-09-30", "2017-10-31"), ("2017-08-01", "2017-09-01"), ("2017-09-10", "2017-09-11")):
        with refused("statement-overlaps"):
            given.record("BankStatementRecorded", "2017-11-01", **other | dict(zip(
                ("from_date", "to_date"), days, strict=True)))  # fmt: skip
    given.record("BankStatementRecorded", "2017-11-01", **other | later)


def test_a_withdrawn_statement_makes_room(given: History) -> None:
    for fact in [f for f in given.log if f.type == "BankLineRecorded"]:
        withdraw(given, fact)
    withdraw(given, next(f for f in given.log if f.type == "BankStatementRecorded"))
    given.record("BankStatementRecorded", "2017-11-01", **STATEMENT)


def test_a_line_matches_one_entry_or_several_that_add_up(given: History) -> None:
    one, two = (give(given, amount, "2017-09-04", pocket="bank") for amount in (300_000, 200_000))
    with refused("match-amount-differs"):
        match(given, 1, one)
    match(given, 1, one, two)
    fee = pay(given, 20_000, "2017-09-05", pocket="bank")
    match(given, 2, fee)


def test_an_entry_and_a_line_are_matched_once(given: History) -> None:
    gift = give(given, 500_000, "2017-09-04", pocket="bank")
    with refused("entry-already-matched"):
        match(given, 1, gift, gift)
    matched = match(given, 1, gift)
    line(given, 3, 500_000)
    with refused("entry-already-matched"):
        match(given, 3, gift)
    for again in (lambda: match(given, 1, gift), lambda: set_aside(given, 1)):
        with refused("bank-line-settled"):
            again()
    withdraw(given, matched)
    match(given, 3, gift)


def test_what_a_match_may_name(given: History) -> None:
    cash = give(given, 500_000, "2017-09-04")
    with refused("entry-not-at-bank"):
        match(given, 1, cash)
    with refused("unknown-event"):
        match(given, 1, str(uuid4()))
    open_fund(given, "other", "city", bank=500_000)
    with refused("entry-of-another-fund"):
        match(given, 1, given.log[-1])
    with refused("unknown-bank-line"):
        match(given, 9, cash)
    with refused("unknown-bank-line"):
        match(given, 1, cash, statement_id="nowhere")


def test_a_returned_payment_is_two_lines(given: History) -> None:
    paid = pay(given, 20_000, "2017-09-05", pocket="bank")
    back = reverse(given, paid)
    line(given, 3, 20_000)
    match(given, 2, paid)
    match(given, 3, back)


def test_a_settled_line_is_not_withdrawn_under_its_match(given: History) -> None:
    recorded = next(f for f in given.log if f.type == "BankLineRecorded")
    aside = set_aside(given, 1)
    with refused("record-stood-on"):
        withdraw(given, recorded)
    withdraw(given, aside)
    withdraw(given, recorded)
    with refused("unknown-bank-line"):
        set_aside(given, 1)
    line(given, 1, 400_000)
    set_aside(given, 1)
