"""What print says against itself: found from the printed figures alone."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.statistics.contradictions import Printed, _range, found_in


def printed(
    indicator: str,
    value: str,
    *,
    step: str = "1",
    qualifier: str = "exact",
    measure: str = "count",
    year: int = 2017,
    source: str = "article",
    level: str | None = None,
) -> Printed:
    low, high = _range(Decimal(value), Decimal(step), qualifier, measure)
    return Printed(source, year, indicator, level, measure, Decimal(value), value, "", 0, low, high)


def kinds(*figures: Printed) -> list[Any]:
    return [c.kind for c in found_in(figures)]


REGISTERED, ACHIEVED = "model.community.registered", "model.community.achieved"
PERCENT: dict[str, Any] = {"measure": "percent", "step": "0.01"}


def test_98_of_123_are_not_76_67_percent() -> None:
    rate = printed("model.community.rate", "76.67", **PERCENT)
    (found,) = found_in([printed(REGISTERED, "123"), printed(ACHIEVED, "98"), rate])
    assert (found.kind, found.expected) == ("rate_against_counts", "79.67")
    assert [f.indicator for f in found.figures] == ["model.community.rate", ACHIEVED, REGISTERED]
    right = printed("model.community.rate", "79.67", **PERCENT)
    assert kinds(printed(REGISTERED, "123"), printed(ACHIEVED, "98"), right) == []


def test_91_of_74_is_too_many() -> None:
    assert kinds(printed(REGISTERED, "74"), printed(ACHIEVED, "91")) == ["more_achieved_than_registered"]
    assert kinds(printed(REGISTERED, "74"), printed(ACHIEVED, "74")) == []


def test_parts_above_their_whole() -> None:
    parts = [printed("fund.raised", "60", level="commune"), printed("fund.raised", "50", level="chapter")]
    assert kinds(printed("fund.raised", "100"), *parts) == ["parts_above_whole"]
    assert kinds(printed("fund.raised", "110"), *parts) == []


def test_a_change_beside_the_year_before() -> None:
    now, rise = printed("member.total", "10380"), printed("member.total.change", "576")
    near_enough = printed("member.total", "9800", qualifier="over", year=2016, source="site")
    assert kinds(now, rise, near_enough) == []
    (found,) = found_in([now, rise, printed("member.total", "9900", year=2016, source="site")])
    assert (found.kind, found.expected) == ("change_against_year_before", "9804")


def test_a_change_is_held_against_figures_of_its_own_measure() -> None:
    """Awards rose by ten, the pupils who got them by thirty."""
    name = "award.scholarship.recipients"
    figures = [
        printed(name, value, measure=measure, year=year)
        for measure, *values in (("award", "100", "110"), ("person", "20", "50"))
        for year, value in zip((2016, 2017), values, strict=True)
    ]
    assert kinds(*figures, printed(f"{name}.change", "10", measure="award")) == []
    found = kinds(*figures, printed(f"{name}.change", "10", measure="person"))
    assert found == ["change_against_year_before"]


def test_a_change_of_a_rate_is_in_points() -> None:
    rates = [
        printed("model.family.rate", v, year=y, **PERCENT) for y, v in ((2016, "92.12"), (2017, "97.16"))
    ]
    for points, found in (("5.04", []), ("4.04", ["change_against_year_before"])):
        change = printed("model.family.rate.change", points, measure="percentage_point", step="0.01")
        assert kinds(*rates, change) == found


@pytest.mark.parametrize(
    ("before", "contradicts"), [("96", False), ("100", False), ("94", True), ("101", True)]
)
def test_a_fall_is_near_by_its_size(before: str, contradicts: bool) -> None:
    """Fifty now, "giảm gần 50": more than 95 before, and at most 100."""
    now = printed("member.total", "50")
    fall = printed("member.total.change", "-50", qualifier="near")
    found = kinds(now, fall, printed("member.total", before, year=2016))
    assert found == (["change_against_year_before"] if contradicts else [])


@pytest.mark.parametrize("step", ["10", "20"])
def test_a_rate_of_a_count_that_may_be_nothing_may_be_anything(step: str) -> None:
    counts = [printed(REGISTERED, "5", step=step), printed(ACHIEVED, "4")]
    assert kinds(*counts, printed("model.community.rate", "12.00", **PERCENT)) == []


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        (("48", "near"), ("50", "near"), False),  # both may be 47,85
        (("365", "exact"), ("3600", "over"), True),
        (("274", "exact"), ("54", "over"), True),
        (("54", "exact"), ("54", "exact"), False),
    ],
)
def test_two_sources_contradict_only_where_no_number_fits_both(
    one: tuple[str, str], other: tuple[str, str], contradicts: bool
) -> None:
    figures = [
        printed("fund.awarded", value, qualifier=qualifier, source=source)
        for source, (value, qualifier) in (("article", one), ("site", other))
    ]
    assert kinds(*figures) == (["sources_differ"] if contradicts else [])


def test_a_rounded_figure_stands_for_its_range() -> None:
    assert _range(Decimal("97.16"), Decimal("0.01"), "exact", "percent") == (
        Fraction(97155, 1000),
        Fraction(97165, 1000),
    )
