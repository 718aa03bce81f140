"""What changed since a table went out: each figure with its events by reason; they sum to the difference."""

import random
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.statistics import behind
from services.statistics.behind import TooManyEventsError
from services.statistics.changes import (
    ChangedFigure,
    ChangesSince,
    DefinitionsGoneError,
    NothingPublishedError,
    changes_since,
)
from services.statistics.revisions import RevisionTable, revision_table
from tests.events.log.commands import command, unit
from tests.services.statistics.closing import publish
from tests.services.statistics.conftest import TODAY, SmallHistory


async def changes(small: SmallHistory, unit_id: str = "p", year: int = 2020, **how: Any) -> ChangesSince:
    found = await changes_since(small.reader, unit_id, year, today=TODAY, **how)
    for figure in found.figures:  # whatever a test looks at, this must hold
        if figure.territory is not None:
            told = sum(r.contribution or 0 for r in figure.reasons)
            assert told + figure.territory == figure.difference
        assert sum(r.count for r in figure.reasons) == figure.count == len(figure.events)
    assert found.same == (not found.figures)
    return found


def one(found: ChangesSince, indicator: str, year: int = 2020) -> ChangedFigure:
    (figure,) = [f for f in found.figures if (f.indicator, f.year) == (indicator, year)]
    return figure


async def test_nothing_changed_until_something_is_recorded(small: SmallHistory) -> None:
    await small.give(100)
    published = await publish(small, "p", 2020)
    found = await changes(small)
    assert found.same
    assert (found.position, found.as_known) == (published.last_position - 1, published.last_position)
    assert found.publication == published.event_id
    await small.give(30)
    found = await changes(small)
    assert {f.indicator for f in found.figures} == {"fund.raised", "fund.balance.money"}
    raised = one(found, "fund.raised")
    assert (raised.published, raised.now, raised.difference, raised.level) == (100, 130, 30, "commune")
    assert [(e.reason, e.contribution) for e in raised.events] == [("late_entry", 30)]
    assert not (await changes(small, position=published.last_position)).same


async def test_reasons_are_sorted_and_added_up(small: SmallHistory) -> None:
    wrong = await small.give(1_000)
    await small.give(200)
    await publish(small, "p", 2020)
    await small.reverse(wrong)
    await small.give(50)
    await small.give(7)
    raised = one(await changes(small), "fund.raised")
    assert raised.difference == 57 - 1_000
    assert [(r.reason, r.count, r.contribution) for r in raised.reasons] == [
        ("late_entry", 2, 57),
        ("reversal", 1, -1_000),
    ]
    assert [e.reason for e in raised.events] == ["late_entry", "late_entry", "reversal"]


async def test_of_many_events_the_first_hundred_are_listed_and_all_are_added_up(small: SmallHistory) -> None:
    wrong = await small.give(1_000)
    await publish(small, "p", 2020)
    await small.reverse(wrong)
    gifts = [command("DonationReceived", "2020-05-01", **gift(n)) for n in range(105)]
    await small.record(*gifts)
    found = await changes_since(small.reader, "p", 2020, today=TODAY)
    raised = one(found, "fund.raised")
    assert [(r.reason, r.count, r.contribution) for r in raised.reasons] == [
        ("late_entry", 105, 105),
        ("reversal", 1, -1_000),
    ]
    assert (raised.count, len(raised.events), {e.reason for e in raised.events}) == (106, 100, {"late_entry"})
    positions = [e.position for e in raised.events]
    assert positions == list(range(positions[0], positions[0] + 200, 2))  # each gift with its voucher


def gift(n: int) -> dict[str, Any]:
    donor = {"kind": "anonymous"}
    return {"fund_id": "f", "donation_id": f"m{n}", "amount": 1, "pocket": "cash", "donor": donor}


