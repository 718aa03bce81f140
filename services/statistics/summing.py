"""The sums behind figures: what the units of a scope add up to, live or as known at any position."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from events.tree import Path, allocate
from services.statistics.covering import Speaker, speakers
from services.statistics.known import Asked, Known, known_at
from services.statistics.scope import Scope
from workers.indicators import Indicator, Sort, by_key, key_of
from workers.terms import figures_from, kinds_read_by

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


# A sum may be made of several rows, some of them taken off: what depends on the year is asked of the whole.
_SUMS = """
    WITH of_year AS MATERIALIZED (
        SELECT unit, indicator, level, measure, year, sum(quantity)::bigint AS quantity,
            sum(events)::bigint AS events, sum(readings)::bigint AS readings
        FROM ({figures}) AS figure WHERE year <= {year}
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT unit, indicator, level, measure,
        max(year) FILTER (WHERE readings > 0) AS since,
        max(year) FILTER (WHERE readings > 0 AND year < {year}) AS since_before,
        sum(quantity) FILTER (WHERE year = {year} OR indicator = ANY({stocks})) AS value,
        sum(quantity) FILTER (
            WHERE year = {year} - 1 OR (year < {year} AND indicator = ANY({stocks}))
        ) AS previous,
        sum(events) FILTER (WHERE year = {year} OR indicator = ANY({stocks})) AS events,
        sum(readings) AS known,
        sum(readings) FILTER (WHERE year < {year}) AS known_before
    FROM of_year
    GROUP BY 1, 2, 3, 4
    HAVING sum(readings) > 0
"""
"""`since`, `since_before`: the years of the last statement known, which was of what lay in the unit then."""


async def sums_of(
    connection: Any, scope: Scope, year: int, indicators: Iterable[Indicator]
) -> dict[CellKey, Sum]:
    """By cell, of these indicators and of what their rates are made of."""
    known = known_at(scope.known, scope.reached, scope.supposed)
    counts = _counts(indicators)
    sums: dict[CellKey, Sum] = defaultdict(Sum)
    paths: dict[str, list[Path]] = defaultdict(list)
    for unit, path in scope.divided:
        paths[unit].append(path)
    whole = await _asked(connection, known, scope.whole, year, counts, "''")
    divided = await _asked(connection, known, list(paths), year, counts, "e.unit") if paths else []
    stated: set[str] = set()
    covering = {key_of(i) for i in counts if i.covers}
    for row in [*whole, *divided]:
        if row["indicator"] in covering:
            stated.add(row["indicator"])
            continue
        for path in paths[row["unit"]] if row["unit"] else [()]:
            _add(sums, row, path)
    for key in sorted(stated):
        _cover(scope, sums, await _by_unit(connection, known, scope, year, by_key(key)))
    return dict(sums)


async def speaking(connection: Any, scope: Scope, year: int, indicator: Indicator) -> list[Speaker]:
    """Whose statements make up the figure of an indicator that covers areas."""
    known = known_at(scope.known, scope.reached, scope.supposed)
    rows = await _by_unit(connection, known, scope, year, indicator)
    stated = {r["unit"]: int(r["value"] or 0) for r in rows}
    since = {r["unit"]: r["since"] for r in rows}
    return speakers(scope.tree, scope.unit_id, scope.tree_on, stated, since)


async def _by_unit(connection: Any, known: Known, scope: Scope, year: int, count: Indicator) -> list[Any]:
    units = [unit for unit, _ in scope.units]
    return await _asked(connection, known, units, year, [count], "e.unit", narrow=True)


async def _asked(
    connection: Any,
    known: Known,
    units: list[str],
    year: int,
    counts: list[Indicator],
    by: str,
    *,
    narrow: bool = False,
) -> list[Any]:
    """The sums of these units by `by`: rows of `_SUMS`."""
    asked = Asked.of(units, year, kinds_read_by(counts))
    figures = figures_from(known.sums(asked, by, narrow=narrow), counts)
    stocks = asked.arguments([key_of(i) for i in counts if i.sort is Sort.STOCK], "text[]")
    sql = _SUMS.format(figures=figures, year=asked.last, stocks=stocks)
    found: list[Any] = await connection.fetch(sql, *asked.arguments)
    return found


def _counts(indicators: Iterable[Indicator]) -> list[Indicator]:
    """Those that are kept, and those that rates among them are made of, each once."""
    keys = [key for i in indicators for key in (i.of or (key_of(i),))]
    return [by_key(key) for key in dict.fromkeys(keys)]


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


def _add(sums: dict[CellKey, Sum], row: Any, path: Path) -> None:
    cell = sums[row["indicator"], row["level"], row["measure"]]
    cell.value += allocate(int(row["value"] or 0), path)
    cell.previous += allocate(int(row["previous"] or 0), path)
    cell.events += int(row["events"] or 0)
    cell.known += int(row["known"] or 0)
    cell.known_before += int(row["known_before"] or 0)
    cell.estimated = cell.estimated or bool(path)
