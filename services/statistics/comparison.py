"""Computed beside printed: every published figure of a unit and year, with a verdict. Nobody overwrites
anybody: what was printed is an event like any other."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from events.log.read import COLUMNS, stored
from services.statistics.figures import CHANGE, Verdict, shown, verdict
from services.statistics.scope import KnownChoice, TreeChoice, scope_of
from services.statistics.yearly import figures_of, find
from workers.reading import snapshot


class ComparedFigure(msgspec.Struct, frozen=True):
    """One printed figure: as printed, the number meant, the number computed, and what to think of it."""

    source: str
    indicator: str
    level: str | None
    measure: str
    printed: str
    published: int | Decimal
    qualifier: str
    computed: int | Decimal | None
    verdict: Verdict


class Comparison(msgspec.Struct, frozen=True):
    """All printed figures of one unit and year, by source, in the order in which they were recorded."""

    unit_id: str
    year: int
    figures: list[ComparedFigure]


_PUBLISHED = f"""
    SELECT {COLUMNS} FROM log.events e
    WHERE e.unit = $1 AND e.year = $2 AND e.kind = 'FigurePublished' AND e.type = 'FigurePublished'
        AND e.position <= $3
        AND NOT EXISTS (
            SELECT FROM log.events w
            WHERE w.unit = $1 AND w.year = $2 AND w.kind = 'FigurePublished' AND w.type = 'RecordWithdrawn'
                AND w.target = e.event_id AND w.position <= $3
        )
    ORDER BY e.position
"""


async def comparison(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
) -> tuple[Comparison, int]:
    """The comparison and the position it reflects. Raises `UnknownUnitError`, `NotYetKnownError`."""
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        computed = await figures_of(connection, scope, year)
        rows = await connection.fetch(_PUBLISHED, unit_id, year, scope.known)
    compared = []
    for row in rows:
        printed: Any = stored(row).fact.data
        changed = printed.indicator.endswith(CHANGE)
        name = printed.indicator.removesuffix(CHANGE)
        measure = None if printed.measure in ("percent", "percentage_point") else printed.measure
        figure = find(computed, name, printed.level, measure)
        value = None if figure is None else figure.change if changed else figure.value
        compared.append(
            ComparedFigure(
                printed.source_id,
                printed.indicator,
                printed.level,
                printed.measure,
                printed.printed,
                _plain(printed.value),
                printed.qualifier,
                shown(value, printed.measure),
                verdict(value, printed.value, printed.step, printed.qualifier),
            )
        )
    return Comparison(unit_id, year, compared), scope.known


def _plain(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value
