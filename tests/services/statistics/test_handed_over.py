"""What a fund holds is, at a year's end, of the unit that has the fund then, however it was recorded."""

import datetime as dt
from typing import Any

from services.statistics.behind import events_behind
from tests.events.log.commands import command
from tests.services.statistics.conftest import TODAY, SmallHistory

HELD = "fund.balance.money"


async def held(small: SmallHistory, year: int, **how: Any) -> list[int]:
    """By the communes a and b, and the province: each also the sum of the events behind it."""
    found = []
    for unit in ("a", "b", "p"):
        table = await small.table(unit, year, **how)
        figures = sum(int(f.value or 0) for f in table.indicators if f.indicator == HELD)
        behind = await events_behind(small.reader, unit, year, HELD, today=TODAY, **how)
        assert sum(e.contribution for e in behind.events) == figures
        found.append(figures)
    return found


async def hand(small: SmallHistory, to: str, on: str) -> Any:
    return await small.record(command("FundHandedOver", on, fund_id="f", to_unit_id=to))


async def test_a_handover_takes_the_balance_and_leaves_the_years_before(small: SmallHistory) -> None:
    await small.give(700, "2020-05-01")
    handed = await hand(small, "b", "2021-03-01")
    await small.give(50, "2021-04-01")
    assert await held(small, 2020) == [700, 0, 700]
    assert await held(small, 2021) == [0, 750, 750]
    assert await held(small, 2021, as_known=handed.position - 1) == [700, 0, 700]
    raised = [(await small.figure(unit, 2020, "fund.raised")).value for unit in ("a", "p")]
    assert raised == [700, 700]  # what was raised stays where it was


async def test_what_is_recorded_late_goes_along_by_itself(small: SmallHistory) -> None:
    await hand(small, "b", "2021-03-01")
    late = await small.give(300, "2020-12-01")
    assert await held(small, 2020) == [300, 0, 300]
    assert await held(small, 2021) == [0, 300, 300]
    assert await held(small, 2021, as_known=late.position - 1) == [0, 0, 0]


async def test_recorded_before_a_handover_that_is_dated_before_it(small: SmallHistory) -> None:
    """The fund was b's when the gift came; nobody had recorded that yet."""
    await small.give(300, "2021-06-01")
    assert await held(small, 2021) == [300, 0, 300]
    await hand(small, "b", "2021-03-01")
    assert await held(small, 2021) == [0, 300, 300]


async def test_reversed_after_it_was_taken_along(small: SmallHistory) -> None:
    """In a closed period the reversal is dated today, and is b's all the same."""
    gift = await small.give(700, "2020-05-01")
    await hand(small, "b", "2021-03-01")
    await small.record(command("PeriodClosed", "2021-04-01", fund_id="f", through="2021-03-31"))
    await small.reverse(gift)
    year = dt.datetime.now(dt.UTC).year
    assert await held(small, year - 1) == [0, 700, 700]
    assert await held(small, year) == [0, 0, 0]


async def test_withdrawn_it_comes_back(small: SmallHistory) -> None:
    await small.give(700, "2020-05-01")
    handed = await hand(small, "b", "2021-03-01")
    withdrawn = {"event_id": str(handed.event_id), "reason": "Nhầm"}
    await small.record(command("RecordWithdrawn", "2021-03-02", **withdrawn))
    assert await held(small, 2021) == [700, 0, 700]
    await small.give(5, "2020-06-01")
    assert await held(small, 2020) == [705, 0, 705]
    assert await held(small, 2021) == [705, 0, 705]


async def test_twice_handed_over(small: SmallHistory) -> None:
    await small.give(700, "2020-05-01")
    await hand(small, "b", "2021-03-01")
    await small.give(30, "2021-05-01")
    await hand(small, "p", "2022-03-01")
    await small.give(4, "2020-07-01")
    assert await held(small, 2020) == [704, 0, 704]
    assert await held(small, 2021) == [0, 734, 734]
    assert await held(small, 2022) == [0, 0, 734]
    levels = [(f.level, f.value) for f in (await small.table("p", 2022)).indicators if f.indicator == HELD]
    assert levels == [("province", 734), ("commune", 0)]
