"""What a unit set out to reach in a year, beside what it reached. Nothing is kept: both are asked of the log."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from events.log.read import COLUMNS, stored
from services.statistics.figures import shown
from services.statistics.scope import KnownChoice, TreeChoice, scope_of
from services.statistics.yearly import figures_of, find
from workers.indicators import INDICATORS
from workers.reading import snapshot


class Target(msgspec.Struct, frozen=True):
    """One target. `value`: the figure of the year, over all levels; `reached`: percent of the target, null where
    nothing is known or the target is 0."""

    indicator: str
    measure: str
    target: int | Decimal
    value: int | Decimal | None
    reached: Decimal | None
    set_on: dt.date
    event_id: UUID
    position: int


class Targets(msgspec.Struct, frozen=True):
    """The targets of one unit and year, in the order of the catalogue."""

    unit_id: str
    year: int
    as_known: int
    tree: dt.date
    targets: list[Target]


_SET = f"""
    SELECT {COLUMNS} FROM log.events e
    WHERE e.unit = $1 AND e.year = $2 AND e.kind = 'TargetSet' AND e.type = 'TargetSet' AND e.position <= $3
        AND NOT EXISTS (
            SELECT FROM log.events w
            WHERE w.unit = $1 AND w.year = $2 AND w.kind = 'TargetSet' AND w.type = 'RecordWithdrawn'
                AND w.target = e.event_id AND w.position <= $3
        )
    ORDER BY e.position
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
    """The target last set for each indicator. Raises `UnknownUnitError`, `NotYetKnownError`."""
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        figures = await figures_of(connection, scope, year)
        rows = await connection.fetch(_SET, unit_id, year, scope.known)
    last = {}
    for row in rows:
        event = stored(row)
        last[event.fact.data.indicator] = event  # type: ignore[attr-defined]
    found = []
    for name in sorted(last, key=list(INDICATORS).index):
        event = last[name]
        target: Decimal = event.fact.data.value  # type: ignore[attr-defined]
        figure = find(figures, name, None, None)
        value = figure.value if figure else None
        measure = figure.measure if figure else INDICATORS[name].measure or "count"
        reached = None if value is None or not target else 100 * value / Fraction(target)
        found.append(
            Target(
                name,
                measure,
                target if target % 1 else int(target),
                shown(value, measure),
                None if reached is None else Decimal(shown(reached, "percent") or 0),
                event.fact.occurred_on,
                event.fact.event_id,
                event.position,
            )
        )
    return Targets(unit_id, year, scope.known, scope.tree_on, found)
