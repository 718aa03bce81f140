"""The yearly table of a unit's subtree: exact figures with the year before, as known at any position."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from events.log.read import position_at_end_of
from events.tree import Path, allocate
from events.vocabulary import LEVELS
from services.statistics.figures import Figure, percent, shown
from services.statistics.scope import KnownChoice, Scope, TreeChoice, scope_of
from workers.indicators import INDICATORS, Indicator, Sort
from workers.projections.statistics import CONTRIBUTIONS
from workers.projector import parked_streams
from workers.reading import snapshot

CellKey = tuple[str, str, str]
"""(indicator, level or '', measure or '')"""


class YearlyFigure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the table. `value` is null where nothing is known; `change` of a rate is in points."""

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


class YearlyTable(msgspec.Struct, frozen=True):
    """The figures of one unit and year. `as_known`: the position; `tree`: the day whose boundaries hold."""

    unit_id: str
    year: int
    as_known: int
    tree: dt.date
    indicators: list[YearlyFigure]


@dataclass(slots=True)
class _Sum:
    """A cell's sums over the units of a scope, for the year and the one before."""

    value: int = 0
    previous: int = 0
    events: int = 0
    known: int = 0  # events that speak of it, up to the year's end
    known_before: int = 0
    estimated: bool = False


async def yearly_table(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
) -> YearlyTable:
    """The table as the service answers it. Raises `UnknownUnitError`, `NotYetKnownError`."""
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        figures = await figures_of(connection, scope, year)
        incomplete = await parked_touch(connection, scope)
    return YearlyTable(
        unit_id, year, scope.known, scope.tree_on, [_line(figure, incomplete) for figure in figures]
    )


async def figures_of(connection: Any, scope: Scope, year: int) -> list[Figure]:
    """Exact figures of a scope, in the order of the catalogue; levels from the top down."""
    sums = await _sums(connection, scope, year)
    by_indicator: dict[str, dict[tuple[str, str], _Sum]] = defaultdict(dict)
    for (name, level, measure), found in sums.items():
        by_indicator[name][level, measure] = found
    figures: list[Figure] = []
    for indicator in INDICATORS.values():
        if indicator.of:
            figures.append(_rate(indicator, by_indicator))
            continue
        cells = by_indicator.get(indicator.name) or ({} if indicator.by_level else {("", ""): _Sum()})
        figures += [_figure(indicator, *key, found) for key, found in sorted(cells.items(), key=_top_down)]
    return figures


async def parked_touch(connection: Any, scope: Scope) -> bool:
    """Whether an event the read model could not fold belongs to the scope: its figures are incomplete."""
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


def _figure(indicator: Indicator, level: str, measure: str, found: _Sum) -> Figure:
    return Figure(
        indicator.name,
        level or None,
        measure or indicator.measure or "count",
        Fraction(found.value) if found.known else None,
        Fraction(found.previous) if found.known_before else None,
        found.events,
        estimated=found.estimated,
    )


def _rate(indicator: Indicator, sums: dict[str, dict[tuple[str, str], _Sum]]) -> Figure:
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


def _top_down(cell: tuple[tuple[str, str], _Sum]) -> tuple[int, str]:
    (level, measure), _ = cell
    return (LEVELS.index(level) if level in LEVELS else -1, measure)


def _only(cells: dict[tuple[str, str], _Sum]) -> _Sum:
    return next(iter(cells.values()), _Sum())


def _line(figure: Figure, incomplete: bool) -> YearlyFigure:
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
    )


STOCKS = sorted(i.name for i in INDICATORS.values() if i.sort is Sort.STOCK)

_SUMS = """
    SELECT {unit} AS unit, indicator, level, measure,
        sum(quantity) FILTER (WHERE year = $2 OR indicator = ANY($3)) AS value,
        sum(quantity) FILTER (WHERE year = $2 - 1 OR (year < $2 AND indicator = ANY($3))) AS previous,
        sum(events) FILTER (WHERE year = $2 OR indicator = ANY($3)) AS events,
        sum(readings) AS known,
        sum(readings) FILTER (WHERE year < $2) AS known_before
    FROM ({cells}) AS cell
    GROUP BY 1, 2, 3, 4
"""

_LIVE = """
    SELECT unit, indicator, level, measure, year, quantity, events, readings
    FROM read_statistics.cell WHERE unit = ANY($1) AND year <= $2
"""

_AS_KNOWN = f"""
    {_LIVE} AND recorded_on < $4
    UNION ALL
    SELECT p.unit, p.indicator, p.level, p.measure, y.year, y.sign * p.contribution,
        y.sign * (p.contribution <> 0)::int, y.reading
    FROM ({CONTRIBUTIONS.format(schema="read_statistics.")}
        AND e.unit = ANY($1) AND e.position > $5 AND e.position <= $6) AS p
    CROSS JOIN LATERAL (VALUES (p.year, 1, 1), (p.until_year, -1, 0)) AS y (year, sign, reading)
    WHERE y.year <= $2
"""


async def _sums(connection: Any, scope: Scope, year: int) -> dict[CellKey, _Sum]:
    cells, arguments = await _cells(connection, scope)
    sums: dict[CellKey, _Sum] = defaultdict(_Sum)
    for row in await connection.fetch(
        _SUMS.format(unit="''", cells=cells), scope.whole, year, STOCKS, *arguments
    ):
        _add(sums, row, ())
    divided: dict[str, list[Path]] = defaultdict(list)
    for unit, path in scope.divided:
        divided[unit].append(path)
    if divided:
        for row in await connection.fetch(
            _SUMS.format(unit="unit", cells=cells), list(divided), year, STOCKS, *arguments
        ):
            for path in divided[row["unit"]]:
                _add(sums, row, path)
    return dict(sums)


async def _cells(connection: Any, scope: Scope) -> tuple[str, list[Any]]:
    """The rows to sum: the read model's; as known earlier, cut after the last whole day recorded before, with
    that day's events up to the position taken from the log."""
    if scope.live:
        return _LIVE, []
    day = await connection.fetchval(
        "SELECT (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM log.moments WHERE position = $1",
        scope.known,
    )
    if day is None:  # nothing was known
        return _LIVE + " AND false", []
    before = await position_at_end_of(connection, day - dt.timedelta(days=1))
    return _AS_KNOWN, [day, before, scope.known]


def _add(sums: dict[CellKey, _Sum], row: Any, path: Path) -> None:
    cell = sums[row["indicator"], row["level"], row["measure"]]
    cell.value += allocate(int(row["value"] or 0), path)
    cell.previous += allocate(int(row["previous"] or 0), path)
    cell.events += int(row["events"] or 0)
    cell.known += int(row["known"] or 0)
    cell.known_before += int(row["known_before"] or 0)
    cell.estimated = cell.estimated or bool(path)


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
