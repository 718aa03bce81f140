"""Members: a count is the state at its day's end, whatever the order of recording, and never below zero."""

import datetime as dt
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from events.declare import Fact
from events.refusals import Refused
from tests.events.history import History
from tests.events.units import bac_kan, refused, withdraw


def stock(given: History, year: int, column: str = "quantity", kinds: str = "Members") -> int:
    """The figure at the end of a year, as statistics sum it."""
    effects = [f.effect for f in given.log if (f.effect.kind or "").startswith(kinds)]
    return sum(
        getattr(e, column) or 0
        for e in effects
        if (e.year or 0) <= year and (e.until_year is None or year < e.until_year)
    )


def record(given: History, kind: str, on: str, members: int) -> Fact:
    return given.record(f"Members{kind}", on, unit_id="to-1", members=members)[0]


def test_counts_joins_and_leavings_add_up() -> None:
    given = bac_kan()
    record(given, "Counted", "2016-12-05", 60)
    record(given, "Joined", "2017-03-05", 8)
    record(given, "Left", "2017-06-01", 3)
    assert [stock(given, year) for year in (2015, 2016, 2017, 2018)] == [0, 60, 65, 65]
    assert record(given, "Counted", "2018-12-05", 70).effect.quantity == 5
    assert stock(given, 2018) == 70


def test_a_late_count_corrects_until_the_next_one() -> None:
    given = bac_kan()
    record(given, "Counted", "2016-12-05", 60)
    record(given, "Counted", "2018-12-05", 80)
    late = record(given, "Counted", "2017-12-05", 66).effect
    assert (late.quantity, late.until_year) == (6, 2018)
    assert [stock(given, year) for year in (2016, 2017, 2018)] == [60, 66, 80]


def test_who_joins_on_the_day_of_a_count_is_counted_already() -> None:
    given = bac_kan()
    record(given, "Counted", "2016-12-05", 60)
    assert record(given, "Joined", "2016-12-05", 5).effect.quantity == 0
    assert record(given, "Left", "2016-12-05", 5).effect.quantity == 0
    joined_before = record(given, "Joined", "2016-11-05", 5).effect
    assert (joined_before.quantity, joined_before.until_year) == (5, 2016)
    assert stock(given, 2016) == 60


def test_of_two_counts_of_one_day_the_later_recorded_holds() -> None:
    given = bac_kan()
    record(given, "Counted", "2016-12-05", 60)
    second = record(given, "Counted", "2016-12-05", 62)
    assert second.effect.quantity == 2
    withdraw(given, second)
    assert stock(given, 2016) == 60


def test_no_more_leave_than_there_are() -> None:
    given = bac_kan()
    with refused("members-left-exceed-stock", "/data/members"):
        record(given, "Left", "2016-06-01", 1)
    record(given, "Counted", "2016-12-05", 60)
    record(given, "Left", "2017-03-01", 50)
    with refused("members-left-exceed-stock"):
        record(given, "Left", "2017-02-01", 11)
    record(given, "Left", "2017-02-01", 10)


def test_a_late_count_leaves_room_for_those_who_left_afterwards() -> None:
    given = bac_kan()
    record(given, "Counted", "2016-12-05", 60)
    record(given, "Left", "2017-03-01", 50)
    with refused("members-below-zero", "/data/members"):
        record(given, "Counted", "2017-01-05", 40)
    record(given, "Counted", "2017-01-05", 50)


def test_a_count_is_not_withdrawn_under_those_who_left() -> None:
    given = bac_kan()
    counted = record(given, "Counted", "2016-12-05", 60)
    left = record(given, "Left", "2017-03-01", 50)
    with refused("members-below-zero", "/data/event_id"):
        withdraw(given, counted)
    withdraw(given, left)
    withdraw(given, counted)
    assert [stock(given, year) for year in (2016, 2017)] == [0, 0]


def test_population_is_stated_for_persons_and_households() -> None:
    given = bac_kan()
    with refused("population-nothing-stated"):
        given.record("PopulationStated", "2016-12-31", unit_id="city")
    given.record("PopulationStated", "2016-12-31", unit_id="city", persons=100, households=30)
    given.record("PopulationStated", "2018-12-31", unit_id="city", persons=120)
    with refused("population-state-separately"):
        given.record("PopulationStated", "2017-12-31", unit_id="city", persons=110, households=33)
    given.record("PopulationStated", "2017-12-31", unit_id="city", persons=110)
    late = given.record("PopulationStated", "2017-12-31", unit_id="city", households=33)[0]
    found = [
        (stock(given, y, kinds="Population"), stock(given, y, "extra", "Population"))
        for y in (2016, 2017, 2018)
    ]
    assert found == [(100, 30), (110, 33), (120, 33)]
    withdraw(given, late)
    assert stock(given, 2018, "extra", "Population") == 30


YEARS = range(2015, 2019)
DAYS = st.dates(dt.date(2015, 11, 1), dt.date(2018, 2, 1)).map(lambda d: d.replace(day=d.day % 3 + 1))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["Counted", "Joined", "Left"]), DAYS, st.integers(1, 9)),
        st.tuples(st.just("withdraw"), st.integers(0, 30), st.just(0)),
    ),
    max_size=25,
)


def members_at(standing: list[Fact], day: dt.date) -> int:
    """What the facts that stand say, told the simple way."""
    counts = [f for f in standing if f.type == "MembersCounted" and f.occurred_on <= day]
    last = max(counts, key=lambda f: (f.occurred_on, f.version), default=None)
    members = last.data.members if last else 0  # type: ignore[attr-defined]
    for f in standing:
        if (
            f.type != "MembersCounted"
            and f.occurred_on <= day
            and (not last or f.occurred_on > last.occurred_on)
        ):
            members += f.data.members * (1 if f.type == "MembersJoined" else -1)  # type: ignore[attr-defined]
    return members


@settings(max_examples=250, deadline=None)
@for_all(STEPS)
def test_year_ends_equal_what_stands_in_any_order_of_recording(steps: list[tuple[str, Any, int]]) -> None:
    given = bac_kan()
    standing: list[Fact] = []
    for kind, where, members in steps:
        try:
            if kind != "withdraw":
                standing.append(record(given, kind, where.isoformat(), members))
            elif standing:
                withdraw(given, standing[where % len(standing)])
                standing.pop(where % len(standing))
        except Refused:
            continue
        assert all(members_at(standing, f.occurred_on) >= 0 for f in standing)
    for year in YEARS:
        assert stock(given, year) == members_at(standing, dt.date(year, 12, 31))
