"""Where what was printed contradicts itself: arithmetic inside a source, one source against another, one
year's report against the next. The log's own figures are not asked; holding those against print is the
comparison.

A printed figure stands for a range: 97,16% for everything that is rounded to it, "gần 48 triệu" for what
lies below, "trên 3.600" for what lies above (the bounds of `figures.verdict`). Two figures contradict each
other only if no number lies in both ranges.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import msgspec

from events.log.read import COLUMNS, stored
from services.statistics.figures import CHANGE, rounded
from workers.indicators import INDICATORS

Kind = Literal[
    "rate_against_counts",
    "more_achieved_than_registered",
    "parts_above_whole",
    "sources_differ",
    "change_against_year_before",
]


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed figure, with the range it stands for: from `low` up to, and not including, `high`."""

    source: str
    year: int
    indicator: str
    level: str | None
    measure: str
    value: Decimal
    printed: str
    event_id: str
    position: int
    low: Fraction
    high: Fraction

    def meets(self, low: Fraction, high: Fraction) -> bool:
        return self.low < high and low < self.high


class ContradictingFigure(msgspec.Struct, frozen=True):
    """A printed figure that takes part in a contradiction."""

    source: str
    year: int
    indicator: str
    level: str | None
    measure: str
    printed: str
    event_id: str
    position: int


class Contradiction(msgspec.Struct, frozen=True):
    """Printed figures that cannot all be right."""

    kind: Kind
    year: int
    indicator: str
    level: str | None
    figures: list[ContradictingFigure]
    expected: str | None
    """What the others make of the first one, where that is one number: 98/123 makes 79.67."""


_PUBLISHED = f"""
    SELECT {COLUMNS} FROM log.events e
    WHERE e.unit = $1 AND e.kind = 'FigurePublished' AND e.type = 'FigurePublished' AND e.position <= $2
        AND NOT EXISTS (
            SELECT FROM log.events w
            WHERE w.unit = $1 AND w.kind = 'FigurePublished' AND w.type = 'RecordWithdrawn'
                AND w.target = e.event_id AND w.position <= $2
        )
    ORDER BY e.position
"""


async def contradictions(connection: Any, unit_id: str, known: int) -> list[Contradiction]:
    """Among all figures ever printed of the unit itself, by year. `known`: a position."""
    rows = [stored(row) for row in await connection.fetch(_PUBLISHED, unit_id, known)]
    return found_in([_printed(row) for row in rows])


def found_in(printed: Sequence[Printed]) -> list[Contradiction]:
    """Every contradiction, by year and kind."""
    by_source: dict[tuple[str, int], list[Printed]] = defaultdict(list)
    for figure in printed:
        by_source[figure.source, figure.year].append(figure)
    found: list[Contradiction] = []
    for figures in by_source.values():
        found += _rates(figures)
        found += _achieved(figures)
        found += _parts(figures)
    found += _sources(printed)
    found += _changes(printed)
    return sorted(found, key=lambda c: (c.year, c.kind, c.indicator, c.level or ""))


def _printed(row: Any) -> Printed:
    data: Any = row.fact.data
    low, high = _range(data.value, data.step, data.qualifier, data.measure)
    return Printed(
        data.source_id,
        data.year,
        data.indicator,
        data.level,
        data.measure,
        data.value,
        data.printed,
        str(row.fact.event_id),
        row.position,
        low,
        high,
    )


def _range(value: Decimal, step: Decimal, qualifier: str, measure: str) -> tuple[Fraction, Fraction]:
    exact, tiny = Fraction(value), Fraction(1, 10**6)
    if value < 0:  # a fall, by its size; turned round, it would include `high` and leave out `low`
        low, high = _range(-value, step, qualifier, measure)
        return tiny - high, tiny - low
    if qualifier == "near":  # above 90% of it, up to it
        return exact * Fraction(9, 10) + tiny, exact + tiny
    if qualifier == "over":
        return exact, exact * Fraction(11, 10)
    if step == 1 and measure not in ("percent", "percentage_point"):
        return exact, exact + tiny  # a count is itself
    half = Fraction(step) / 2
    return exact - half, exact + half


