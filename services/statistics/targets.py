"""Targets against actuals: what a unit set out to reach in a year, and what its events say it reached."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from events.log.read import COLUMNS, stored
from services.statistics.figures import Figure, rounded, shown
from services.statistics.scope import KnownChoice, TreeChoice, scope_of
from services.statistics.yearly import figures_of, find, parked_touch
from workers.indicators import INDICATORS
from workers.reading import snapshot

HUNDREDTH = Decimal("0.01")


class TargetLine(msgspec.Struct, frozen=True):
    """One target. Of an indicator kept by level, the actual is the sum over the levels.

    `difference`: actual less target, of a rate in percentage points. `share`: the actual in percent of the
    target, null where that is 0. All from exact values, each rounded once. `reached`: by the exact values;
    null, like the others, where the actual is not known, or is of several measures that do not add up.
    """

    indicator: str
    measure: str | None
    target: int | Decimal
    actual: int | Decimal | None
    difference: int | Decimal | None
    share: Decimal | None
    reached: bool | None
    estimated: bool
    set_on: dt.date
    event_id: UUID
    position: int


class Targets(msgspec.Struct, frozen=True):
    """The targets of a unit and year in the order of the table; unknown indicators last."""

    unit_id: str
    year: int
    as_known: int
    tree: dt.date
    targets: list[TargetLine]
    incomplete: bool


# The one recorded last holds; withdrawing it brings back the one before.
_SET = f"""
    SELECT DISTINCT ON (e.subject) {COLUMNS} FROM log.events e
    WHERE e.unit = $1 AND e.year = $2 AND e.kind = 'TargetSet' AND e.type = 'TargetSet' AND e.position <= $3
        AND NOT EXISTS (
            SELECT FROM log.events w
            WHERE w.stream = e.stream AND w.type = 'RecordWithdrawn' AND w.target = e.event_id
                AND w.position <= $3
        )
    ORDER BY e.subject, e.position DESC
"""


async def targets_of(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
) -> Targets:
    """The unit's own targets. Raises `UnknownUnitError`, `NotYetKnownError`."""
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        found = [stored(row) for row in await connection.fetch(_SET, unit_id, year, scope.known)]
        figures = await figures_of(connection, scope, year) if found else []
        incomplete = await parked_touch(connection, scope)
    order = {name: n for n, name in enumerate(INDICATORS)}
    found.sort(
        key=lambda e: (order.get(e.fact.effect.subject or "", len(order)), e.fact.effect.subject or "")
    )
    return Targets(unit_id, year, scope.known, scope.tree_on, [_line(e, figures) for e in found], incomplete)


def _line(set_: Any, figures: Sequence[Figure]) -> TargetLine:
    data = set_.fact.data
    figure = _actual(figures, data.indicator)
    target, actual = Fraction(data.value), figure.value if figure else None
    measure = figure.measure if figure else None
    return TargetLine(
        data.indicator,
        measure,
        _plain(data.value),
        None if measure is None else shown(actual, measure),
        None if actual is None or measure is None else _difference(actual - target, measure),
        None if actual is None or not target else rounded(100 * actual / target, HUNDREDTH),
        None if actual is None else actual >= target,
        figure is not None and figure.estimated,
        set_.fact.occurred_on,
        set_.fact.event_id,
        set_.position,
    )


def _actual(figures: Sequence[Figure], indicator: str) -> Figure | None:
    """None: no such indicator, or nothing known, or figures of several measures."""
    measures = {f.measure for f in figures if f.indicator == indicator}
    return find(figures, indicator, None, None) if len(measures) == 1 else None


def _difference(value: Fraction, measure: str) -> int | Decimal | None:
    if value.denominator != 1 and measure != "percent":  # a target of 2,5 classes
        return rounded(value, HUNDREDTH)
    return shown(value, measure)


def _plain(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value
