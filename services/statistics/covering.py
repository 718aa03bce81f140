"""Statements that cover an area. A unit's population is that of its whole area: it is not added to what units
below it state, nor to what those it came from had stated.

On the tree of the day: a unit that has stated it speaks for all that lay in it when it did. What came to it
in later years, by a merger or a move, speaks for itself. For a unit that has stated nothing, those below
speak or those it came from, whichever gives more: neither says more than there is; the larger omits less.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from events.tree import Path, Tree, allocate

Speaker = tuple[str, Path]
"""A unit whose statement counts, with the divisions to apply to it."""


def speakers(
    tree: Tree,
    root: str,
    on: dt.date,
    stated: Mapping[str, int],
    since: Mapping[str, int] | None = None,
) -> list[Speaker]:
    """Who speaks for the subtree of `root`. `stated`: by unit, what it states; 0 is no statement. `since`:
    the year of that statement; where it is not given, it is of all that lies in the unit on the day."""
    years = since or {}
    said = {unit: _Said(tree, unit, value, years.get(unit)) for unit, value in stated.items() if value}
    before: dict[str, list[Speaker]] = defaultdict(list)
    way: set[str] = set()  # units with somebody speaking at or below them
    for unit in said:
        for end, path in tree.standing_for(unit, on):
            if end != unit and not _outdated(tree, unit, unit, end, on, said):
                before[end].append((unit, path))
            way |= {end, *tree.ancestors(end, on)}
    return _fullest(tree, root, on, said, before, way)


def total(found: Iterable[Speaker], stated: Mapping[str, int]) -> int:
    """What they say together."""
    return sum(allocate(stated[unit], path) for unit, path in found)


def _fullest(
    tree: Tree,
    unit: str,
    on: dt.date,
    said: Mapping[str, "_Said"],
    before: Mapping[str, list[Speaker]],
    way: set[str],
) -> list[Speaker]:
    if unit in said:
        return [(unit, ()), *_come_since(tree, unit, on, said, before, way, said[unit])]
    below = [
        speaker
        for child in tree.children(unit, on)
        if child in way
        for speaker in _fullest(tree, child, on, said, before, way)
    ]
    past = before.get(unit, [])
    values = {name: one.value for name, one in said.items()}
    return past if total(past, values) > total(below, values) else below


def _come_since(
    tree: Tree,
    unit: str,
    on: dt.date,
    said: Mapping[str, "_Said"],
    before: Mapping[str, list[Speaker]],
    way: set[str],
    statement: "_Said",
) -> list[Speaker]:
    """Speakers at and below a unit of which its statement cannot have known."""
    found = [(past, path) for past, path in before.get(unit, ()) if not statement.covers(past)]
    for child in tree.children(unit, on):
        if child not in way:
            continue
        if statement.covers(child):
            found += _come_since(tree, child, on, said, before, way, statement)
        else:
            found += _fullest(tree, child, on, said, before, way)
    return found


def _outdated(
    tree: Tree, first: str, unit_id: str, end: str, on: dt.date, said: Mapping[str, "_Said"]
) -> bool:
    """Whether a unit on the way from one that has ended to its end has stated it anew."""
    unit = tree.get(unit_id)
    assert unit is not None
    return any(
        (successor in said and said[successor].covers(first))
        or _outdated(tree, first, successor, end, on, said)
        for successor, _ in unit.into
        if successor != end and any(found == end for found, _ in tree.standing_for(successor, on))
    )


class _Said:
    """A statement, and whose area it was of: what lay in the unit at the end of the year it was made."""

    def __init__(self, tree: Tree, unit: str, value: int, year: int | None) -> None:
        self.value = value
        self._tree, self._unit, self._year = tree, unit, year
        self._area: frozenset[str] | None = None

    def covers(self, unit: str) -> bool:
        if self._year is None:
            return True
        if self._area is None:
            then = dt.date(self._year, 12, 31)
            rolled = self._tree.rolled_up(self._unit, then) if _lived(self._tree, self._unit, then) else ()
            self._area = frozenset(name for name, _ in rolled)
        if unit in self._area:
            return True
        came = self._tree.get(unit)  # one founded since, below it, has taken its people from that area
        return came is not None and came.established_on.year > self._year and self._founded_within(unit)

    def _founded_within(self, unit: str) -> bool:
        found = self._tree.get(unit)
        above = found.parents[0][1] if found is not None and found.parents else None
        return above is not None and above != unit and (above == self._unit or self.covers(above))


def _lived(tree: Tree, unit_id: str, on: dt.date) -> bool:
    unit = tree.get(unit_id)
    return unit is not None and unit.lives(on)
