"""Units begin, are named and coded, move and end, and the tree stays a tree on every day."""

from typing import Any

import pytest

from tests.events.history import History
from tests.events.units import bac_kan, establish, refused, withdraw

LAN = "0192f0c1-0000-7000-8000-0000000000a1"


def test_a_unit_counts_one_from_its_first_day() -> None:
    given = bac_kan()
    fact = establish(given, "to-3", "chapter", "duc-xuan", on="2016-03-01")
    assert (fact.effect.unit, fact.effect.level, fact.effect.quantity) == ("to-3", "chapter", 1)
    assert fact.effect.year == 2016


def test_a_unit_id_is_never_used_again() -> None:
    given = bac_kan()
    with refused("unit-id-taken", "/data/unit_id"):
        establish(given, "to-1", "chapter", "song-cau", on="2017-01-01")
    given.record("UnitDissolved", "2016-01-01", unit_id="to-1", reason="Ít hội viên")
    with refused("unit-id-taken"):
        establish(given, "to-1", "chapter", "song-cau", on="2017-01-01")


def test_a_parent_must_be_there_and_above() -> None:
    given = bac_kan()
    with refused("unknown-unit", "/data/parent_id"):
        establish(given, "to-3", "chapter", "nowhere")
    with refused("unit-not-there", "/data/parent_id"):
        establish(given, "to-3", "chapter", "duc-xuan", on="2003-01-01")
    with refused("unit-level-not-above", "/data/parent_id"):
        establish(given, "to-3", "commune", "to-1")
    with refused("unit-level-not-above"):
        establish(given, "ban-1", "board", "to-1")
    with refused("unit-level-not-above"):
        establish(given, "city-2", "district", "city")


@pytest.mark.parametrize("level", ["chapter", "board", "clan"])
@pytest.mark.parametrize("parent", ["bac-kan", "city", "duc-xuan"])
def test_levels_may_be_skipped(level: str, parent: str) -> None:
    establish(bac_kan(), "new", level, parent)


def test_communes_sit_directly_under_a_province_since_2025() -> None:
    establish(bac_kan(), "duc-xuan-2025", "commune", "bac-kan", on="2025-07-01")


@pytest.mark.parametrize("level", ["central", "province", "district", "commune", "chapter", "board", "clan"])
def test_a_root_may_have_any_level(level: str) -> None:
    establish(History(), "root", level)


def test_a_code_belongs_to_one_living_unit() -> None:
    given = bac_kan()
    with refused("unit-code-in-use", "/data/code"):
        establish(given, "new", "commune", "city", on="2017-01-01", code="01840")
    establish(given, "new", "commune", "city", on="2017-01-01", code="01840", scheme="other")
    with refused("unit-code-in-use", "/data/code"):
        given.record("UnitCodeAssigned", "2018-01-01", unit_id="new", scheme="gso", code="01837")
    given.record("UnitCodeAssigned", "2018-01-01", unit_id="new", scheme="gso", code="01838")


def test_a_code_is_free_again_from_the_day_its_unit_ends() -> None:
    given = bac_kan()
    establish(given, "new", "commune", "city", on="2017-01-01")
    given.record("UnitMerged", "2018-01-01", unit_id="duc-xuan", into_unit_id="new")
    with refused("unit-code-in-use"):
        given.record("UnitCodeAssigned", "2017-12-31", unit_id="new", scheme="gso", code="01840")
    given.record("UnitCodeAssigned", "2018-01-01", unit_id="new", scheme="gso", code="01840")


def test_a_code_given_up_for_another_is_free() -> None:
    given = bac_kan()
    given.record("UnitCodeAssigned", "2010-01-01", unit_id="duc-xuan", scheme="gso", code="01841")
    establish(given, "new", "commune", "city", on="2010-01-01", code="01840")
    with refused("unit-code-in-use"):
        establish(given, "older", "commune", "city", on="2009-12-31", code="01840")


