"""The sums behind figures: what the units of a scope add up to, live or as known at any position."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from events.log.read import position_at_end_of
from events.tree import Path, allocate
from services.statistics.covering import Speaker, speakers
from services.statistics.scope import Scope
from workers.indicators import INDICATORS, Indicator, Sort, by_key, key_of
from workers.projections.statistics import CONTRIBUTIONS, TERM, term_rows

CellKey = tuple[str, str, str]
"""(key of the indicator, level or '', measure or '')"""


@dataclass(slots=True)
class Sum:
    """A cell's sums over the units of a scope, for the year and the one before."""

    value: int = 0
    previous: int = 0
    events: int = 0
    known: int = 0  # events that speak of it, up to the year's end
    known_before: int = 0
    estimated: bool = False


# Summed by year first: what depends on the year is then asked of a few hundred rows, not of every cell.
_SUMS = """
    WITH of_year AS MATERIALIZED (
        SELECT {unit} AS unit, indicator, level, measure, year, sum(quantity)::bigint AS quantity,
            sum(events)::bigint AS events, sum(readings)::bigint AS readings
        FROM ({cells}) AS cell
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT unit, indicator, level, measure,{more}
        sum(quantity) FILTER (WHERE year = $2 OR indicator = ANY($3)) AS value,
        sum(quantity) FILTER (WHERE year = $2 - 1 OR (year < $2 AND indicator = ANY($3))) AS previous,
        sum(events) FILTER (WHERE year = $2 OR indicator = ANY($3)) AS events,
        sum(readings) AS known,
        sum(readings) FILTER (WHERE year < $2) AS known_before
    FROM of_year
    GROUP BY 1, 2, 3, 4
"""

_SINCE = """
        max(year) FILTER (WHERE readings > 0) AS since,
        max(year) FILTER (WHERE readings > 0 AND year < $2) AS since_before,
"""
"""The years of the last statement known: what it was said of is what lay in the unit then."""

_LIVE = """
    SELECT unit, indicator, level, measure, year, quantity, events, readings
    FROM read_statistics.total WHERE unit = ANY($1) AND year <= $2
"""
_BY_DAY = _LIVE.replace(".total", ".cell")

_FROM_LOG = """
    SELECT p.unit, p.indicator, p.level, p.measure, y.year, y.sign * p.contribution,
        y.sign * (p.contribution <> 0)::int, y.reading
    FROM ({contributions}) AS p
    CROSS JOIN LATERAL (VALUES (p.year, 1, 1), (p.until_year, -1, 0)) AS y (year, sign, reading)
    WHERE y.year <= $2
"""

_BETWEEN = _FROM_LOG.format(
    contributions=CONTRIBUTIONS.format(schema="read_statistics.")
    + "AND e.unit = ANY($1) AND e.position > $5 AND e.position <= $6"
)
_AS_KNOWN = f"{_BY_DAY} AND recorded_on < $4 UNION ALL {_BETWEEN}"

_COLUMNS = "unit, indicator, level, measure, year, quantity, events, readings"
_SUPPOSED = ("text", "text", "text", "text", "int", "bigint", "int", "int")
"""The types of `Supposed`."""

_RETIRED = """
    WITH retired_term ({columns}) AS (VALUES {rows}),
    cell (unit, indicator, level, measure, year, quantity, events, readings) AS ({cells})
    SELECT * FROM cell
"""


async def sums_of(
    connection: Any, scope: Scope, year: int, indicators: Iterable[Indicator]
) -> dict[CellKey, Sum]:
    """By cell. Counts of retired definitions are summed from the log itself."""
    cells, arguments = await _cells(connection, scope)
    sums = await _added(connection, scope, year, cells, arguments)
    if retired := _retired_counts(indicators):
        cells, arguments = _cells_of(retired), [scope.known]
        sums |= await _added(connection, scope, year, cells, arguments, retired)
    return sums


async def speaking(connection: Any, scope: Scope, year: int, indicator: Indicator) -> list[Speaker]:
    """Whose statements make up the figure of an indicator that covers areas."""
    key = key_of(indicator)
    if "@" in key:
        cells, arguments = _cells_of([indicator]), [scope.known]
    else:
        cells, arguments = await _cells(connection, scope)
    rows = await _by_unit(connection, scope, year, cells, arguments, [key])
    stated = {r["unit"]: int(r["value"] or 0) for r in rows}
    since = {r["unit"]: r["since"] for r in rows}
    return speakers(scope.tree, scope.unit_id, scope.tree_on, stated, since)


