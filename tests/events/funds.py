"""A city's fund for stories about money."""

import datetime as dt
from itertools import count
from typing import Any

from events.catalogue.fund_state import FundState
from events.declare import Fact
from tests.events.history import History
from tests.events.units import bac_kan

_numbers = count(1)


def city_fund(cash: int = 0, bank: int = 0, restricted_to: list[str] | None = None) -> History:
    """Bắc Kạn with the fund `city` of the unit `city`, opened on 01/01/2017; its opening is the last fact."""
    given = bac_kan()
    open_fund(given, "city", "city", cash=cash, bank=bank, restricted_to=restricted_to)
    return given


def open_fund(
    given: History,
    fund_id: str,
    unit_id: str,
    cash: int = 0,
    bank: int = 0,
    restricted_to: list[str] | None = None,
) -> Fact:
    opening = [{"pocket": p, "amount": a} for p, a in (("cash", cash), ("bank", bank)) if a]
    more: dict[str, Any] = {"opening": opening} if opening else {}
    if restricted_to:
        more["restricted_to"] = restricted_to
    name = f"Quỹ {fund_id}"
    return given.record("FundOpened", "2017-01-01", fund_id=fund_id, unit_id=unit_id, name=name, **more)[0]


def give(given: History, amount: int, on: str | dt.date = "2017-05-01", **more: Any) -> Fact:
    """A donation in cash from an organisation, unless said otherwise."""
    donation = {
        "fund_id": "city",
        "donation_id": f"d-{next(_numbers)}",
        "pocket": "cash",
        "donor": {"kind": "organisation", "name": "Công ty Bắc Kạn"},
    }
    return given.record("DonationReceived", on, **donation | more, amount=amount)[0]


def pay(given: History, amount: int, on: str | dt.date = "2017-05-01", **more: Any) -> Fact:
    """A scholarship for one pupil in cash, unless said otherwise."""
    award = {
        "fund_id": "city",
        "award_id": f"a-{next(_numbers)}",
        "category": "scholarship",
        "recipients": 1,
        "measure": "person",
        "pocket": "cash",
    }
    return given.record("AwardGranted", on, **award | more, amount=amount)[0]


def spend(given: History, amount: int, purpose: str, on: str | dt.date = "2017-05-01", **more: Any) -> Fact:
    """An expense in cash, unless said otherwise."""
    expense = {"fund_id": "city", "expense_id": f"e-{next(_numbers)}", "pocket": "cash"}
    return given.record("ExpensePaid", on, **expense | more, amount=amount, purpose=purpose)[0]


def send(given: History, amount: int, to: str, on: str | dt.date = "2017-05-01", **more: Any) -> Fact:
    """The first half of a transfer from the city's fund, in cash unless said otherwise."""
    half = {"fund_id": "city", "transfer_id": f"t-{next(_numbers)}", "pocket": "cash"}
    return given.record("TransferSent", on, **half | more, to_fund_id=to, amount=amount)[0]


def receive(given: History, sent: Fact, on: str | dt.date = "2017-05-02", **more: Any) -> Fact:
    """The second half of a transfer, as sent unless said otherwise."""
    data: Any = sent.data
    half = {
        "fund_id": data.to_fund_id,
        "transfer_id": data.transfer_id,
        "from_fund_id": data.fund_id,
        "amount": data.amount,
        "pocket": data.pocket,
    }
    return given.record("TransferReceived", on, **half | more)[0]


def reverse(given: History, fact: Fact, on: str | dt.date | None = None, **more: Any) -> Fact:
    """Reverse an entry of the fund it belongs to."""
    data: Any = fact.data
    entry = {"fund_id": data.fund_id, "event_id": str(fact.event_id), "reason": "Ghi nhầm"}
    return given.record("EntryReversed", on or given.today, **entry | more)[0]


def fund_state(given: History, fund_id: str = "city") -> FundState:
    state = given.memory.state(f"fund-{fund_id}")
    assert isinstance(state, FundState)
    return state


def balance(given: History, pocket: str, on: dt.date | None = None, fund_id: str = "city") -> int:
    """What lies in a pocket at a day's end, by default today's."""
    return fund_state(given, fund_id).balance(pocket, on or given.today)