async def test_more_events_than_are_told_are_refused_not_left_out(
    small: SmallHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await small.give(1)
    since = (await small.give(10)).last_position
    await small.give(100)
    await small.give(1_000)
    monkeypatch.setattr(behind, "MOST_EVENTS", 2)
    assert one(await changes(small, position=since), "fund.raised").difference == 1_100
    with pytest.raises(TooManyEventsError, match=r"more than 2 events behind fund\.raised of 2020"):
        await changes(small, position=since - 2)
    table = await revision(small, since, since + 4)
    assert table.years[0].values == [11, 1_111]
    with pytest.raises(TooManyEventsError):
        await revision(small, since - 2, since + 4)


async def revision(small: SmallHistory, *known: int) -> RevisionTable:
    asked = {"level": None, "measure": None, "years": [2020], "known": known}
    return await revision_table(small.reader, "p", "fund.raised", **asked, today=TODAY)  # type: ignore[arg-type]


async def test_a_count_corrected_and_an_evaluation_replaced(small: SmallHistory) -> None:
    await small.members("a", 50)
    family = {"candidate_id": str(uuid4()), "model": "family", "unit_id": "a", "year": 2020}
    await small.record(command("ModelRegistered", "2020-02-01", **family))
    judged = {"year": 2020, "rule_set": "qd-1", "achieved": False} | {"candidate_id": family["candidate_id"]}
    await small.record(command("ModelEvaluated", "2020-12-01", **judged))
    await publish(small, "p", 2020)
    await small.members("a", 44)
    await small.record(command("ModelEvaluated", "2020-12-01", **(judged | {"achieved": True})))
    found = await changes(small)
    members = one(found, "member.total")
    assert [(r.reason, r.contribution) for r in members.reasons] == [("correction", -6)]
    achieved = one(found, "model.family.achieved")
    assert [(r.reason, r.contribution) for r in achieved.reasons] == [("evaluation_replaced", 1)]
    rate = one(found, "model.family.rate")
    assert (rate.published, rate.now, rate.difference) == (
        Decimal("0.00"),
        Decimal("100.00"),
        Decimal("100.00"),
    )
    assert (rate.territory, rate.reasons[0].contribution) == (None, None)


async def test_what_came_with_the_territory_is_told_apart(small: SmallHistory) -> None:
    await small.record(unit("q", level="province"), unit("c", "q"))
    await small.members("a", 50)
    await small.members("c", 7)
    await publish(small, "p", 2020)
    await small.record(command("UnitMoved", "2020-11-01", unit_id="c", parent_id="p"))  # heard of too late
    await small.members("a", 53, on="2020-06-02")
    found = await changes(small)
    assert found.territory_changed
    members = one(found, "member.total")
    assert (members.published, members.now, members.territory) == (50, 60, 7)
    assert [(e.reason, e.contribution) for e in members.events] == [("late_entry", 3)]


async def test_the_year_before_stands_beside_it_and_may_change_too(small: SmallHistory) -> None:
    await small.give(100, on="2019-05-01")
    await small.give(200)
    await publish(small, "p", 2020)
    await small.give(5, on="2019-06-01")
    found = await changes(small)
    raised = one(found, "fund.raised", 2019)
    assert (raised.published, raised.now, raised.difference) == (100, 105, 5)
    assert {(f.indicator, f.year) for f in found.figures} == {
        ("fund.raised", 2019),
        ("fund.balance.money", 2019),
        ("fund.balance.money", 2020),
    }


async def test_recorded_and_undone_again_is_told_though_nothing_differs(small: SmallHistory) -> None:
    await small.give(100)
    await publish(small, "p", 2020)
    await small.reverse(await small.give(30))
    raised = one(await changes(small), "fund.raised")
    assert (raised.difference, raised.published, raised.now) == (0, 100, 100)
    assert [e.contribution for e in raised.events] == [30, -30]


async def test_only_what_was_published_is_compared(small: SmallHistory) -> None:
    await small.give(100)
    await publish(small, "p", 2020, definitions=[{"name": "member.total", "version": 1}])
    await small.give(30)
    assert (await changes(small)).same
    await small.members("a", 5)
    assert [f.indicator for f in (await changes(small)).figures] == ["member.total"]
    assert one(await changes(small), "member.total").published is None  # nobody had counted


async def test_what_cannot_be_compared_says_so(small: SmallHistory) -> None:
    with pytest.raises(NothingPublishedError):
        await changes(small)
    await publish(small, "p", 2020, definitions=[{"name": "member.total", "version": 9}])
    with pytest.raises(DefinitionsGoneError, match="v9"):
        await changes(small)


async def test_nothing_is_left_out_of_a_random_history(small: SmallHistory) -> None:
    """The differences told are those of the two tables; without a new territory, events alone make them."""
    chance = random.Random(5)
    gifts: list[Any] = []

    async def some(count: int) -> None:
        for _ in range(count):
            year = chance.choice((2018, 2019, 2020, 2021))
            match chance.randrange(4):
                case 0 if gifts:
                    await small.reverse(gifts.pop(chance.randrange(len(gifts))), on="2021-05-01")
                case 1:
                    who, on = chance.choice("ab"), f"{year}-0{chance.randrange(1, 9)}-15"
                    await small.members(who, chance.randrange(1, 90), on)
                case _:
                    gifts.append(await small.give(chance.randrange(1, 1000), on=f"{max(year, 2019)}-05-01"))

    await some(12)
    await publish(small, "p", 2020)
    before = await small.table("p", 2020)
    await some(12)
    after = await small.table("p", 2020)
    expected = {}
    for year, column in ((2020, "value"), (2019, "previous")):
        was, now = (
            {(f.indicator, f.level): getattr(f, column) for f in t.indicators} for t in (before, after)
        )
        for cell in was.keys() | now.keys():
            if was.get(cell) != now.get(cell):
                expected[*cell, year] = was.get(cell), now.get(cell)
    assert len(expected) > 3
    found = await changes(small)
    told = {(f.indicator, f.level, f.year): (f.published, f.now) for f in found.figures if f.difference}
    assert told == expected
    assert {f.territory for f in found.figures} <= {0, None}
    assert not found.territory_changed
