"""What was printed is kept as it was printed, once for each figure and source."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from events.catalogue.sources import FigurePublished
from events.declare import Fact
from tests.events.history import History
from tests.events.units import bac_kan, refused, withdraw


def publish(given: History, **more: Any) -> Fact:
    data = {
        "source_id": "article-2017",
        "unit_id": "city",
        "year": 2017,
        "indicator": "model.community.rate",
        "measure": "percent",
        "value": 76.67,
        "step": 0.01,
        "qualifier": "exact",
        "printed": "76,67%",
        **more,
    }
    return given.record("FigurePublished", "2017-12-31", **data)[0]


def test_a_wrong_percentage_is_kept_as_printed() -> None:
    fact = publish(bac_kan(), remark="98/123 là 79,67%")
    assert isinstance(fact.data, FigurePublished)
    assert fact.data.value == Decimal("76.67")
    assert (fact.effect.unit, fact.effect.year) == ("city", 2017)
    assert (fact.effect.subject, fact.effect.measure) == ("model.community.rate", "percent")


def test_numbers_in_json_are_read_exactly() -> None:
    text = (
        b'{"source_id":"a","unit_id":"city","year":2017,"indicator":"fund.raised","measure":"vnd",'
        b'"value":9007199254740993.01,"step":0.01,"qualifier":"near","printed":"x"}'
    )
    assert msgspec.json.decode(text, type=FigurePublished).value == Decimal("9007199254740993.01")


def test_a_source_prints_a_figure_once() -> None:
    given = bac_kan()
    first = publish(given)
    with refused("figure-already-published", "/data/indicator"):
        publish(given, value=79.67)
    publish(given, level="commune")
    publish(given, measure="count")
    publish(given, year=2016)
    publish(given, unit_id="duc-xuan")
    publish(given, source_id="city-site-2017")
    withdraw(given, first)
    publish(given, value=79.67)


@pytest.mark.parametrize("value", [-1, 10**17, 1.005, "NaN", "Infinity"])
def test_a_value_is_a_number_with_at_most_two_decimals(value: Any) -> None:
    with refused("number-out-of-range", "/data/value"):
        publish(bac_kan(), value=value)


@pytest.mark.parametrize("step", [0, -1, 0.001])
def test_a_step_is_above_zero(step: Any) -> None:
    with refused("number-out-of-range", "/data/step"):
        publish(bac_kan(), step=step)


def test_a_printed_change_may_be_a_fall() -> None:
    publish(bac_kan(), indicator="unit.chapters.change", measure="count", value=-4, step=1)


def test_the_unit_is_known_even_if_it_has_ended() -> None:
    given = bac_kan()
    given.record("UnitDissolved", "2016-12-31", unit_id="to-1", reason="Ít hội viên")
    publish(given, unit_id="to-1")
    with refused("unknown-unit", "/data/unit_id"):
        publish(given, unit_id="nowhere")


def test_no_figure_is_printed_before_its_year_begins() -> None:
    with refused("year-not-begun", "/data/year"):
        publish(bac_kan(), year=2018)


def test_indicators_have_names() -> None:
    with pytest.raises(ValueError):
        publish(bac_kan(), indicator="Hội viên")