def test_an_external_id_belongs_to_one_living_unit() -> None:
    given = bac_kan()
    given.record("ExternalIdAssigned", "2017-01-01", unit_id="bac-kan", scheme="qd-20", id="H03")
    with refused("external-id-in-use", "/data/id"):
        given.record("ExternalIdAssigned", "2017-01-01", unit_id="city", scheme="qd-20", id="H03")
    given.record("ExternalIdAssigned", "2017-01-01", unit_id="city", scheme="qd-20", id="H03.1")


def test_an_external_id_that_passed_to_another_keeps_its_former_unit_ended() -> None:
    given = bac_kan()
    name = {"scheme": "qd-20", "id": "H03.5"}
    given.record("ExternalIdAssigned", "2017-01-01", unit_id="duc-xuan", **name)
    merged = given.record("UnitMerged", "2025-07-01", unit_id="duc-xuan", into_unit_id="song-cau")[0]
    passed = given.record("ExternalIdAssigned", "2025-07-01", unit_id="song-cau", **name)[0]
    with refused("external-id-in-use", "/data/event_id"):
        withdraw(given, merged)
    withdraw(given, passed)
    withdraw(given, merged)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("FundOpened", {"fund_id": "f", "name": "Quỹ"}),
        ("LearningCentreOpened", {"centre_id": "c", "name": "TTHTCĐ"}),
        ("PersonRegistered", {"person_id": LAN, "kind": "adult", "details": {"name": "Lan"}}),
    ],
)
def test_an_establishment_stays_while_what_was_begun_there_stands(kind: str, data: dict[str, Any]) -> None:
    given = bac_kan()
    new = establish(given, "new", "commune", "city", on="2010-01-01")
    begun = given.record(kind, "2017-01-01", unit_id="new", **data)[0]
    with refused("record-stood-on", "/data/event_id"):
        withdraw(given, new)
    withdraw(given, begun)
    withdraw(given, new)


def test_an_establishment_stays_while_a_fund_was_handed_there() -> None:
    given = bac_kan()
    new = establish(given, "new", "commune", "city", on="2010-01-01")
    given.record("FundOpened", "2017-01-01", fund_id="f", unit_id="city", name="Quỹ")
    handed = given.record("FundHandedOver", "2018-01-01", fund_id="f", to_unit_id="new")[0]
    with refused("record-stood-on", "/data/event_id"):
        withdraw(given, new)
    withdraw(given, handed)
    withdraw(given, new)


def test_a_unit_can_be_renamed_while_it_is_there() -> None:
    given = bac_kan()
    given.record("UnitRenamed", "2015-04-16", unit_id="city", name="Hội Khuyến học thành phố Bắc Kạn")
    given.record("UnitDissolved", "2016-01-01", unit_id="to-1", reason="Ít hội viên")
    with refused("unit-not-there"):
        given.record("UnitRenamed", "2016-01-02", unit_id="to-1", name="Tổ 1A")
    with refused("unknown-unit"):
        given.record("UnitRenamed", "2016-01-02", unit_id="nobody", name="Tổ 1A")


def test_a_unit_never_moves_below_itself_on_any_day() -> None:
    given = History()
    establish(given, "centre", "central")
    for unit, level in (("a", "province"), ("b", "commune")):
        establish(given, unit, level, "centre")
    given.record("UnitMoved", "2018-01-01", unit_id="b", parent_id="a")
    with refused("unit-circle", "/data/parent_id"):
        given.record("UnitMoved", "2017-01-01", unit_id="a", parent_id="b")
    with refused("unit-circle"):
        given.record("UnitMoved", "2019-01-01", unit_id="a", parent_id="a")
    with refused("unit-level-not-above", "/data/parent_id"):
        establish(given, "c", "commune", "centre")
        given.record("UnitMoved", "2017-01-01", unit_id="a", parent_id="c")


