"""The tree through time: mergers, splits, dissolutions; totals are conserved whatever the tree."""

import datetime as dt
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from events.catalogue.tree_rules import children_living
from events.declare import Fact
from events.refusals import Refused
from events.tree import allocate
from tests.events.history import History
from tests.events.units import bac_kan, establish, withdraw

THEN = dt.date(2017, 12, 31)
MERGED = dt.date(2025, 7, 1)
NOW = dt.date(2026, 1, 1)


def merger_of_2025() -> History:
    """Communes into new ones under the province, then the city ends, then the province becomes another."""
    given = bac_kan()
    day = MERGED.isoformat()
    establish(given, "thai-nguyen", "province", on=day)
    establish(given, "duc-xuan-2025", "commune", "thai-nguyen", on=day)
    establish(given, "bac-kan-2025", "commune", "thai-nguyen", on=day)
    given.record("UnitMerged", day, unit_id="duc-xuan", into_unit_id="duc-xuan-2025")
    given.record("UnitMerged", day, unit_id="song-cau", into_unit_id="bac-kan-2025")
    given.record("UnitDissolved", day, unit_id="city", reason="Không còn cấp huyện")
    given.record("UnitMerged", day, unit_id="bac-kan", into_unit_id="thai-nguyen")
    given.record("UnitCodeAssigned", day, unit_id="duc-xuan-2025", code="01840")
    return given


def test_the_merger_of_2025_passes_children_and_history_on() -> None:
    tree = merger_of_2025().memory.tree
    assert tree.children("thai-nguyen", NOW) == ["bac-kan-2025", "duc-xuan-2025"]
    assert tree.children("duc-xuan-2025", NOW) == ["to-1", "to-2"]
    assert list(tree.ancestors("to-9", NOW)) == ["bac-kan-2025", "thai-nguyen"]
    assert tree.successors("duc-xuan", NOW) == ["duc-xuan-2025"]
    past = {unit for unit, path in tree.rolled_up("thai-nguyen", NOW) if path == ()}
    assert {"bac-kan", "city", "duc-xuan", "song-cau", "to-1", "to-2", "to-9"} <= past


def test_the_tree_as_then_is_untouched_by_what_came_later() -> None:
    tree = merger_of_2025().memory.tree
    assert tree.below("bac-kan", THEN) == ["bac-kan", "city", "duc-xuan", "song-cau", "to-1", "to-2", "to-9"]
    assert {unit for unit, _ in tree.rolled_up("city", THEN)} == set(tree.below("city", THEN))


def test_codes_pass_from_an_old_unit_to_a_new_one() -> None:
    tree = merger_of_2025().memory.tree
    old, new = tree.get("duc-xuan"), tree.get("duc-xuan-2025")
    assert old is not None
    assert new is not None
    assert [u.unit_id for u in tree.holders("gso", "01840")] == ["duc-xuan", "duc-xuan-2025"]
    assert (old.codes_on(THEN), old.codes_on(NOW)) == ({"gso": "01840"}, {})
    assert new.codes_on(MERGED) == {"gso": "01840"}


def test_what_a_dissolved_unit_did_rolls_up_to_its_parent_or_that_ones_successor() -> None:
    given = bac_kan()
    given.record("UnitDissolved", "2017-02-28", unit_id="to-2", reason="Ít hội viên")
    tree = given.memory.tree
    assert tree.standing_for("to-2", dt.date(2017, 2, 27)) == [("to-2", ())]
    assert tree.standing_for("to-2", THEN) == [("duc-xuan", ())]
    given.record("UnitMerged", "2018-01-01", unit_id="duc-xuan", into_unit_id="song-cau")
    assert given.memory.tree.standing_for("to-2", NOW) == [("song-cau", ())]


