"""The sums of many units and years in a few statements: those of services/statistics/summing.py, unit by unit
and year by year, which the tests hold them against.

Years in which the same past units make up each unit are asked for together: what a cell got in each year is
added up from there.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import groupby
from typing import Any

from events.tree import Path, allocate
from services.exports.ground import Ground
from services.statistics.covering import Speaker, speakers
from services.statistics.known import Asked, Known, known_at
from services.statistics.scope import Scope
from services.statistics.summing import CellKey, Sum
from workers.indicators import INDICATORS, Sort
from workers.reading import planned_anew
from workers.terms import figures_from, kinds_read_by

Sums = dict[CellKey, Sum]

_Years = dict[int, tuple[int, int, int]]
"""By year, what a cell got: quantity, events that change it, events that speak of it."""
_Cells = dict[CellKey, _Years]

_STOCKS = frozenset(name for name, i in INDICATORS.items() if i.sort is Sort.STOCK)
_COVERING = frozenset(name for name, i in INDICATORS.items() if i.covers)

# Years before the one before the first are one: nobody asks in which of them it was, except for what covers
# areas, which is of what lay in the unit in the year of the statement. A pair is a unit and
# whose sum it goes into: units that roll up whole without what covers areas, divided ones by themselves, and
# of the rest by themselves what covers areas.
_ACROSS = """
    WITH cell AS MATERIALIZED (
        SELECT unit, indicator, level, measure,
            CASE WHEN indicator = ANY({covering}) THEN year ELSE greatest(year, {first}) END AS year,
            sum(quantity) AS quantity, sum(events) AS events, sum(readings) AS readings
        FROM ({figures}) AS figure WHERE year <= {last}
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT pair.whose, indicator, level, measure, year,
        sum(quantity)::bigint AS quantity, sum(events)::bigint AS events, sum(readings)::bigint AS readings
    FROM unnest({whose}, {units}, {parts}) AS pair (whose, unit, part) JOIN cell USING (unit)
    WHERE pair.part = 'divided' OR (indicator = ANY({covering})) = (pair.part = 'covering')
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(readings) <> 0 OR sum(quantity) <> 0 OR sum(events) <> 0  -- not all was taken off again
"""


async def sums_across(connection: Any, ground: Ground) -> AsyncIterator[tuple[int, list[Sums]]]:
    """Year by year, the sums of each unit in the order of the ground's scopes."""
    known = known_at(ground.known, ground.reached)

    def composed(year: int) -> list[tuple[str, tuple[tuple[str, Path], ...]]]:
        return [(scope.unit_id, scope.units) for scope in ground.scopes[year]]

    for _, same in groupby(ground.scopes, key=composed):
        years = list(same)
        scopes = ground.scopes[years[0]]
        whole, own = await _fetched(connection, scopes, years, known)
        for year in years:
            alone = {unit: _sums(found, year) for unit, found in own.items()}
            since = _Since(own, year)
            summed = (_sums(whole[n], year) for n in range(len(scopes)))
            of_all = zip(summed, scopes, strict=True)
            yield year, [_completed(sums, scope, alone, since) for sums, scope in of_all]


async def _fetched(
    connection: Any, scopes: list[Scope], years: list[int], known: Known
) -> tuple[Mapping[int, _Cells], dict[str, _Cells]]:
    """What the units of each scope got together, and what units that are not simply added got alone."""
    units = sorted({unit for scope in scopes for unit, _ in scope.units})
    divided = {unit for scope in scopes for unit, _ in scope.rolled.divided}
    pairs = [(n, unit, "whole") for n, scope in enumerate(scopes) for unit, path in scope.units if not path]
    alone = list(enumerate(units, len(scopes)))
    pairs += [(n, unit, "divided" if unit in divided else "covering") for n, unit in alone]
    columns = [list(column) for column in zip(*pairs, strict=True)] or [[], [], []]
    asked = Asked.of(",".join(units), years[-1], kinds_read_by(INDICATORS.values()))
    sql = _ACROSS.format(
        figures=figures_from(known.sums(asked), INDICATORS.values()),
        last=asked.last,
        first=asked.arguments(years[0] - 2, "int"),
        covering=asked.arguments(sorted(_COVERING), "text[]"),
        whose=asked.arguments(columns[0], "int[]"),
        units=asked.arguments(columns[1], "text[]"),
        parts=asked.arguments(columns[2], "text[]"),
    )
    await planned_anew(connection)
    found: dict[int, _Cells] = defaultdict(lambda: defaultdict(dict))
    for whose, indicator, level, measure, year, *got in await connection.fetch(sql, *asked.arguments):
        found[whose][indicator, level, measure][year] = tuple(got)
    return found, {unit: found[n] for n, unit in alone if n in found}


def _sums(cells: _Cells, year: int) -> Sums:
    return {
        cell: _sum(years, year, cell[0] in _STOCKS) for cell, years in cells.items() if min(years) <= year
    }


def _sum(years: _Years, year: int, stock: bool) -> Sum:
    """A stock is what every year so far added to it, a flow what the year did."""
    found = Sum()
    for at, (quantity, events, readings) in years.items():
        if at > year:
            continue
        found.known += readings
        if stock or at == year:
            found.value += quantity
            found.events += events
        if at < year:
            found.known_before += readings
            if stock or at == year - 1:
                found.previous += quantity
    return found


class _Since:
    """The year of a unit's last statement known at a year's end."""

    def __init__(self, own: Mapping[str, _Cells], year: int) -> None:
        self._own, self.year = own, year

    def of(self, unit: str, cell: CellKey, through: int) -> int | None:
        years = self._own[unit][cell]
        return max((at for at, (_, _, readings) in years.items() if readings and at <= through), default=None)


def _completed(sums: Sums, scope: Scope, alone: Mapping[str, Sums], since: _Since) -> Sums:
    """With the shares of divided units, and the figures that cover areas."""
    for unit, path in scope.rolled.divided:
        for cell, found in alone.get(unit, {}).items():
            if cell[0] not in _COVERING:
                _add(sums.setdefault(cell, Sum()), found, path)
    for cell, stated in _stated(scope, alone):
        if (said := _spoken(scope, cell, stated, since)) is not None:
            sums[cell] = said
    return sums


def _add(to: Sum, found: Sum, path: Path) -> None:
    to.value += allocate(found.value, path)
    to.previous += allocate(found.previous, path)
    to.events += found.events
    to.known += found.known
    to.known_before += found.known_before
    to.estimated = True


def _stated(scope: Scope, alone: Mapping[str, Sums]) -> Iterator[tuple[CellKey, dict[str, Sum]]]:
    """By cell of an indicator that covers areas, what each unit of the scope states."""
    stated: dict[CellKey, dict[str, Sum]] = defaultdict(dict)
    for unit, _ in scope.units:
        for cell, found in alone.get(unit, {}).items():
            if cell[0] in _COVERING:
                stated[cell][unit] = found
    yield from stated.items()


def _spoken(scope: Scope, cell: CellKey, stated: Mapping[str, Sum], since: _Since) -> Sum | None:
    """The sum of those who speak for the scope; None: nobody does."""

    def speaking(values: dict[str, int], through: int) -> list[Speaker]:
        years = {unit: at for unit in stated if (at := since.of(unit, cell, through)) is not None}
        return speakers(scope.tree, scope.unit_id, scope.tree_on, values, years)

    now = speaking({unit: found.value for unit, found in stated.items()}, since.year)
    before = speaking({unit: found.previous for unit, found in stated.items()}, since.year - 1)
    if not now and not before:
        return None
    said = Sum(estimated=any(path for _, path in [*now, *before]))
    for unit, path in now:
        said.value += allocate(stated[unit].value, path)
        said.events += stated[unit].events
        said.known += stated[unit].known
    for unit, path in before:
        said.previous += allocate(stated[unit].previous, path)
        said.known_before += stated[unit].known_before
    return said
