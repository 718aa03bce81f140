"""What a question about figures is asked of: which events are known, on which tree, for which units."""

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from uuid import UUID

from events.log.read import Connection, last_shaping, load_tree, position_at_end_of
from events.tree import Path, Tree

TreeChoice = Literal["then", "now"] | dt.date
KnownChoice = int | dt.date | None


class UnknownUnitError(LookupError):
    """The unit is not on the tree asked for. `successors`: whom to ask instead."""

    def __init__(self, unit_id: str, on: dt.date, successors: list[str]) -> None:
        super().__init__(f"no unit {unit_id} on the tree of {on}")
        self.unit_id = unit_id
        self.on = on
        self.successors = successors


class NotYetKnownError(LookupError):
    """Asked as known at a position that the read model has not reached."""

    def __init__(self, asked: int, reached: int) -> None:
        super().__init__(f"asked as known at {asked}, reached {reached}")
        self.asked = asked
        self.reached = reached


class Supposed(NamedTuple):
    """What an event that is not recorded would change: columns of its effect."""

    unit: str
    year: int
    kind: str
    level: str | None = None
    subject: str | None = None
    measure: str | None = None
    measure_was: str | None = None
    pocket: str | None = None
    until_year: int | None = None
    quantity: int | None = None
    extra: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """The answer's ground: the first `known` events, the tree of `tree_on`, and the units that roll up.

    `tree` is the one as known, or one that never was: with `supposed`, what its events would add.
    """

    unit_id: str
    known: int
    reached: int
    """Where the read model stands, in the snapshot that is asked."""
    tree_on: dt.date
    units: tuple[tuple[str, Path], ...]
    tree: Tree = field(repr=False, compare=False)
    supposed: tuple[Supposed, ...] = ()

    @property
    def whole(self) -> list[str]:
        """Units that roll up undivided."""
        return [unit for unit, path in self.units if not path]

    @property
    def divided(self) -> list[tuple[str, Path]]:
        """Units of which a share rolls up, with the divisions on the way."""
        return [(unit, path) for unit, path in self.units if path]


class Trees:
    """The unit tree at any position; the few last used are kept, by the last event that shaped them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID | None, Tree] = OrderedDict()

    async def at(self, connection: Connection, known: int) -> Tree:
        """The tree as known from the first `known` events."""
        key = await last_shaping(connection, known)
        if (tree := self._kept.get(key)) is None:
            tree = self._kept[key] = await load_tree(connection, known)
            while len(self._kept) > 8:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return tree


TREES = Trees()
"""One per process: a tree depends on nothing but the log."""


async def position_meant(connection: Any, model: str, as_known: KnownChoice) -> tuple[int, int]:
    """(the position meant, where that read model stands). Raises `NotYetKnownError`."""
    reached = int(
        await connection.fetchval(
            "SELECT coalesce(max(checkpoint), 0) FROM projections.projection WHERE name = $1", model
        )
    )
    if as_known is None:
        return reached, reached
    if isinstance(as_known, dt.date):
        return min(await position_at_end_of(connection, as_known), reached), reached
    if as_known > reached:
        raise NotYetKnownError(as_known, reached)
    return as_known, reached


async def scope_of(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
) -> Scope:
    """Settle what a question means. Must be called inside a snapshot of `statistics` (workers/reading.py).

    Raises `UnknownUnitError`, `NotYetKnownError`.
    """
    known, reached = await position_meant(connection, "statistics", as_known)
    on = min(dt.date(year, 12, 31), today) if tree == "then" else today if tree == "now" else tree
    return scope_on(await TREES.at(connection, known), unit_id, on, known=known, reached=reached)


def scope_on(
    tree: Tree,
    unit_id: str,
    on: dt.date,
    *,
    known: int,
    reached: int,
    supposed: tuple[Supposed, ...] = (),
) -> Scope:
    """The scope of a unit on a given tree. Raises `UnknownUnitError`."""
    unit = tree.get(unit_id)
    if unit is None or not unit.lives(on):
        raise UnknownUnitError(unit_id, on, tree.successors(unit_id, on) if unit else [])
    units = tuple(tree.rolled_up(unit_id, on, later=True))
    return Scope(unit_id, known, reached, on, units, tree, supposed)
