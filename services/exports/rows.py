"""The rows of an export's tables: figures, the units they are of, and what is counted."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from services.exports.ground import Ground
from services.exports.tables import yearly_tables
from services.statistics.yearly import ALL, YearlyTable


class FigureRow(msgspec.Struct, frozen=True):
    """One figure of one unit and year. `value` is null for a rate whose denominator is 0 or not known: what
    nothing is known of has no row. `flags`: codes of why it is odd."""

    unit_id: str
    unit_name: str
    unit_level: str
    tree: dt.date
    year: int
    indicator: str
    level: str | None
    measure: str
    value: int | Decimal | None
    numerator: int | None
    denominator: int | None
    events: int
    estimated: bool
    incomplete: bool
    flags: list[str]


class UnitRow(msgspec.Struct, frozen=True):
    """A unit as it was on the tree of that day: those exported, and those above them."""

    tree: dt.date
    unit_id: str
    name: str
    level: str
    parent_id: str | None
    established_on: dt.date


class CodeRow(msgspec.Struct, frozen=True):
    """A code that a unit had on that day."""

    tree: dt.date
    unit_id: str
    scheme: str
    code: str


class IndicatorRow(msgspec.Struct, frozen=True):
    """What is counted. `measure` null: as the events say. A rate names the counts it is made of."""

    indicator: str
    version: int
    label_vi: str
    label_en: str
    kind: str
    measure: str | None
    numerator: str | None
    denominator: str | None


async def figure_rows(connection: Any, ground: Ground) -> AsyncIterator[list[FigureRow]]:
    """Year by year: by unit from the top down, by indicator in the order of the yearly table."""
    async for tables in yearly_tables(connection, ground):
        yield [row for table in tables for row in _rows(table, ground)]


def unit_rows(ground: Ground) -> list[UnitRow]:
    """By day of the tree, then by id."""
    found = []
    for on, unit_id in _standing(ground):
        unit = ground.unit(unit_id)
        parent = ground.tree.parent(unit_id, on)
        found.append(UnitRow(on, unit_id, unit.name(on), unit.level, parent, unit.established_on))
    return found


def code_rows(ground: Ground) -> list[CodeRow]:
    """Likewise."""
    return [
        CodeRow(on, unit_id, scheme, code)
        for on, unit_id in _standing(ground)
        for scheme, code in sorted(ground.unit(unit_id).codes_on(on).items())
    ]


def indicator_rows() -> list[IndicatorRow]:
    """The catalogue in the order of the yearly table."""
    return [
        IndicatorRow(i.name, i.version, i.vi, i.en, i.sort, i.measure, *(i.of or (None, None))) for i in ALL
    ]


def _rows(table: YearlyTable, ground: Ground) -> Iterator[FigureRow]:
    unit = ground.unit(table.unit_id)
    name = unit.name(table.tree)
    for f in table.indicators:
        top, bottom = _set(f.numerator), _set(f.denominator)
        if f.value is None and top is None and bottom is None:
            continue
        yield FigureRow(
            table.unit_id,
            name,
            unit.level,
            table.tree,
            table.year,
            f.indicator,
            f.level,
            f.measure,
            f.value,
            top,
            bottom,
            f.events,
            f.estimated,
            f.incomplete,
            [flag.code for flag in f.flags],
        )


def _set(value: int | msgspec.UnsetType) -> int | None:
    return value if isinstance(value, int) else None


def _standing(ground: Ground) -> list[tuple[dt.date, str]]:
    """The units of every tree, with those above them."""
    found: set[tuple[dt.date, str]] = set()
    for year, scopes in ground.scopes.items():
        on = ground.days[year]
        for scope in scopes:
            way = (scope.unit_id, *ground.tree.ancestors(scope.unit_id, on))
            found |= {(on, unit_id) for unit_id in way}
    return sorted(found)
