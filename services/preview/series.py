"""Every figure of a unit on two trees, and totals that must be the same on both."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from events.declare import Fact
from events.tree import Tree
from services.preview.shapes import Conservation, Difference, Series, Why
from services.preview.trees import Trees
from services.statistics.figures import Figure, shown
from services.statistics.scope import Supposed, UnknownUnitError, scope_on
from services.statistics.yearly import figures_of
from workers.indicators import INDICATORS

Cell = tuple[str, str | None, str]
"""(indicator, level, measure)"""
Figures = dict[tuple[Cell, int], Figure]
"""By cell and year."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What figures are asked of: a read model at its position, two trees, the commands' own contributions."""

    connection: Any
    known: int
    trees: Trees
    years: Sequence[int]
    supposed: tuple[Supposed, ...]

    async def before(self, unit_id: str) -> Figures:
        return await self._figures(self.trees.before, unit_id, ())

    async def after(self, unit_id: str) -> Figures:
        return await self._figures(self.trees.after, unit_id, self.supposed)

    async def added(self, unit_id: str) -> Figures:
        """What the commands themselves add to a unit's totals: figures of a log that holds nothing else."""
        return await self._figures(self.trees.after, unit_id, self.supposed, known=0)

    async def _figures(
        self, tree: Tree, unit_id: str, supposed: tuple[Supposed, ...], *, known: int | None = None
    ) -> Figures:
        """Those of which anything is known; none of a unit that is not on the tree."""
        known = self.known if known is None else known
        try:
            scope = scope_on(tree, unit_id, self.trees.on, known=known, reached=self.known, supposed=supposed)
        except UnknownUnitError:
            return {}
        found: Figures = {}
        for year in self.years:
            for figure in await figures_of(self.connection, scope, year):
                if figure.value is not None:
                    found[(figure.indicator, figure.level, figure.measure), year] = figure
        return found


def supposed(facts: Iterable[Fact]) -> tuple[Supposed, ...]:
    """What events would change once recorded."""
    return tuple(
        Supposed(
            effect.unit,
            fact.occurred_on.year if effect.year is None else effect.year,
            effect.kind or fact.type,
            effect.level,
            effect.subject,
            effect.measure,
            effect.measure_was,
            effect.pocket,
            effect.until_year,
            effect.quantity,
            effect.extra,
            effect.amount,
        )
        for fact in facts
        if (effect := fact.effect).unit is not None
    )


def series(before: Figures, after: Figures, years: Sequence[int], *, both: bool) -> list[Series]:
    """In the catalogue's order. `both`: the unit is on both trees, so that a figure can become estimated."""
    cells = {cell for cell, _ in (*before, *after)}
    order = {name: n for n, name in enumerate(INDICATORS)}
    found = []
    for cell in sorted(cells, key=lambda c: (order[c[0]], c[1] or "", c[2])):
        was = [_shown(before.get((cell, year))) for year in years]
        now = [_shown(after.get((cell, year))) for year in years]
        estimated = any(
            after[key].estimated and not (both and key in before and before[key].estimated)
            for year in years
            if (key := (cell, year)) in after
        )
        found.append(Series(*cell, was, now, was != now, estimated))
    return found


async def conservation(ground: Ground, units: Sequence[str]) -> Conservation:
    """Their totals together, before and after; what the commands themselves add is told apart."""
    was, now, added = _Totals(), _Totals(), _Totals()
    for unit in units:
        was.add(await ground.before(unit))
        now.add(await ground.after(unit))
        added.add(await ground.added(unit))
    differences = []
    keys = sorted({*was.sums, *now.sums}, key=lambda k: (k[0][0], k[0][1] or "", k[0][2], k[1]))
    for key in keys:
        difference = int(now.sums[key] - was.sums[key])
        if difference:
            (indicator, level, measure), year = key
            why: Why = (
                "recorded"
                if difference == added.sums[key]
                else "covers"
                if INDICATORS[indicator].covers
                else "lost"
            )
            differences.append(Difference(indicator, level, measure, year, difference, why))
    lost = any(d.why == "lost" for d in differences)
    return Conservation(list(units), len(keys), not lost, differences)


class _Totals:
    def __init__(self) -> None:
        self.sums: dict[tuple[Cell, int], Fraction] = defaultdict(Fraction)

    def add(self, figures: Figures) -> None:
        """Rates have no total: they follow from their counts."""
        for key, figure in figures.items():
            if INDICATORS[figure.indicator].of is None:
                self.sums[key] += figure.value or 0


def _shown(figure: Figure | None) -> Any:
    return None if figure is None else shown(figure.value, figure.measure)