async def _added(
    connection: Any,
    scope: Scope,
    year: int,
    cells: str,
    arguments: list[Any],
    indicators: Iterable[Indicator] = INDICATORS.values(),
) -> dict[CellKey, Sum]:
    stocks = _stocks(indicators)
    covering = {key_of(i) for i in indicators if i.covers}
    sums: dict[CellKey, Sum] = defaultdict(Sum)
    stated: set[str] = set()
    whole = await connection.fetch(
        _SUMS.format(unit="''", more="", cells=cells), scope.whole, year, stocks, *arguments
    )
    paths: dict[str, list[Path]] = defaultdict(list)
    for unit, path in scope.divided:
        paths[unit].append(path)
    divided = []
    if paths:
        divided = await connection.fetch(
            _SUMS.format(unit="unit", more="", cells=cells), list(paths), year, stocks, *arguments
        )
    for row in [*whole, *divided]:
        if row["indicator"] in covering:
            stated.add(row["indicator"])
            continue
        for path in paths[row["unit"]] if row["unit"] else [()]:
            _add(sums, row, path)
    for name in sorted(stated):
        rows = await _by_unit(connection, scope, year, cells, arguments, [name])
        _cover(scope, sums, rows)
    return dict(sums)


async def _by_unit(
    connection: Any, scope: Scope, year: int, cells: str, arguments: list[Any], names: list[str]
) -> list[Any]:
    sums = _SUMS.format(unit="unit", more=_SINCE, cells=cells)
    units = [unit for unit, _ in scope.units]
    found: list[Any] = await connection.fetch(
        f"SELECT * FROM ({sums}) AS s WHERE indicator = ANY(${4 + len(arguments)})",
        units,
        year,
        names,  # those that cover are stocks
        *arguments,
        names,
    )
    return found


def _cover(scope: Scope, sums: dict[CellKey, Sum], rows: list[Any]) -> None:
    """The sum of those who speak for the scope; of others nothing is added. Nobody: not known."""
    of_unit = {row["unit"]: row for row in rows}
    for column, year in (("value", "since"), ("previous", "since_before")):
        stated = {unit: int(row[column] or 0) for unit, row in of_unit.items()}
        since = {unit: row[year] for unit, row in of_unit.items()}
        for unit, path in speakers(scope.tree, scope.unit_id, scope.tree_on, stated, since):
            row = of_unit[unit]
            cell = sums[row["indicator"], row["level"], row["measure"]]
            share = allocate(stated[unit], path)
            cell.estimated = cell.estimated or bool(path)
            if column == "value":
                cell.value += share
                cell.events += int(row["events"] or 0)
                cell.known += int(row["known"] or 0)
            else:
                cell.previous += share
                cell.known_before += int(row["known_before"] or 0)


async def _cells(connection: Any, scope: Scope) -> tuple[str, list[Any]]:
    """The rows to sum, as known and with what is supposed."""
    cells, arguments = await _known_cells(connection, scope)
    if scope.supposed:
        places = ", ".join(f"${4 + len(arguments) + n}::{sql}[]" for n, sql in enumerate(_SUPPOSED))
        cells += (
            f" UNION ALL SELECT * FROM unnest({places}) AS s ({_COLUMNS}) WHERE unit = ANY($1) AND year <= $2"
        )
        arguments = [*arguments, *map(list, zip(*scope.supposed, strict=True))]
    return cells, arguments


async def _known_cells(connection: Any, scope: Scope) -> tuple[str, list[Any]]:
    """The read model's rows; as known earlier, cut after the last whole day recorded before, with that day's
    events up to the position taken from the log."""
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


def _retired_counts(indicators: Iterable[Indicator]) -> list[Indicator]:
    """Those of them, and of what their rates are made of, that are no longer folded."""
    keys = [key for i in indicators for key in (i.of or (key_of(i),))]
    return [by_key(key) for key in dict.fromkeys(keys) if "@" in key]


def _cells_of(retired: list[Indicator]) -> str:
    contributions = CONTRIBUTIONS.format(schema="retired_") + "AND e.unit = ANY($1) AND e.position <= $4"
    return _RETIRED.format(
        columns=TERM, rows=term_rows(retired), cells=_FROM_LOG.format(contributions=contributions)
    )


def _stocks(indicators: Iterable[Indicator]) -> list[str]:
    return sorted(key_of(i) for i in indicators if i.sort is Sort.STOCK)


def _add(sums: dict[CellKey, Sum], row: Any, path: Path) -> None:
    cell = sums[row["indicator"], row["level"], row["measure"]]
    cell.value += allocate(int(row["value"] or 0), path)
    cell.previous += allocate(int(row["previous"] or 0), path)
    cell.events += int(row["events"] or 0)
    cell.known += int(row["known"] or 0)
    cell.known_before += int(row["known_before"] or 0)
    cell.estimated = cell.estimated or bool(path)
