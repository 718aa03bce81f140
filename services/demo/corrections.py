"""What was recorded late or wrong in 2017 and put right in February 2018: nothing is ever changed in place.

Takes the year as it truly was; gives the year as it was first recorded, and what February added.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.demo.centres import centre_of
from services.demo.commands import Command, command
from services.demo.donations import LATE_DONATION
from services.demo.funds import fund_of

WRONG_AWARD_OF = "duc-xuan-to-10b"
WRONG_CLASS_AT = centre_of("xuat-hoa")
PUT_RIGHT = date(2018, 2, 12)


def misrecord(year: Iterable[Command]) -> tuple[list[Command], list[Command]]:
    """(2017 as first recorded, what put it right), each in recording order."""
    true = list(year)
    award = next(entry for entry in true if _is_award_of(entry, fund_of(WRONG_AWARD_OF)))
    held = next(entry for entry in true if entry["data"].get("centre_id") == WRONG_CLASS_AT)
    late = next(entry for entry in true if entry["data"].get("donation_id") == LATE_DONATION)
    # A slip that doubles a number is what the ledger's own checks cannot see.
    recipients, amount = award["data"]["recipients"] * 2, award["data"]["amount"] * 2
    wrong_award = _with(award, recipients=recipients, amount=amount)
    wrong_class = _with(held, participants=held["data"]["participants"] * 10)
    first = [wrong_award if e is award else wrong_class if e is held else e for e in true if e is not late]
    return first, [
        {**late, "metadata": {**late["metadata"], "first_recorded_on": PUT_RIGHT.isoformat()}},
        _reversal(wrong_award),
        _anew(award, award_id=f"{award['data']['award_id']}-anew"),
        _withdrawal(wrong_class),
        _anew(held),
    ]


def _is_award_of(entry: Command, fund_id: str) -> bool:
    return entry["type"] == "AwardGranted" and entry["data"]["fund_id"] == fund_id


def _with(entry: Command, **changes: Any) -> Command:
    return {**entry, "data": {**entry["data"], **changes}}


def _reversal(wrong: Command) -> Command:
    """Dated as the rule dates it: the day of the entry, whose period is still open."""
    data = {
        "fund_id": wrong["data"]["fund_id"],
        "event_id": f"command:{wrong['command_id']}",
        "reason": "Ghi nhầm số học sinh và số tiền; lập lại cho đúng.",
    }
    on = date.fromisoformat(wrong["occurred_on"])
    return command("EntryReversed", on, wrong["command_id"], data)


def _withdrawal(wrong: Command) -> Command:
    data = {
        "event_id": f"command:{wrong['command_id']}",
        "reason": "Ghi thừa một chữ số ở số lượt người học.",
    }
    return command("RecordWithdrawn", PUT_RIGHT, wrong["command_id"], data)


def _anew(right: Command, **changes: str) -> Command:
    """The same fact, rightly told, as a record of its own."""
    on = date.fromisoformat(right["occurred_on"])
    source = str(right["metadata"]["source"])
    data = {**right["data"], **changes}
    return command(right["type"], on, f"{right['command_id']}/anew", data, source=source)
