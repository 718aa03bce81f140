"""Which figures of a table are odd, by the rules of their declarations."""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from services.statistics.figures import Figure
from workers.indicators import Indicator


class Flag(msgspec.Struct, frozen=True):
    """Why a figure deserves a second look. It stays as it is: nothing is refused for being odd."""

    code: str
    vi: str
    en: str


def flags_of(figures: Sequence[Figure], indicators: Sequence[Indicator]) -> list[list[Flag]]:
    """For each figure its flags. Others it is held against: of the same level, else those kept without."""
    rules = {indicator.name: indicator.rules for indicator in indicators}
    values = {(figure.indicator, figure.level): figure.value for figure in figures}
    found: list[list[Flag]] = []
    for figure in figures:
        if figure.value is None:
            found.append([])
            continue
        level = figure.level

        def other(name: str, level: str | None = level) -> Fraction | None:
            value = values.get((name, level))
            return values.get((name, None)) if value is None else value

        found.append(
            [
                Flag(rule.code, rule.vi, rule.en)
                for rule in rules[figure.indicator]
                if rule.odd(figure.value, figure.previous, other)
            ]
        )
    return found