def test_a_split_divides_by_its_parts_and_parts_of_parts() -> None:
    given = bac_kan()
    thirds = [{"unit_id": "to-2", "parts": 1}, {"unit_id": "to-9", "parts": 2}]
    given.record("UnitSplit", "2018-01-01", unit_id="to-1", into=thirds)
    for unit in ("to-a", "to-b"):
        establish(given, unit, "chapter", "song-cau", on="2019-01-01")
    halves = [{"unit_id": "to-a", "parts": 1}, {"unit_id": "to-b", "parts": 1}]
    given.record("UnitSplit", "2019-01-01", unit_id="to-9", into=halves)
    shares = {end: allocate(10, path) for end, path in given.memory.tree.standing_for("to-1", NOW)}
    assert shares == {"to-2": 3, "to-a": 4, "to-b": 3}


PARTS = st.lists(st.integers(1, 10**6), min_size=1, max_size=8).map(tuple)


@for_all(st.integers(-(10**15), 10**15), PARTS)
def test_shares_of_a_division_sum_to_the_whole(total: int, parts: tuple[int, ...]) -> None:
    shares = [allocate(total, ((parts, index),)) for index in range(len(parts))]
    assert sum(shares) == total
    for share, part in zip(shares, parts, strict=True):
        assert abs(share * sum(parts) - total * part) < sum(parts)


@for_all(st.integers(-(10**15), 10**15), PARTS, PARTS)
def test_shares_of_divided_shares_sum_to_the_whole(
    total: int, first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    paths = [((first, i), (second, j)) for i in range(len(first)) for j in range(len(second))]
    assert sum(allocate(total, path) for path in paths) == total


UNITS = ("p", "q", "c1", "c2", "c3", "h1", "h2", "h3")
LEVELS = {"p": "province", "q": "province", "c": "commune", "h": "chapter"}
DAYS = st.integers(1, 6).map(lambda n: f"201{n}-01-01")
UNIT = st.sampled_from(UNITS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), DAYS, UNIT, UNIT),
        st.tuples(st.just("merge"), DAYS, UNIT, UNIT),
        st.tuples(st.just("split"), DAYS, UNIT, st.tuples(UNIT, UNIT)),
        st.tuples(st.just("dissolve"), DAYS, UNIT, st.none()),
        st.tuples(st.just("withdraw"), st.integers(0, 20), st.none(), st.none()),
    ),
    max_size=25,
)


def take(given: History, standing: list[Fact], step: tuple[Any, ...]) -> None:
    kind, on, unit, other = step
    if kind == "withdraw":
        if standing:
            withdraw(given, standing[on % len(standing)])
            standing.pop(on % len(standing))
        return
    names: dict[str, tuple[str, dict[str, Any]]] = {
        "move": ("UnitMoved", {"parent_id": other}),
        "merge": ("UnitMerged", {"into_unit_id": other}),
        "split": ("UnitSplit", {"into": [{"unit_id": u, "parts": n} for n, u in enumerate(other or (), 1)]}),
        "dissolve": ("UnitDissolved", {"reason": "Sắp xếp lại"}),
    }
    type_, data = names[kind]
    standing += given.record(type_, on, unit_id=unit, **data)


@settings(max_examples=400, deadline=None)
@for_all(STEPS)
def test_whatever_is_accepted_leaves_a_tree_that_conserves_totals(steps: list[tuple[Any, ...]]) -> None:
    given = History()
    establish(given, "centre", "central", on="2010-01-01")
    for unit in UNITS:
        parent = {"c": "p", "h": "c1"}.get(unit[0], "centre")
        establish(given, unit, LEVELS[unit[0]], parent, on="2010-01-01")
    standing: list[Fact] = []
    for step in steps:
        try:
            take(given, standing, step)
        except Refused:
            continue
    tree = given.memory.tree
    for day in tree.turning_days(dt.date(2010, 1, 1)):
        living = [u for u in tree if u.lives(day)]
        for unit in living:
            above = list(tree.ancestors(unit.unit_id, day))
            assert unit.unit_id not in above
            assert all(tree.get(a).lives(day) for a in above)  # type: ignore[union-attr]
            assert children_living(tree, unit.unit_id, day) == tree.children(unit.unit_id, day)
            recorded = unit.parent_recorded(day)
            if recorded is not None:
                assert all(path == () for _, path in tree.standing_for(recorded, day))
        for unit in tree:
            ends = tree.standing_for(unit.unit_id, day)
            assert sum(allocate(7, path) for _, path in ends) == 7
