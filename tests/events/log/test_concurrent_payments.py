"""Many pay from one fund at once, in several processes: what is there is paid out once, and nothing more."""

import asyncio
from typing import Any

from events.log.read import read_stream
from tests.events.log.commands import command, must, refusal, unit
from tests.events.log.conftest import Opens

EACH, ENOUGH_FOR, TRIES = 1_000_000, 100, 200


async def test_of_two_hundred_payments_a_hundred_are_paid(open_log: Opens, service: Any) -> None:
    logs = [await open_log() for _ in range(4)]
    opening = [{"pocket": "cash", "amount": EACH * ENOUGH_FOR}]
    await must(
        logs[0],
        unit("top", level="province"),
        command("FundOpened", fund_id="f", unit_id="top", name="Quỹ", opening=opening),
    )
    outcomes = await asyncio.gather(*(logs[n % 4].record([_expense(n)]) for n in range(TRIES)))
    codes = [refusal(outcome) for (outcome,) in outcomes]
    assert codes.count(None) == ENOUGH_FOR
    assert codes.count("pocket-below-zero") == TRIES - ENOUGH_FOR
    paid = [e for e in await read_stream(service, "fund-f") if e.fact.type == "ExpensePaid"]
    assert len(paid) == ENOUGH_FOR


def _expense(n: int) -> Any:
    return command(
        "ExpensePaid",
        "2017-05-01",
        fund_id="f",
        expense_id=f"e{n}",
        amount=EACH,
        pocket="cash",
        purpose="administration",
    )
