"""Figures as a JSON-stat 2.0 dataset (json-stat.org/full): unit × year × cell, sparse.

A cell is what is counted with its level and measure. Percentages have two decimals here; their two counts are
cells of their own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from events.vocabulary import LEVELS
from services.cli.tables import LEVELS as LEVEL_NAMES
from services.exports.ground import Ground
from services.exports.package import instant
from services.exports.rows import FigureRow
from workers.indicators import INDICATORS

Cell = tuple[str, str | None, str]
"""(indicator, level, measure)"""

STATUSES = {
    "E": "Estimated: a share of what a unit did before it was divided",
    "I": "Incomplete: an event of these units could not be counted",
    "EI": "Estimated and incomplete",
}
_SYMBOLS = {"vnd": "₫", "percent": "%", "person": "người", "person_turn": "lượt", "award": "suất"}
_TOP_DOWN: dict[str | None, int] = {None: -1, **{level: n for n, level in enumerate(LEVELS)}}


def dataset(ground: Ground, rows: Sequence[FigureRow]) -> dict[str, Any]:
    """The dataset; rows as they come from `figure_rows`. Statuses only where there is something to say."""
    years = sorted(ground.days)
    units = list(dict.fromkeys(s.unit_id for year in years for s in ground.scopes[year]))
    cells = _cells(rows)
    place = {unit: n for n, unit in enumerate(units)}
    year_place = {year: n for n, year in enumerate(years)}
    cell_place = {cell: n for n, cell in enumerate(cells)}
    value: dict[str, int | Decimal] = {}
    status: dict[str, str] = {}
    for row in rows:
        if row.value is None:
            continue
        cell = cell_place[row.indicator, row.level, row.measure]
        at = str((place[row.unit_id] * len(years) + year_place[row.year]) * len(cells) + cell)
        value[at] = row.value
        if row.estimated or row.incomplete:
            status[at] = ("E" if row.estimated else "") + ("I" if row.incomplete else "")
    made: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": f"{ground.unit(ground.asked.unit_id).name(ground.days[years[-1]])}, {years[0]}–{years[-1]}",
        "source": f"{ground.origin}, events 1–{ground.known}",
        "updated": instant(ground.recorded_at),
        "id": ["unit", "year", "cell"],
        "size": [len(units), len(years), len(cells)],
        "role": {"time": ["year"], "geo": ["unit"], "metric": ["cell"]},
        "dimension": {
            "unit": {"label": "Đơn vị", "category": _units(ground, units)},
            "year": {
                "label": "Năm",
                "category": {"index": [str(y) for y in years], "label": {str(y): str(y) for y in years}},
            },
            "cell": {"label": "Chỉ tiêu", "category": _metric(cells)},
        },
        "value": value,
        "extension": {
            "position": ground.known,
            "origin": ground.origin,
            "root": ground.root,
            "trees": {str(year): str(on) for year, on in ground.days.items()},
            "status": {"label": STATUSES},
        },
    }
    if status:
        made["status"] = status
    return made


def _cells(rows: Iterable[FigureRow]) -> list[Cell]:
    """Those with a figure anywhere, in the order of the yearly table, levels from the top down."""
    order = {name: n for n, name in enumerate(INDICATORS)}
    found = {(row.indicator, row.level, row.measure) for row in rows}
    return sorted(found, key=lambda cell: (order[cell[0]], _TOP_DOWN[cell[1]], cell[2]))


def _units(ground: Ground, units: list[str]) -> dict[str, Any]:
    """Each under its last name and parent of these years."""
    last: dict[str, dt.date] = {}
    for year in sorted(ground.days):
        last |= {scope.unit_id: ground.days[year] for scope in ground.scopes[year]}
    children: dict[str, list[str]] = defaultdict(list)
    for unit in units:
        if (parent := ground.tree.parent(unit, last[unit])) in last:
            children[str(parent)].append(unit)
    category: dict[str, Any] = {
        "index": units,
        "label": {unit: ground.unit(unit).name(last[unit]) for unit in units},
    }
    if children:
        category["child"] = dict(children)
    return category


def _metric(cells: list[Cell]) -> dict[str, Any]:
    ids = {cell: ":".join(part or "" for part in cell) for cell in cells}
    return {
        "index": list(ids.values()),
        "label": {ids[cell]: _label(cell) for cell in cells},
        "unit": {ids[cell]: _unit_of(cell[2]) for cell in cells},
    }


def _label(cell: Cell) -> str:
    indicator, level, measure = cell
    parts = (
        LEVEL_NAMES[level],
        "" if measure == INDICATORS[indicator].measure else _SYMBOLS.get(measure, measure),
    )
    more = ", ".join(filter(None, parts))
    return INDICATORS[indicator].vi + (f" ({more})" if more else "")


def _unit_of(measure: str) -> dict[str, Any]:
    return {
        "decimals": 2 if measure == "percent" else 0,
        "label": measure,
        "symbol": _SYMBOLS.get(measure, ""),
        "position": "end",
    }