def test_a_unit_moves_only_under_one_that_lives() -> None:
    given = bac_kan()
    given.record("UnitMoved", "2017-01-01", unit_id="to-2", parent_id="song-cau")
    assert given.memory.tree.parent("to-2", given.today) == "song-cau"
    given.record("UnitMerged", "2018-01-01", unit_id="song-cau", into_unit_id="duc-xuan")
    with refused("unit-successor-not-living", "/data/parent_id"):
        given.record("UnitMoved", "2018-01-01", unit_id="to-1", parent_id="song-cau")
    with refused("unit-not-there", "/data/parent_id"):
        given.record("UnitMoved", "2018-02-01", unit_id="to-1", parent_id="song-cau")


def test_a_merger_ends_one_unit_in_another_living_one() -> None:
    given = bac_kan()
    fact = given.record("UnitMerged", "2017-02-15", unit_id="to-2", into_unit_id="to-1")[0]
    assert (fact.effect.unit, fact.effect.level, fact.effect.quantity) == ("to-2", "chapter", -1)
    with refused("unit-into-itself", "/data/into_unit_id"):
        given.record("UnitMerged", "2018-01-01", unit_id="to-1", into_unit_id="to-1")
    with refused("unit-successor-not-living", "/data/into_unit_id"):
        given.record("UnitMerged", "2017-02-15", unit_id="to-1", into_unit_id="to-2")
    with refused("unit-circle", "/data/into_unit_id"):
        given.record("UnitMerged", "2018-01-01", unit_id="duc-xuan", into_unit_id="to-1")
    with refused("unit-circle"):
        given.record("UnitMerged", "2018-01-01", unit_id="bac-kan", into_unit_id="song-cau")


def test_a_unit_ends_once() -> None:
    given = bac_kan()
    given.record("UnitDissolved", "2017-02-28", unit_id="to-2", reason="Ít hội viên")
    with refused("unit-already-ended"):
        given.record("UnitMerged", "2017-02-28", unit_id="to-2", into_unit_id="to-1")
    with refused("unit-already-ended"):
        given.record("UnitDissolved", "2016-02-28", unit_id="to-2", reason="Ít hội viên")


def test_a_district_may_become_a_commune_when_nothing_is_left_too_high_to_follow() -> None:
    """Côn Đảo, Phú Quý and Lý Sơn on 1 July 2025."""
    given = bac_kan()
    establish(given, "island", "district", "bac-kan")
    establish(given, "harbour", "chapter", "island")
    establish(given, "island-2025", "commune", "bac-kan", on="2025-07-01")
    with refused("unit-children-not-below", "/data/into_unit_id"):
        given.record("UnitMerged", "2025-07-01", unit_id="city", into_unit_id="island-2025")
    given.record("UnitMerged", "2025-07-01", unit_id="island", into_unit_id="island-2025")
    assert given.memory.tree.parent("harbour", given.today) == "island-2025"


def test_a_split_needs_distinct_living_successors_and_no_children() -> None:
    given = bac_kan()
    to = lambda *ids: [{"unit_id": i, "parts": 1} for i in ids]  # noqa: E731
    with refused("unit-into-itself", "/data/into/1/unit_id"):
        given.record("UnitSplit", "2017-01-01", unit_id="to-1", into=to("to-2", "to-1"))
    with refused("unit-successor-named-twice", "/data/into/1/unit_id"):
        given.record("UnitSplit", "2017-01-01", unit_id="to-1", into=to("to-2", "to-2"))
    with refused("unknown-unit", "/data/into/1/unit_id"):
        given.record("UnitSplit", "2017-01-01", unit_id="to-1", into=to("to-2", "to-7"))
    with refused("unit-has-children"):
        given.record("UnitSplit", "2017-01-01", unit_id="duc-xuan", into=to("song-cau", "to-9"))
    with pytest.raises(ValueError, match="length >= 2"):
        given.record("UnitSplit", "2017-01-01", unit_id="to-1", into=to("to-2"))
    fact = given.record("UnitSplit", "2017-01-01", unit_id="to-1", into=to("to-2", "to-9"))[0]
    assert fact.effect.quantity == -1


