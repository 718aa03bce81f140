"""Learning centres with their classes and ratings; programmes agreed with partners."""

from typing import Any

import pytest

from events.declare import Fact
from tests.events.history import History
from tests.events.units import bac_kan, establish, refused, withdraw


def with_centre() -> History:
    given = bac_kan()
    data = {"centre_id": "tthtcd", "unit_id": "duc-xuan", "name": "TTHTCĐ phường Đức Xuân"}
    given.record("LearningCentreOpened", "2008-09-15", **data)
    return given


def hold(given: History, on: str = "2017-03-01", **more: Any) -> Fact:
    data = {"centre_id": "tthtcd", "topic": "Trồng rau an toàn", "participants": 24, **more}
    return given.record("ClassHeld", on, **data)[0]


def rate(given: History, rating: str, on: str = "2017-12-15", year: int = 2017) -> Fact:
    return given.record("CentreRated", on, centre_id="tthtcd", year=year, rating=rating)[0]


def test_a_centre_opens_once_at_a_unit_that_is_there() -> None:
    given = with_centre()
    assert given.log[-1].effect.quantity == 1
    with refused("centre-id-taken", "/data/centre_id"):
        given.record("LearningCentreOpened", "2009-01-01", centre_id="tthtcd", unit_id="song-cau", name="x")
    with refused("unknown-unit", "/data/unit_id"):
        given.record("LearningCentreOpened", "2009-01-01", centre_id="new", unit_id="nowhere", name="x")


def test_classes_are_held_at_a_centre_that_is_open() -> None:
    given = with_centre()
    effect = hold(given).effect
    assert (effect.unit, effect.level, effect.subject) == ("duc-xuan", "commune", "Trồng rau an toàn")
    assert (effect.quantity, effect.extra) == (24, 1)
    with refused("unknown-centre", "/data/centre_id"):
        hold(given, centre_id="nowhere")
    with refused("centre-not-open-yet", "/occurred_on"):
        hold(given, on="2008-09-14")
    with refused("unknown-term", "/data/audience"):
        hold(given, audience="martians")
    with pytest.raises(ValueError, match=">= 1"):
        hold(given, participants=0)


def test_odd_numbers_are_kept() -> None:
    """136 classes for 365 participants were printed for 2017."""
    effect = hold(with_centre(), participants=365, classes=136).effect
    assert (effect.quantity, effect.extra) == (365, 136)


def test_a_rating_replaces_the_one_before_for_its_year() -> None:
    given = with_centre()
    first = rate(given, "fair")
    second = rate(given, "good", on="2018-01-10")
    effect = second.effect
    assert (effect.year, effect.measure, effect.measure_was, effect.target) == (
        2017,
        "good",
        "fair",
        first.event_id,
    )
    nothing = withdraw(given, first)
    assert (nothing.measure, nothing.measure_was) == (None, None)
    gone = withdraw(given, second)
    assert (gone.kind, gone.year, gone.measure, gone.measure_was) == ("CentreRated", 2017, None, "good")
    with refused("year-not-begun"):
        rate(given, "good", year=2018)
    with refused("centre-not-open-yet"):
        rate(given, "good", year=2007)


def test_a_centre_goes_on_at_the_successor_of_its_unit() -> None:
    given = with_centre()
    establish(given, "duc-xuan-2025", "commune", "bac-kan", on="2025-07-01")
    given.record("UnitMerged", "2025-07-01", unit_id="duc-xuan", into_unit_id="duc-xuan-2025")
    assert hold(given, on="2025-07-01").effect.unit == "duc-xuan"
    assert hold(given, on="2025-09-01").effect.unit == "duc-xuan-2025"
    assert rate(given, "good", on="2025-12-20", year=2025).effect.unit == "duc-xuan-2025"
    assert rate(given, "good", on="2025-12-20", year=2024).effect.unit == "duc-xuan"


def test_a_centre_of_a_dissolved_unit_takes_no_more() -> None:
    given = with_centre()
    for unit in ("to-1", "to-2", "duc-xuan"):
        given.record("UnitDissolved", "2018-01-01", unit_id=unit, reason="Sắp xếp lại")
    with refused("unit-not-there", "/data/centre_id"):
        hold(given, on="2018-01-02")


def sign(given: History, on: str = "2016-03-10", **more: Any) -> Fact:
    data = {
        "programme_id": "mttq",
        "unit_id": "city",
        "title": "Phối hợp khuyến học",
        "partners": ["Ủy ban MTTQ"],
        "from_year": 2016,
        "to_year": 2020,
        **more,
    }
    return given.record("ProgrammeSigned", on, **data)[0]


def end(given: History, on: str) -> Fact:
    return given.record("ProgrammeEnded", on, programme_id="mttq", reason="Kết thúc sớm")[0]


def running(given: History, year: int) -> int:
    effects = [f.effect for f in given.log if (f.effect.kind or "").startswith("Programme")]
    return sum(e.quantity or 0 for e in effects if (e.year or 0) <= year < (e.until_year or 9999))


def test_a_programme_runs_from_its_first_year_to_its_last() -> None:
    given = bac_kan()
    sign(given)
    assert [running(given, year) for year in (2015, 2016, 2020, 2021)] == [0, 1, 1, 0]
    with refused("programme-id-taken", "/data/programme_id"):
        sign(given)
    with refused("programme-years-turned-round", "/data/to_year"):
        sign(given, programme_id="other", to_year=2015)
    for partners in ([], ["x"] * 51):
        with pytest.raises(ValueError):
            sign(given, programme_id="other", partners=partners)


def test_a_programme_ends_once_and_not_before_it_was_signed() -> None:
    given = bac_kan()
    with refused("unknown-programme", "/data/programme_id"):
        end(given, "2018-05-01")
    signed = sign(given)
    with refused("programme-ended-before-signed", "/occurred_on"):
        end(given, "2016-03-09")
    ended = end(given, "2018-05-01")
    assert [running(given, year) for year in (2016, 2017, 2018, 2021)] == [1, 1, 0, 0]
    with refused("programme-already-ended"):
        end(given, "2019-05-01")
    with refused("record-stood-on"):
        withdraw(given, signed)
    withdraw(given, ended)
    assert [running(given, year) for year in (2018, 2020, 2021)] == [1, 1, 0]
    withdraw(given, signed)
    assert [running(given, year) for year in (2016, 2018)] == [0, 0]


def test_a_programme_ended_before_its_first_year_never_counts() -> None:
    given = bac_kan()
    sign(given, from_year=2018)
    end(given, "2016-12-01")
    assert [running(given, year) for year in range(2015, 2022)] == [0] * 7
