"""What a question about figures is asked of: which events are known, on which tree, for which units."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

from events.log.read import Connection, last_shaping, last_shaping_up_to, load_tree, position_at_end_of
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
class RollUp:
    """The units of which a figure is made, past ones included, with the divisions on the way."""

    units: tuple[tuple[str, Path], ...]
    whole: str
    """Those that roll up undivided, separated by commas."""
    divided: tuple[tuple[str, Path], ...]

    @classmethod
    def of(cls, units: Iterable[tuple[str, Path]]) -> "RollUp":
        pairs = tuple(units)
        whole = ",".join(unit for unit, path in pairs if not path)
        return cls(pairs, whole, tuple(pair for pair in pairs if pair[1]))

    @classmethod
    def under(cls, tree: Tree, unit_id: str, on: dt.date) -> "RollUp":
        """Raises `UnknownUnitError`."""
        unit = tree.get(unit_id)
        if unit is None or not unit.lives(on):
            raise UnknownUnitError(unit_id, on, tree.successors(unit_id, on) if unit else [])
        return cls.of(tree.rolled_up(unit_id, on, later=True))


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
    rolled: RollUp
    tree: Tree = field(repr=False, compare=False)
    supposed: tuple[Supposed, ...] = ()
    leaves_out: bool = True
    """Whether the read model may leave out some stream."""
    shaped: UUID | None = None
    """The last event that shaped the tree up to where the read model stands; None: not looked for."""

    @property
    def units(self) -> tuple[tuple[str, Path], ...]:
        """What rolls up, with the divisions on the way."""
        return self.rolled.units


LARGEST = 2**63 - 1
"""Of the database's positions; a caller may write any number."""
KEPT_TREES = 8
KEPT_UNITS = 200_000
"""Of all the roll-ups together that are kept: a province's of ten years take 30,000."""


class Trees:
    """The unit tree at any position, and what rolls up under a unit on a day; the few last used are kept, by
    the last event that shaped the tree."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID | None, Tree] = OrderedDict()
        self._rolled: OrderedDict[tuple[UUID | None, str, dt.date], RollUp] = OrderedDict()
        self._units = 0

    async def at(self, connection: Connection, known: int) -> Tree:
        """The tree as known from the first `known` events."""
        return await self.shaped(connection, await last_shaping(connection, known), known)

    async def shaped(self, connection: Connection, last: UUID | None, known: int) -> Tree:
        """The same where the last event that shaped it is known already."""
        if (tree := self._kept.get(last)) is None:
            tree = self._kept[last] = await load_tree(connection, known)
            while len(self._kept) > KEPT_TREES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(last)
        return tree

    def rolled_up(self, last: UUID | None, tree: Tree, unit_id: str, on: dt.date) -> RollUp:
        """Raises `UnknownUnitError`."""
        key = last, unit_id, on
        if (rolled := self._rolled.get(key)) is None:
            rolled = self._rolled[key] = RollUp.under(tree, unit_id, on)
            self._units += len(rolled.units)
            while self._units > KEPT_UNITS and len(self._rolled) > 1:
                self._units -= len(self._rolled.popitem(last=False)[1].units)
        self._rolled.move_to_end(key)
        return rolled


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
    wanted = await position_at_end_of(connection, as_known) if isinstance(as_known, dt.date) else as_known
    row = await connection.fetchrow(_ground(), None if wanted is None else min(wanted, LARGEST))
    if isinstance(as_known, int) and as_known > row["reached"]:
        raise NotYetKnownError(as_known, row["reached"])
    last, known = row["last_shaping"], row["known"]
    on = min(dt.date(year, 12, 31), today) if tree == "then" else today if tree == "now" else tree
    its = await TREES.shaped(connection, last, known)
    rolled = TREES.rolled_up(last, its, unit_id, on)
    return Scope(unit_id, known, row["reached"], on, rolled, its, (), row["leaves_out"], row["shaped"])


@cache
def _ground() -> str:
    """SQL of what `scope_of` asks, in one round trip. `$1`: a position; NULL: all that is known."""
    return f"""
        SELECT reached, known, ({last_shaping_up_to("known")}) AS last_shaping,
            ({last_shaping_up_to("reached")}) AS shaped,
            EXISTS (SELECT FROM projections.parked WHERE name = 'statistics') AS leaves_out
        FROM (
            SELECT reached, least($1::bigint, reached) AS known FROM (
                SELECT coalesce(max(checkpoint), 0) AS reached FROM projections.projection
                WHERE name = 'statistics'
            ) AS model
        ) AS ground
    """


def scope_on(
    tree: Tree,
    unit_id: str,
    on: dt.date,
    *,
    known: int,
    reached: int,
    supposed: tuple[Supposed, ...] = (),
    shaped: UUID | None = None,
) -> Scope:
    """The scope of a unit on a given tree. Raises `UnknownUnitError`."""
    rolled = RollUp.under(tree, unit_id, on)
    return Scope(unit_id, known, reached, on, rolled, tree, supposed, shaped=shaped)
