"""Numbers as they are compared and shown: exact fractions, rounded once, half up; verdicts on print."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

Verdict = Literal["matches", "within", "differs", "not computed"]

ONE, HUNDREDTH = Decimal(1), Decimal("0.01")
CHANGE = ".change"
"""A printed change names its indicator with this ending."""


class Figure(msgspec.Struct, frozen=True):
    """One indicator of one subtree and year: the exact value and that of the year before."""

    indicator: str
    level: str | None
    measure: str
    value: Fraction | None
    previous: Fraction | None
    events: int
    numerator: int | None = None
    denominator: int | None = None
    estimated: bool = False

    @property
    def change(self) -> Fraction | None:
        """The difference of the exact values; of a rate in percentage points."""
        return None if self.value is None or self.previous is None else self.value - self.previous


def percent(numerator: int | None, denominator: int | None) -> Fraction | None:
    """Exact; None where a count is unknown or the denominator is 0."""
    if numerator is None or not denominator:
        return None
    return Fraction(100 * numerator, denominator)


def rounded(value: Fraction, step: Decimal) -> Decimal:
    """To a multiple of `step`, half away from zero, in one rounding from the exact fraction."""
    up, down = step.as_integer_ratio()
    numerator, denominator = value.numerator * down, value.denominator * up
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return (-whole if numerator < 0 else whole) * step


def shown(value: Fraction | None, measure: str) -> int | Decimal | None:
    """As JSON carries it: percentages with two decimals, everything else whole."""
    if value is None:
        return None
    if measure in ("percent", "percentage_point"):
        return rounded(value, HUNDREDTH)
    return value.numerator if value.denominator == 1 else int(rounded(value, ONE))


def verdict(computed: Fraction | None, printed: Decimal, step: Decimal, qualifier: str) -> Verdict:
    """What a printed figure is worth: DESIGN §7.

    exact: equal once rounded to the worth of the last printed digit. near ('gần'): not above the printed
    value and more than 90% of it. over ('trên'): not below and less than 110%. A printed fall is near or
    over by its size: 'giảm gần 50' is -50 or a little above.
    """
    if computed is None:
        return "not computed"
    if printed < 0:
        return verdict(-computed, -printed, step, qualifier)
    value = Fraction(printed)
    if qualifier == "near":
        return "within" if value * Fraction(9, 10) < computed <= value else "differs"
    if qualifier == "over":
        return "within" if value <= computed < value * Fraction(11, 10) else "differs"
    return "matches" if rounded(computed, step) == printed else "differs"