def _rates(figures: Sequence[Printed]) -> Iterator[Contradiction]:
    """A rate beside both of its counts: 98 of 123 are not 76,67%."""
    for rate in figures:
        declared = INDICATORS.get(rate.indicator)
        if declared is None or declared.of is None:
            continue
        counts = [next((f for f in figures if f.indicator == name), None) for name in declared.of]
        top, bottom = counts
        if top is None or bottom is None or not bottom.value or bottom.low <= 0:
            continue  # a rate over what may be nothing may be anything
        low, high = 100 * top.low / bottom.high, 100 * top.high / bottom.low
        if not rate.meets(low, high):
            exact = rounded(Fraction(100 * Fraction(top.value), Fraction(bottom.value)), Decimal("0.01"))
            yield _contradiction("rate_against_counts", [rate, top, bottom], f"{exact}")


def _achieved(figures: Sequence[Printed]) -> Iterator[Contradiction]:
    """More achieved than registered: 91 of 74."""
    for achieved in (f for f in figures if f.indicator.endswith(".achieved")):
        name = achieved.indicator.removesuffix("achieved") + "registered"
        registered = next((f for f in figures if f.indicator == name and f.level == achieved.level), None)
        if registered is not None and achieved.low >= registered.high:
            yield _contradiction("more_achieved_than_registered", [achieved, registered])


def _parts(figures: Sequence[Printed]) -> Iterator[Contradiction]:
    """Figures by level that together exceed the one without a level."""
    for whole in (f for f in figures if f.level is None and not f.indicator.endswith(CHANGE)):
        parts = [
            f
            for f in figures
            if f.indicator == whole.indicator and f.measure == whole.measure and f.level is not None
        ]
        if parts and sum((p.low for p in parts), Fraction()) >= whole.high:
            total = sum((p.value for p in parts), Decimal())
            yield _contradiction("parts_above_whole", [whole, *parts], f"{total}")


def _sources(printed: Sequence[Printed]) -> Iterator[Contradiction]:
    """Two sources on the same figure of the same year."""
    same: dict[tuple[Any, ...], list[Printed]] = defaultdict(list)
    for f in printed:
        same[f.year, f.indicator, f.level, f.measure].append(f)
    for figures in same.values():
        for i, one in enumerate(figures):
            for other in figures[i + 1 :]:
                if not one.meets(other.low, other.high):
                    yield _contradiction("sources_differ", [one, other])


def _changes(printed: Sequence[Printed]) -> Iterator[Contradiction]:
    """This year's figure less the printed change, against what any source printed for the year before."""
    for change in (f for f in printed if f.indicator.endswith(CHANGE)):
        name = change.indicator.removesuffix(CHANGE)
        measure = "percent" if change.measure == "percentage_point" else change.measure
        now = _of(printed, name, change.level, measure, change.year, change.source)
        for value in now:
            for before in _of(printed, name, change.level, measure, change.year - 1):
                if not before.meets(value.low - change.high, value.high - change.low):
                    expected = f"{value.value - change.value}"
                    yield _contradiction("change_against_year_before", [change, value, before], expected)


def _of(
    printed: Iterable[Printed],
    name: str,
    level: str | None,
    measure: str,
    year: int,
    source: str | None = None,
) -> list[Printed]:
    wanted = (name, level, measure, year)
    return [
        f
        for f in printed
        if (f.indicator, f.level, f.measure, f.year) == wanted and source in (None, f.source)
    ]


def _contradiction(kind: Kind, figures: Sequence[Printed], expected: str | None = None) -> Contradiction:
    first = figures[0]
    return Contradiction(
        kind,
        first.year,
        first.indicator,
        first.level,
        [
            ContradictingFigure(
                f.source, f.year, f.indicator, f.level, f.measure, f.printed, f.event_id, f.position
            )
            for f in figures
        ],
        expected,
    )
