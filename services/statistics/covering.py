"""Statements that cover an area. A unit's population is that of its whole area: it is not added to what units
below it state, nor to what those it came from had stated.

On the tree of the day: a unit that has stated it speaks for all below. For one that has not, those below
speak or those it came from, whichever gives more: neither says more than there is; the larger omits less.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from events.tree import Path, Tree, allocate

Speaker = tuple[str, Path]
"""A unit whose statement counts, with the divisions to apply to it."""


def speakers(tree: Tree, root: str, on: dt.date, stated: Mapping[str, int]) -> list[Speaker]:
    """Who speaks for the subtree of `root`. `stated`: by unit, what it states; 0 is no statement."""
    said = {unit: value for unit, value in stated.items() if value}
    before: dict[str, list[Speaker]] = defaultdict(list)
    way: set[str] = set()  # units with somebody speaking at or below them
    for unit in said:
        for end, path in tree.standing_for(unit, on):
            if end != unit and not _outdated(tree, unit, end, on, said):
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
    said: Mapping[str, int],
    before: Mapping[str, list[Speaker]],
    way: set[str],
) -> list[Speaker]:
    if unit in said:
        return [(unit, ())]
    below = [
        speaker
        for child in tree.children(unit, on)
        if child in way
        for speaker in _fullest(tree, child, on, said, before, way)
    ]
    past = before.get(unit, [])
    return past if total(past, said) > total(below, said) else below


def _outdated(tree: Tree, unit_id: str, end: str, on: dt.date, said: Mapping[str, int]) -> bool:
    """Whether a unit on the way from one that has ended to its end has stated it anew."""
    unit = tree.get(unit_id)
    assert unit is not None
    return any(
        successor in said or _outdated(tree, successor, end, on, said)
        for successor, _ in unit.into
        if successor != end and any(found == end for found, _ in tree.standing_for(successor, on))
    )
