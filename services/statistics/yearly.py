"""The yearly table of a unit's subtree: exact figures with the year before, as known at any position."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from events.vocabulary import LEVELS
from services.statistics.figures import Figure, percent, shown
from services.statistics.odd import Flag, flags_of
from services.statistics.scope import KnownChoice, Scope, TreeChoice, scope_of
from services.statistics.summing import CellKey, Sum, sums_of
from workers.indicators import INDICATORS, Indicator, key_of
from workers.projector import parked_streams
from workers.reading import snapshot

ALL = tuple(INDICATORS.values())
"""The catalogue of today, in its order."""


class YearlyFigure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the table. `value` is null where nothing is known; `change` of a rate is in points.
    `flags`: why it is odd, left out where it is not."""

    indicator: str
    level: str | None
    measure: str
    value: int | Decimal | None
    previous: int | Decimal | None
    change: int | Decimal | None
    events: int
    estimated: bool
    incomplete: bool
    numerator: int | msgspec.UnsetType = msgspec.UNSET
    denominator: int | msgspec.UnsetType = msgspec.UNSET
    flags: list[Flag] = []


class YearlyTable(msgspec.Struct, frozen=True):
    """The figures of one unit and year. `as_known`: the position; `tree`: the day whose boundaries hold."""

    unit_id: str
    year: int
    as_known: int
    tree: dt.date
    indicators: list[YearlyFigure]


async def yearly_table(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
    indicators: Sequence[Indicator] = ALL,
) -> YearlyTable:
    """The table as the service answers it. Raises `UnknownUnitError`, `NotYetKnownError`."""
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        figures = await figures_of(connection, scope, year, indicators)
        incomplete = await parked_touch(connection, scope)
    return table_of(scope, year, figures, indicators, incomplete=incomplete)


def table_of(
    scope: Scope, year: int, figures: list[Figure], indicators: Sequence[Indicator], *, incomplete: bool
) -> YearlyTable:
    """Figures as they are shown, the odd ones flagged."""
    flags = flags_of(figures, indicators)
    lines = [_line(figure, incomplete, odd) for figure, odd in zip(figures, flags, strict=True)]
    return YearlyTable(scope.unit_id, year, scope.known, scope.tree_on, lines)


async def figures_of(
    connection: Any, scope: Scope, year: int, indicators: Sequence[Indicator] = ALL
) -> list[Figure]:
    """Exact figures of a scope, in the order of `indicators`; levels from the top down."""
    return figures_from(await sums_of(connection, scope, year, indicators), indicators)


def figures_from(sums: Mapping[CellKey, Sum], indicators: Sequence[Indicator] = ALL) -> list[Figure]:
    """The figures that these sums make, in the same order."""
    by_indicator: dict[str, dict[tuple[str, str], Sum]] = defaultdict(dict)
    for (name, level, measure), found in sums.items():
        by_indicator[name][level, measure] = found
    figures: list[Figure] = []
    for indicator in indicators:
        if indicator.of:
            figures.append(_rate(indicator, by_indicator))
            continue
        cells = by_indicator.get(key_of(indicator)) or ({} if indicator.by_level else {("", ""): Sum()})
        figures += [_figure(indicator, *key, found) for key, found in sorted(cells.items(), key=_top_down)]
    return figures


async def parked_touch(connection: Any, scope: Scope) -> bool:
    """Whether an event the read model could not fold belongs to the scope: its figures are incomplete."""
    if not scope.leaves_out:
        return False
    parked = await parked_streams(connection, "statistics")
    return bool(parked) and bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM log.events"
            " WHERE stream = ANY($1) AND unit = ANY($2) AND position <= $3)",
            parked,
            [unit for unit, _ in scope.units],
            scope.known,
        )
    )


def _figure(indicator: Indicator, level: str, measure: str, found: Sum) -> Figure:
    return Figure(
        indicator.name,
        level or None,
        measure or indicator.measure or "count",
        Fraction(found.value) if found.known else None,
        Fraction(found.previous) if found.known_before else None,
        found.events,
        estimated=found.estimated,
    )


def _rate(indicator: Indicator, sums: dict[str, dict[tuple[str, str], Sum]]) -> Figure:
    assert indicator.of is not None
    top, bottom = (_only(sums.get(name, {})) for name in indicator.of)
    return Figure(
        indicator.name,
        None,
        "percent",
        percent(top.value if top.known else None, bottom.value if bottom.known else None),
        percent(top.previous if top.known_before else None, bottom.previous if bottom.known_before else None),
        top.events + bottom.events,
        top.value if top.known else None,
        bottom.value if bottom.known else None,
        top.estimated or bottom.estimated,
    )


def _top_down(cell: tuple[tuple[str, str], Sum]) -> tuple[int, str]:
    (level, measure), _ = cell
    return (LEVELS.index(level) if level in LEVELS else -1, measure)


def _only(cells: dict[tuple[str, str], Sum]) -> Sum:
    return next(iter(cells.values()), Sum())


def _line(figure: Figure, incomplete: bool, flags: list[Flag]) -> YearlyFigure:
    counts = figure.measure == "percent"
    unset = msgspec.UNSET
    return YearlyFigure(
        figure.indicator,
        figure.level,
        figure.measure,
        shown(figure.value, figure.measure),
        shown(figure.previous, figure.measure),
        shown(figure.change, figure.measure),
        figure.events,
        figure.estimated,
        incomplete,
        figure.numerator if counts and figure.numerator is not None else unset,
        figure.denominator if counts and figure.denominator is not None else unset,
        flags,
    )


def find(figures: Iterable[Figure], indicator: str, level: str | None, measure: str | None) -> Figure | None:
    """The figure of a cell; without a level, of an indicator kept by level, the sum over its levels."""
    same = [
        f
        for f in figures
        if f.indicator == indicator
        and (level is None or f.level == level)
        and (measure is None or f.measure == measure)
    ]
    if len(same) < 2:
        return same[0] if same else None
    known = [f for f in same if f.value is not None]
    before = [f.previous for f in same if f.previous is not None]
    return Figure(
        indicator,
        level,
        same[0].measure,
        sum((f.value for f in known if f.value is not None), Fraction()) if known else None,
        sum(before, Fraction()) if before else None,
        sum(f.events for f in same),
        estimated=any(f.estimated for f in same),
    )
