"""Which units' sums need not be read one by one: all that were founded under one unit have theirs as one.

Whom a unit was founded under never changes, wherever it was put since: the tree of the day asked about says
which units are meant, this only in how few rows their sums are found.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

KEPT = 2
"""States of the read model: the one asked now, and the one before, of which an answer is still on its way."""
KEPT_CHARACTERS = 4_000_000
"""Of lists of units: a province's of ten years take 400,000."""


class Parts(NamedTuple):
    """Units, separated by commas."""

    alone: str
    under: str
    """Instead of these, all that were founded under them, at any depth."""


class Founded:
    """Each unit and whom it was founded under, None for a root; those founded under come later."""

    def __init__(self, rows: Iterable[tuple[str, str | None]]) -> None:
        self._parents = dict(rows)
        self._under = self._counted(self._parents)
        self._kept: OrderedDict[str, Parts] = OrderedDict()
        self._characters = 0

    def parts(self, units: str) -> Parts:
        """The same units in as few parts as there are."""
        if (parts := self._kept.get(units)) is None:
            parts = self._kept[units] = self._divided(units.split(","))
            self._characters += len(units)
            while self._characters > KEPT_CHARACTERS and len(self._kept) > 1:
                self._characters -= len(self._kept.popitem(last=False)[0])
        self._kept.move_to_end(units)
        return parts

    def _divided(self, units: list[str]) -> Parts:
        meant = set(units)
        of_these = self._counted(unit for unit in self._parents if unit in meant)
        whole = {unit for unit, count in of_these.items() if count == self._under[unit]}
        within: set[str] = set()
        for unit, parent in self._parents.items():
            if parent in whole or parent in within:
                within.add(unit)
        return Parts(",".join(unit for unit in units if unit not in within), ",".join(sorted(whole - within)))

    def _counted(self, units: Iterable[str]) -> Counter[str]:
        """How many of them were founded under each unit, at any depth."""
        counts: Counter[str] = Counter()
        own = set(units)
        for unit, parent in reversed(self._parents.items()):
            if parent is not None:
                counts[parent] += counts[unit] + (unit in own)
        return counts


class Foundings:
    """What was founded under what, as the read model has it in the snapshot that is asked; the few last used
    are kept, by the last event that shaped the tree up to where it stands."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, Founded] = OrderedDict()

    async def at(self, connection: Any, shaped: UUID) -> Founded:
        if (founded := self._kept.get(shaped)) is None:
            rows = await connection.fetch(
                "SELECT unit, above[1] FROM read_statistics.founded ORDER BY cardinality(above) NULLS FIRST"
            )
            founded = self._kept[shaped] = Founded((unit, parent) for unit, parent in rows)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(shaped)
        return founded


FOUNDINGS = Foundings()
"""One per process: it depends on nothing but the log."""
