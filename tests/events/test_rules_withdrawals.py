"""A record that was wrong no longer counts; what others stand on is not taken from under them."""

from uuid import uuid4

import pytest

from events.declare import CATALOGUE, Effect
from tests.events.history import History
from tests.events.units import bac_kan, establish, refused, withdraw


def test_a_class_with_a_digit_too_many_is_withdrawn_and_recorded_anew() -> None:
    given = bac_kan()
    given.record("LearningCentreOpened", "2008-09-15", centre_id="c", unit_id="duc-xuan", name="TTHTCĐ")
    wrong = {"centre_id": "c", "topic": "Trồng rau", "participants": 240, "classes": 2}
    held = given.record("ClassHeld", "2017-05-02", **wrong)[0]
    effect = withdraw(given, held)
    assert effect == Effect(
        unit="duc-xuan",
        level="commune",
        kind="ClassHeld",
        year=2017,
        subject="Trồng rau",
        quantity=-240,
        extra=-2,
        target=held.event_id,
    )
    given.record("ClassHeld", "2017-05-02", **{**wrong, "participants": 24})
    with refused("record-stood-on"):
        withdraw(given, given.log[-4])


def test_a_withdrawal_names_the_command_it_takes_back() -> None:
    given = bac_kan()
    command = uuid4()
    given.record("ReportSubmitted", "2018-01-08", command_id=command, unit_id="city", year=2017)
    fact = given.record("RecordWithdrawn", "2018-01-09", event_id=f"command:{command}", reason="Nhầm năm")[0]
    assert fact.stream == "unit-city"
    assert fact.effect.kind == "ReportSubmitted"


def test_withdrawn_once_and_not_before_it_happened() -> None:
    given = bac_kan()
    report = given.record("ReportSubmitted", "2018-01-08", unit_id="city", year=2017)[0]
    with refused("withdrawn-before-recorded-day", "/occurred_on"):
        withdraw(given, report, "2018-01-07")
    withdraw(given, report)
    with refused("already-withdrawn", "/data/event_id"):
        withdraw(given, report)
    with refused("not-withdrawable", "/data/event_id"):
        withdraw(given, given.log[-1])
    with refused("unknown-event"):
        given.record("RecordWithdrawn", "2018-01-09", event_id=str(uuid4()), reason="x")


def test_what_others_rely_on_for_good_is_not_withdrawn() -> None:
    given = bac_kan()
    table = {
        "unit_id": "city",
        "year": 2017,
        "position": 12,
        "tree": "then",
        "definitions": [{"name": "member.total", "version": 1}],
        "root": "a" * 64,
        "digest": "b" * 64,
    }
    published = given.record("StatisticsPublished", "2018-02-01", **table)[0]
    started = given.record("LogStarted", "2018-01-01", log_id="x", origin="khuyenhoc.invalid/x")[0]
    term = given.record("TermDefined", "2018-01-01", list="purpose", term="library", label="Tủ sách")[0]
    for fact in (published, started, term):
        with refused("not-withdrawable"):
            withdraw(given, fact)


def test_an_establishment_is_withdrawn_only_while_nothing_stands_on_it() -> None:
    given = bac_kan()
    new = establish(given, "to-3", "chapter", "duc-xuan", on="2016-01-01")
    counted = given.record("MembersCounted", "2016-12-05", unit_id="to-3", members=20)[0]
    with refused("record-stood-on"):
        withdraw(given, new)
    withdraw(given, counted)
    assert withdraw(given, new).quantity == -1
    assert given.memory.tree.get("to-3") is None
    establish(given, "to-3", "chapter", "song-cau", on="2016-01-01")


def test_an_establishment_is_not_withdrawn_under_other_units() -> None:
    given = bac_kan()
    parent = establish(given, "new", "commune", "city")
    child = establish(given, "to-3", "chapter", "new")
    with refused("record-stood-on"):
        withdraw(given, parent)
    withdraw(given, child)
    merged = given.record("UnitMerged", "2018-01-01", unit_id="song-cau", into_unit_id="new")[0]
    with refused("record-stood-on"):
        withdraw(given, parent)
    withdraw(given, merged)
    withdraw(given, parent)


def test_a_merger_withdrawn_gives_the_unit_back_with_its_children() -> None:
    given = bac_kan()
    merged = given.record("UnitMerged", "2018-01-01", unit_id="song-cau", into_unit_id="duc-xuan")[0]
    effect = withdraw(given, merged)
    assert (effect.kind, effect.unit, effect.quantity, effect.year) == ("UnitMerged", "song-cau", 1, 2018)
    tree = given.memory.tree
    assert tree.children("song-cau", given.today) == ["to-9"]
    assert tree.children("duc-xuan", given.today) == ["to-1", "to-2"]


def test_a_merger_is_not_withdrawn_when_its_successor_has_gone_on_elsewhere() -> None:
    given = bac_kan()
    first = given.record("UnitMerged", "2018-01-01", unit_id="to-2", into_unit_id="to-1")[0]
    second = given.record("UnitMerged", "2019-01-01", unit_id="to-1", into_unit_id="to-9")[0]
    with refused("record-stood-on"):
        withdraw(given, first)
    withdraw(given, second)
    withdraw(given, first)


