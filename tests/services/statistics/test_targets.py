"""Targets against actuals: the last one recorded holds, differences come from exact values."""

from decimal import Decimal
from typing import Any

from services.statistics.targets import TargetLine, targets_of
from tests.events.log.commands import command
from tests.services.statistics.conftest import TODAY, SmallHistory


def aim(indicator: str, value: float | str, unit_id: str = "p", on: str = "2020-01-10") -> Any:
    return command("TargetSet", on, unit_id=unit_id, year=2020, indicator=indicator, value=Decimal(value))


async def lines(small: SmallHistory, unit_id: str = "p", year: int = 2020, **how: Any) -> list[TargetLine]:
    return (await targets_of(small.reader, unit_id, year, today=TODAY, **how)).targets


async def test_each_is_held_against_the_figure_of_the_yearly_table(small: SmallHistory) -> None:
    await small.members("a", 90)
    await small.members("b", 31)
    await small.give(150_000)
    await small.record(aim("fund.raised", 100_000), aim("member.total", 200))
    members, raised = await lines(small)  # in the order of the table, not of recording
    assert (members.indicator, members.target, members.actual) == ("member.total", 200, 121)
    assert (members.difference, members.share, members.reached) == (-79, Decimal("60.50"), False)
    assert (raised.actual, raised.difference, raised.share, raised.reached) == (
        150_000,
        50_000,
        Decimal("150.00"),
        True,
    )
    assert await lines(small, "a") == []  # another unit's target
    assert await lines(small, year=2021) == []


async def test_a_rate_that_rounds_to_its_target_has_not_reached_it(small: SmallHistory) -> None:
    counted = {"unit_id": "a", "model": "family", "year": 2020, "registered": 30_000, "achieved": 20_999}
    await small.record(command("ModelsCounted", "2020-12-01", **counted), aim("model.family.rate", "70"))
    (line,) = await lines(small)
    assert line.actual == Decimal("70.00")  # 69.99666…
    assert line.reached is False
    assert line.difference == Decimal("0.00")
    assert line.share == Decimal("100.00")


async def test_the_last_recorded_holds_and_withdrawing_it_brings_back_the_one_before(
    small: SmallHistory,
) -> None:
    await small.members("a", 90)
    await small.record(aim("member.total", 80, on="2020-06-01"))
    second = await small.record(aim("member.total", 100, on="2020-01-01"))  # an earlier day, recorded later
    (line,) = await lines(small)
    assert (line.target, line.reached, line.position) == (100, False, second.last_position)
    (before,) = await lines(small, as_known=second.last_position - 1)
    assert (before.target, before.reached) == (80, True)
    await small.record(command("RecordWithdrawn", "2020-07-01", event_id=str(second.event_id), reason="Nhầm"))
    (line,) = await lines(small)
    assert line.target == 80


async def test_what_cannot_be_computed_is_not_guessed(small: SmallHistory) -> None:
    await small.record(aim("library.books", "2.5"), aim("member.total", 0), aim("fund.raised", 5))
    members, raised, books = await lines(small)
    for line in (members, raised, books):  # nothing counted, nothing given, no such indicator
        assert (line.actual, line.difference, line.share, line.reached) == (None, None, None, None)
    assert (books.indicator, books.target, books.measure) == ("library.books", Decimal("2.5"), None)
    await small.members("a", 3)
    members = (await lines(small))[0]
    assert (members.share, members.reached) == (None, True)  # a share of nothing is none
