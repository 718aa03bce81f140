"""What makes a figure odd. Odd figures are kept and flagged, never refused: life may be odd, print often is.

A rule is part of an indicator's declaration. It looks at exact values: the figure's own, that of the year
before, and those of other indicators of the same table and level.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

Others = Callable[[str], Fraction | None]
"""The value of another indicator, by name; None where it is not known."""


class Rule(Protocol):
    """`code` is stable; `vi` and `en` say what is odd."""

    @property
    def code(self) -> str: ...
    @property
    def vi(self) -> str: ...
    @property
    def en(self) -> str: ...

    def odd(self, value: Fraction, previous: Fraction | None, others: Others) -> bool:
        """Whether the figure deserves a second look."""
        ...


@dataclass(frozen=True, slots=True)
class Between:
    """Lies outside these bounds: a rate above 100% has counted something twice, or not everything below."""

    low: int
    high: int
    code: str = "outside-bounds"

    @property
    def vi(self) -> str:
        return f"nằm ngoài khoảng {self.low}–{self.high}"

    @property
    def en(self) -> str:
        return f"outside {self.low} to {self.high}"

    def odd(self, value: Fraction, previous: Fraction | None, others: Others) -> bool:
        return not self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class NotBelowZero:
    """A stock of which there is less than nothing."""

    code: str = "below-zero"
    vi: str = "nhỏ hơn 0"
    en: str = "below zero"

    def odd(self, value: Fraction, previous: Fraction | None, others: Others) -> bool:
        return value < 0


@dataclass(frozen=True, slots=True)
class AtLeastEach:
    """Fewer than `least` to each of another indicator: 2,7 participants a class."""

    other: str
    least: int
    code: str
    vi: str
    en: str

    def odd(self, value: Fraction, previous: Fraction | None, others: Others) -> bool:
        of = others(self.other)
        return of is not None and of > 0 and value < self.least * of


@dataclass(frozen=True, slots=True)
class NotAbove:
    """More than another indicator, of which it is a part."""

    other: str
    code: str
    vi: str
    en: str

    def odd(self, value: Fraction, previous: Fraction | None, others: Others) -> bool:
        whole = others(self.other)
        return whole is not None and value > whole


@dataclass(frozen=True, slots=True)
class Leap:
    """More than `times` what it was the year before, or less than that part of it. `from_`: where both years
    stay below that, a leap means little."""

    times: int
    from_: int
    code: str = "leap"

    @property
    def vi(self) -> str:
        return f"tăng hoặc giảm quá {self.times} lần so với năm trước"

    @property
    def en(self) -> str:
        return f"more than {self.times} times up or down from the year before"

    def odd(self, value: Fraction, previous: Fraction | None, others: Others) -> bool:
        if previous is None or previous <= 0 or max(value, previous) < self.from_:
            return False
        return value > self.times * previous or value * self.times < previous
