"""The sums behind figures: what the units of a scope add up to, live or as known at any position."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from events.tree import Path, allocate
from services.statistics.covering import Speaker, speakers
from services.statistics.founded import FOUNDINGS, Parts
from services.statistics.known import Asked, Known, known_at
from services.statistics.scope import Scope
from workers.indicators import Indicator, by_key, key_of
from workers.reading import planned_anew
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
_ADDED = """
        coalesce(sum(quantity) FILTER (WHERE year = {year} OR stock), 0)::bigint AS value,
        coalesce(sum(quantity) FILTER (
            WHERE year = {year} - 1 OR (year < {year} AND stock)
        ), 0)::bigint AS previous,
        coalesce(sum(events) FILTER (WHERE year = {year} OR stock), 0)::bigint AS events,
        sum(readings)::bigint AS known,
        coalesce(sum(readings) FILTER (WHERE year < {year}), 0)::bigint AS known_before
"""
_SUMS = f"""
    SELECT unit, indicator, level, measure, {_ADDED}
    FROM ({{figures}}) AS figure WHERE year <= {{year}}
    GROUP BY 1, 2, 3, 4, '0'::xid
    HAVING sum(readings) > 0
"""
_STATED = f"""
    WITH of_year AS MATERIALIZED (
        SELECT unit, indicator, level, measure, stock, year, sum(quantity)::bigint AS quantity,
            sum(events)::bigint AS events, sum(readings)::bigint AS readings
        FROM ({{figures}}) AS figure WHERE year <= {{year}}
        GROUP BY 1, 2, 3, 4, 5, 6
    )
    SELECT unit, indicator, level, measure,
        max(year) FILTER (WHERE readings > 0) AS since,
        max(year) FILTER (WHERE readings > 0 AND year < {{year}}) AS since_before, {_ADDED}
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
    for unit, path in scope.rolled.divided:
        paths[unit].append(path)
    parts = None
    if known.total and scope.shaped is not None:
        parts = (await FOUNDINGS.at(connection, scope.shaped)).parts(scope.rolled.whole)
    whole = await _asked(connection, _SUMS, known, scope.rolled.whole, year, counts, parts=parts)
    divided = await _asked(connection, _SUMS, known, ",".join(paths), year, counts, "e.unit") if paths else []
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
    stated = {r["unit"]: r["value"] for r in rows}
    since = {r["unit"]: r["since"] for r in rows}
    return speakers(scope.tree, scope.unit_id, scope.tree_on, stated, since)


async def _by_unit(connection: Any, known: Known, scope: Scope, year: int, count: Indicator) -> list[Any]:
    units = ",".join(unit for unit, _ in scope.units)
    return await _asked(connection, _STATED, known, units, year, [count], "e.unit")


async def _asked(
    connection: Any,
    sql: str,
    known: Known,
    units: str,
    year: int,
    counts: list[Indicator],
    by: str = "''",
    parts: Parts | None = None,
) -> list[Any]:
    """The sums of these units, separated by commas, by `by`: rows of `_SUMS` or `_STATED`."""
    stated = sql is _STATED
    asked = Asked.of(units, year, kinds_read_by(counts), each_year=stated, parts=parts)
    figures = figures_from(known.sums(asked, by, narrow=stated), counts)
    sql = sql.format(figures=figures, year=asked.last)
    if known.reads_events:
        await planned_anew(connection)
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
        stated = {unit: row[column] for unit, row in of_unit.items()}
        since = {unit: row[year] for unit, row in of_unit.items()}
        for unit, path in speakers(scope.tree, scope.unit_id, scope.tree_on, stated, since):
            row = of_unit[unit]
            cell = sums[row["indicator"], row["level"], row["measure"]]
            share = allocate(stated[unit], path)
            cell.estimated = cell.estimated or bool(path)
            if column == "value":
                cell.value += share
                cell.events += row["events"]
                cell.known += row["known"]
            else:
                cell.previous += share
                cell.known_before += row["known_before"]


def _add(sums: dict[CellKey, Sum], row: Any, path: Path) -> None:
    cell = sums[row["indicator"], row["level"], row["measure"]]
    cell.value += allocate(row["value"], path)
    cell.previous += allocate(row["previous"], path)
    cell.events += row["events"]
    cell.known += row["known"]
    cell.known_before += row["known_before"]
    cell.estimated = cell.estimated or bool(path)