def test_a_unit_with_living_children_is_not_dissolved_and_a_handful_are_named() -> None:
    given = bac_kan()
    for number in range(10, 17):
        establish(given, f"to-{number}", "chapter", "duc-xuan")
    with refused("unit-has-children", "/data/unit_id"):
        given.record("UnitDissolved", "2017-01-01", unit_id="duc-xuan", reason="Sắp xếp lại")
    given.record("UnitDissolved", "2017-01-01", unit_id="to-9", reason="Ít hội viên")
    given.record("UnitDissolved", "2017-01-01", unit_id="song-cau", reason="Sắp xếp lại")


def test_children_that_passed_on_by_a_merger_count_as_children_too() -> None:
    given = bac_kan()
    given.record("UnitMerged", "2016-01-01", unit_id="duc-xuan", into_unit_id="song-cau")
    given.record("UnitDissolved", "2016-06-01", unit_id="to-9", reason="Ít hội viên")
    with refused("unit-has-children"):
        given.record("UnitDissolved", "2017-01-01", unit_id="song-cau", reason="Sắp xếp lại")


def test_a_unit_does_not_end_before_what_was_recorded_of_it() -> None:
    given = bac_kan()
    counted = given.record("MembersCounted", "2017-12-05", unit_id="to-2", members=60)[0]
    with refused("unit-has-later-records", "/occurred_on"):
        given.record("UnitMerged", "2017-12-04", unit_id="to-2", into_unit_id="to-1")
    withdraw(given, counted)
    given.record("UnitMerged", "2017-12-04", unit_id="to-2", into_unit_id="to-1")


def test_a_unit_does_not_end_before_others_were_put_under_or_into_it() -> None:
    given = bac_kan()
    given.record("UnitMoved", "2018-01-01", unit_id="to-1", parent_id="song-cau")
    with refused("unit-has-later-records"):
        given.record("UnitMerged", "2017-01-01", unit_id="song-cau", into_unit_id="duc-xuan")
    given.record("UnitMerged", "2019-01-01", unit_id="to-2", into_unit_id="to-1")
    with refused("unit-has-later-records"):
        given.record("UnitMerged", "2018-06-01", unit_id="to-1", into_unit_id="to-9")


def test_an_ended_unit_takes_records_up_to_its_last_day() -> None:
    given = bac_kan()
    given.record("UnitMerged", "2017-02-15", unit_id="to-2", into_unit_id="to-1")
    given.record("MembersCounted", "2017-02-15", unit_id="to-2", members=0)
    with refused("unit-not-there"):
        given.record("MembersCounted", "2017-02-16", unit_id="to-2", members=0)


def test_history_may_be_completed_backwards() -> None:
    given = bac_kan()
    establish(given, "older", "chapter", "duc-xuan", on="2005-01-01")
    given.record("UnitDissolved", "2009-01-01", unit_id="older", reason="Ít hội viên")


def test_approval_thresholds_and_targets_and_reports() -> None:
    given = bac_kan()
    set_ = given.record("ApprovalThresholdSet", "2017-01-01", unit_id="city", amount=0)[0]
    assert set_.effect.amount == 0
    target = given.record(
        "TargetSet", "2017-01-01", unit_id="city", year=2020, indicator="model.family.rate", value=70.5
    )[0]
    assert (target.effect.year, target.effect.subject) == (2020, "model.family.rate")
    for value in (-1, 70.125, "NaN", 10**17):
        with refused("number-out-of-range", "/data/value"):
            given.record(
                "TargetSet", "2017-01-01", unit_id="city", year=2020, indicator="member.total", value=value
            )
    report = given.record("ReportSubmitted", "2018-01-08", unit_id="city", year=2017)[0]
    with refused("report-already-submitted", "/data/year"):
        given.record("ReportSubmitted", "2018-01-09", unit_id="city", year=2017)
    withdraw(given, report)
    given.record("ReportSubmitted", "2018-01-09", unit_id="city", year=2017)
    with refused("year-not-begun"):
        given.record("ReportSubmitted", "2018-01-09", unit_id="city", year=2019)


