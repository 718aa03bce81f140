"""What an export is of: which units in which years, on which tree, as known at which position.

Nothing here depends on the clock, nor on how far the log has gone since: whoever exports the same position
again gets the same bytes.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from events.catalogue.log import LogRestarted, LogStarted
from events.log.read import read_stream, recorded_at
from events.tree import Tree, Unit
from events.vocabulary import Level, day_of
from services.books.journal import sealed_root
from services.statistics.scope import (
    TREES,
    KnownChoice,
    Scope,
    TreeChoice,
    UnknownUnitError,
    position_meant,
    scope_on,
)

Depth = Literal["unit", "children", "subtree"]
LIMIT = 5_000
"""Tables (units × years) in one export."""


class TooMuchError(ValueError):
    """More tables than one export holds."""

    def __init__(self, asked: int) -> None:
        super().__init__(f"{asked} tables asked for, {LIMIT} are the most")
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Asked:
    """`depth`: the unit, with its children, or with all below it. `unit_level`: only units of that level."""

    unit_id: str
    years: range
    depth: Depth = "subtree"
    unit_level: Level | None = None
    tree: TreeChoice = "then"
    as_known: KnownChoice = None


@dataclass(frozen=True, slots=True)
class Ground:
    """One answer's ground. `scopes`: by year, each unit's, from the top down; a year in which the unit asked
    for was not there is left out."""

    asked: Asked
    known: int
    reached: int
    recorded_at: dt.datetime
    origin: str
    root: str | None
    tree: Tree
    days: dict[int, dt.date]
    scopes: dict[int, list[Scope]]

    def unit(self, unit_id: str) -> Unit:
        found = self.tree.get(unit_id)
        assert found is not None
        return found


async def ground_of(connection: Any, asked: Asked) -> Ground:
    """Settle what is exported. Must be called inside a snapshot of `statistics` (workers/reading.py).

    `now` is the day on which the last event known was recorded: the tree has not changed since, as known.
    Raises `NotYetKnownError`, `TooMuchError`, and `UnknownUnitError` where the unit is there in no year.
    """
    known, reached = await position_meant(connection, "statistics", asked.as_known)
    if not known:
        raise UnknownUnitError(asked.unit_id, dt.date.min, [])
    at = await recorded_at(connection, known)
    tree, today = await TREES.at(connection, known), day_of(at)
    days: dict[int, dt.date] = {}
    scopes: dict[int, list[Scope]] = {}
    missing: UnknownUnitError | None = None
    left = LIMIT
    for year in asked.years:
        on = _tree_day(asked.tree, year, today)
        try:
            units = _units(tree, asked, on)
        except UnknownUnitError as e:
            missing = e
            continue
        left -= len(units)
        if left >= 0:  # beyond, they are only counted
            days[year] = on
            scopes[year] = [scope_on(tree, unit, on, known=known, reached=reached) for unit in units]
    if left < 0:
        raise TooMuchError(LIMIT - left)
    if missing is not None and not days:
        raise missing
    root = await sealed_root(connection, known)
    return Ground(
        asked,
        known,
        reached,
        at,
        await _origin(connection, known),
        root.hex() if root else None,
        tree,
        days,
        scopes,
    )


async def _origin(connection: Any, known: int) -> str:
    """What the log was called then."""
    names = [
        one.fact.data.origin
        for one in await read_stream(connection, "log")
        if isinstance(one.fact.data, (LogStarted, LogRestarted)) and one.position <= known
    ]
    return names[-1] if names else ""


def _tree_day(choice: TreeChoice, year: int, today: dt.date) -> dt.date:
    if choice == "then":
        return min(dt.date(year, 12, 31), today)
    return today if choice == "now" else choice


def _units(tree: Tree, asked: Asked, on: dt.date) -> list[str]:
    """Raises `UnknownUnitError`."""
    unit = tree.get(asked.unit_id)
    if unit is None or not unit.lives(on):
        raise UnknownUnitError(asked.unit_id, on, tree.successors(asked.unit_id, on) if unit else [])
    if asked.depth == "unit":
        found = [asked.unit_id]
    elif asked.depth == "children":
        found = [asked.unit_id, *tree.children(asked.unit_id, on)]
    else:
        found = tree.below(asked.unit_id, on)
    if asked.unit_level is None:
        return found
    return [one for one in found if (its := tree.get(one)) is not None and its.level == asked.unit_level]
