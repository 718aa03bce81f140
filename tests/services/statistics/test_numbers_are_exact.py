"""Percentages from exact fractions, rounded once, half up; verdicts on print; numbers as they are written."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.statistics.figures import percent, rounded, shown, verdict
from services.writing import change, number, quantity

CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("achieved", "registered", "expected"),
    [(8511, 8760, "97.16"), (98, 123, "79.67"), (92, 123, "74.80"), (1, 800, "0.13"), (1, 1, "100.00")],
)
def test_a_percentage_is_rounded_once_half_up(achieved: int, registered: int, expected: str) -> None:
    value = percent(achieved, registered)
    assert value is not None
    assert str(rounded(value, CENT)) == expected


def test_a_change_of_rates_is_that_of_the_exact_fractions() -> None:
    """79,67 − 74,80 would be 4,87; the exact difference is 6/123 = 4,878…%."""
    now, then = percent(98, 123), percent(92, 123)
    assert now is not None
    assert then is not None
    assert rounded(now - then, CENT) == Decimal("4.88")


@pytest.mark.parametrize(("achieved", "registered"), [(None, 5), (5, None), (0, 0), (None, None)])
def test_a_rate_over_nothing_is_nothing(achieved: int | None, registered: int | None) -> None:
    assert percent(achieved, registered) is None
    assert shown(percent(achieved, registered), "percent") is None


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_rounding_is_never_off_by_more_than_half_a_step(top: int, bottom: int) -> None:
    value = Fraction(top, bottom)
    error = abs(Fraction(rounded(value, CENT)) - value)
    assert error <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("computed", "printed", "step", "qualifier", "expected"),
    [
        (Fraction(9800, 123), "76.67", "0.01", "exact", "differs"),
        (Fraction(9800, 123), "79.67", "0.01", "exact", "matches"),
        (Fraction(42_499_999), "42000000", "1000000", "exact", "matches"),
        (Fraction(42_500_000), "42000000", "1000000", "exact", "differs"),
        (Fraction(47_850_000), "48000000", "1000000", "near", "within"),
        (Fraction(48_000_000), "48000000", "1000000", "near", "within"),
        (Fraction(48_000_001), "48000000", "1000000", "near", "differs"),
        (Fraction(43_200_000), "48000000", "1000000", "near", "differs"),
        (Fraction(3600), "3600", "1", "over", "within"),
        (Fraction(3599), "3600", "1", "over", "differs"),
        (Fraction(3960), "3600", "1", "over", "differs"),
        (Fraction(-46), "-50", "1", "near", "within"),  # a fall, by its size
        (Fraction(-50), "-50", "1", "near", "within"),
        (Fraction(-51), "-50", "1", "near", "differs"),
        (Fraction(-45), "-50", "1", "near", "differs"),
        (Fraction(-54), "-50", "1", "over", "within"),
        (Fraction(-49), "-50", "1", "over", "differs"),
        (Fraction(50), "-50", "1", "over", "differs"),
        (Fraction(-1875, 1000), "-1.88", "0.01", "exact", "matches"),
        (None, "3600", "1", "over", "not computed"),
    ],
)
def test_what_a_printed_figure_is_worth(
    computed: Fraction | None, printed: str, step: str, qualifier: str, expected: str
) -> None:
    assert verdict(computed, Decimal(printed), Decimal(step), qualifier) == expected


def test_numbers_are_written_as_vietnamese_people_write_them() -> None:
    assert number(1234567) == "1.234.567"
    assert quantity(47_850_000, "vnd") == "47.850.000 ₫"
    assert quantity(Decimal("97.16"), "percent") == "97,16%"
    assert change(Decimal("5.04"), "percent") == "+5,04 điểm %"
    assert change(-4, "count") == "−4"
    assert quantity(None, "vnd") == change(None, "vnd") == "–"