def test_thresholds_hold_from_their_day() -> None:
    from datetime import date

    from events.catalogue.unit_state import UnitState

    given = bac_kan()
    given.record("ApprovalThresholdSet", "2018-01-01", unit_id="city", amount=7_000_000)
    given.record("ApprovalThresholdSet", "2017-01-01", unit_id="city", amount=5_000_000)
    state = given.memory.state("unit-city")
    assert isinstance(state, UnitState)
    found = [state.approval_threshold(date(year, 6, 1)) for year in (2016, 2017, 2018)]
    assert found == [None, 5_000_000, 7_000_000]


def test_published_statistics_name_their_tree_and_definitions() -> None:
    given = bac_kan()
    table = {
        "unit_id": "city",
        "year": 2017,
        "position": 12,
        "tree": "2017-12-31",
        "definitions": [{"name": "member.total", "version": 1}],
        "root": "a" * 64,
        "digest": "b" * 64,
    }
    given.record("StatisticsPublished", "2018-02-01", **table)
    given.record("StatisticsPublished", "2018-02-01", **{**table, "tree": "then"})
    with refused("no-such-day", "/data/tree"):
        given.record("StatisticsPublished", "2018-02-01", **{**table, "tree": "2017-02-30"})
    with refused("definition-named-twice"):
        twice = [*table["definitions"], *table["definitions"]]  # type: ignore[misc]
        given.record("StatisticsPublished", "2018-02-01", **{**table, "definitions": twice})
    with pytest.raises(ValueError):
        given.record("StatisticsPublished", "2018-02-01", **{**table, "tree": "someday"})


def test_trainings_and_activities_of_a_unit() -> None:
    given = bac_kan()
    training = {"unit_id": "city", "topic": "Nghiệp vụ", "classes": 2, "participants": 51}
    effect = given.record("TrainingHeld", "2017-04-12", audience="officer", **training)[0].effect
    assert (effect.subject, effect.quantity, effect.extra) == ("Nghiệp vụ", 51, 2)
    with refused("unknown-term", "/data/audience"):
        given.record("TrainingHeld", "2017-04-12", audience="martians", **training)
    with pytest.raises(ValueError):
        given.record("TrainingHeld", "2017-04-12", **{**training, "classes": 0})
    held = given.record("ActivityHeld", "2017-10-01", unit_id="city", kind="meeting", title="Hội nghị")
    assert (held[0].effect.subject, held[0].effect.quantity, held[0].effect.extra) == (
        "meeting",
        None,
        1,
    )
    with refused("unknown-term", "/data/kind"):
        given.record("ActivityHeld", "2017-10-01", unit_id="city", kind="knitting", title="Đan len")


def test_a_log_starts_once_and_names_its_keys() -> None:
    given = History()
    key = "khuyenhoc.invalid/x+2f5d8a31+" + "A" * 44
    with refused("log-not-started"):
        given.record("LogKeyAdded", "2026-01-01", vkey=key)
    given.record("LogStarted", "2026-01-01", log_id="a-log", origin="khuyenhoc.invalid/x")
    with refused("log-already-started"):
        given.record("LogStarted", "2026-01-01", log_id="a-log", origin="khuyenhoc.invalid/x")
    given.record("LogKeyAdded", "2026-01-01", vkey=key)
    with refused("log-key-known"):
        given.record("LogKeyAdded", "2026-01-01", vkey=key)