def test_a_merger_is_not_withdrawn_when_its_code_or_its_parent_is_no_longer_there() -> None:
    given = bac_kan()
    establish(given, "new", "commune", "bac-kan", on="2025-07-01")
    first = given.record("UnitMerged", "2025-07-01", unit_id="duc-xuan", into_unit_id="new")[0]
    second = given.record("UnitMerged", "2025-07-01", unit_id="song-cau", into_unit_id="new")[0]
    code = given.record("UnitCodeAssigned", "2025-07-01", unit_id="new", code="01840")[0]
    with refused("unit-code-in-use", "/data/event_id"):
        withdraw(given, first)
    city = given.record("UnitDissolved", "2025-07-01", unit_id="city", reason="Không còn cấp huyện")[0]
    with refused("unit-parent-ended", "/data/event_id"):
        withdraw(given, second)
    withdraw(given, city)
    withdraw(given, code)
    withdraw(given, first)
    withdraw(given, second)


def test_a_dissolution_and_a_split_are_withdrawn_too() -> None:
    given = bac_kan()
    into = [{"unit_id": "to-2", "parts": 1}, {"unit_id": "to-9", "parts": 2}]
    split = given.record("UnitSplit", "2018-01-01", unit_id="to-1", into=into)[0]
    dissolved = given.record("UnitDissolved", "2019-01-01", unit_id="to-9", reason="Ít hội viên")[0]
    with refused("record-stood-on"):
        withdraw(given, split)
    assert withdraw(given, dissolved).quantity == 1
    withdraw(given, split)
    assert given.memory.tree.children("duc-xuan", given.today) == ["to-1", "to-2"]


def test_a_move_is_withdrawn_if_the_tree_before_it_still_stands() -> None:
    given = bac_kan()
    moved = given.record("UnitMoved", "2017-01-01", unit_id="to-9", parent_id="duc-xuan")[0]
    gone = given.record("UnitDissolved", "2018-01-01", unit_id="song-cau", reason="Sắp xếp lại")[0]
    with refused("unit-parent-ended"):
        withdraw(given, moved)
    withdraw(given, gone)
    withdraw(given, moved)
    assert given.memory.tree.parent("to-9", given.today) == "song-cau"


def test_a_code_withdrawn_brings_the_old_one_back_if_it_is_still_free() -> None:
    given = bac_kan()
    changed = given.record("UnitCodeAssigned", "2010-01-01", unit_id="duc-xuan", code="01841")[0]
    taken = establish(given, "new", "commune", "city", on="2010-01-01", code="01840")
    with refused("unit-code-in-use"):
        withdraw(given, changed)
    withdraw(given, taken)
    withdraw(given, changed)
    tree = given.memory.tree.get("duc-xuan")
    assert tree is not None
    assert tree.codes_on(given.today) == {"gso": "01840"}


def test_a_name_withdrawn_brings_the_old_one_back() -> None:
    given = bac_kan()
    renamed = given.record("UnitRenamed", "2015-04-16", unit_id="city", name="Thành phố")[0]
    withdraw(given, renamed)
    unit = given.memory.tree.get("city")
    assert unit is not None
    assert unit.name() == "Hội city"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("TrainingHeld", {"topic": "Nghiệp vụ", "classes": 1, "participants": 25}),
        ("ActivityHeld", {"kind": "meeting", "title": "Hội nghị", "participants": 60}),
        ("TargetSet", {"year": 2020, "indicator": "member.total", "value": 12000}),
        ("ApprovalThresholdSet", {"amount": 5_000_000}),
        ("PopulationStated", {"persons": 45_000, "households": 12_000}),
        ("MembersCounted", {"members": 30}),
        ("ModelsCounted", {"model": "family", "year": 2016, "registered": 5, "achieved": 4}),
        ("ExternalIdAssigned", {"scheme": "qd-20", "id": "H03"}),
    ],
)
def test_a_withdrawal_undoes_every_figure(kind: str, data: dict[str, object]) -> None:
    given = bac_kan()
    fact = given.record(kind, "2017-04-12", unit_id="city", **data)[0]
    back = withdraw(given, fact)
    assert (back.kind, back.unit, back.level, back.year) == (kind, "city", "district", fact.effect.year)
    for column in ("quantity", "extra", "amount"):
        assert (getattr(fact.effect, column) or 0) + (getattr(back, column) or 0) == 0


def test_every_kind_has_words_and_a_valid_example() -> None:
    import msgspec

    for kind in CATALOGUE.values():
        assert kind.vi
        assert kind.en
        assert msgspec.json.decode(msgspec.json.encode(kind.example), type=kind.data)


def test_a_day_of_the_future_is_refused() -> None:
    with refused("date-in-future"):
        History().record("LogStarted", "2030-01-01", log_id="x", origin="khuyenhoc.invalid/x")
