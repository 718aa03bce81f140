"""Two trees side by side: the one of today, and the one that commands not yet recorded would make of it."""

import datetime as dt
from collections.abc import Sequence

from events.catalogue.tree_rules import holdings
from events.declare import Fact
from events.memory import touches_tree
from events.tree import Tree, named_by
from services.preview.shapes import (
    CodeHeld,
    CodeMeaning,
    EndingUnit,
    Heir,
    MovingUnit,
    UnitNamed,
)
from workers.handed_over import HANDED_OVER

NEVER = dt.date.max


class Trees:
    """Before and after, compared on the boundaries of one day."""

    def __init__(self, before: Tree, facts: Sequence[Fact], on: dt.date) -> None:
        self.before, self.on = before, on
        self.facts = [fact for fact in facts if touches_tree(fact)]
        self.after = Tree([*before.facts(), *self.facts])
        self.handed_over = [
            (str(fact.effect.unit), str(fact.effect.subject)) for fact in facts if fact.type == HANDED_OVER
        ]
        self.named = list(dict.fromkeys(unit for fact in self.facts for unit in named_by(fact)))
        self.ended = [u for u in self.named if self.lives_before(u) and not self.lives_after(u)]

    def lives_before(self, unit_id: str) -> bool:
        return _lives(self.before, unit_id, self.on)

    def lives_after(self, unit_id: str) -> bool:
        return _lives(self.after, unit_id, self.on)

    def name(self, unit_id: str) -> str:
        unit = self.after.get(unit_id)
        return unit.name(self.on) if unit else unit_id

    def touched(self) -> list[str]:
        """Units that the commands name, and all whose figures are made up otherwise afterwards."""
        return list(dict.fromkeys([*self.named, *self._changed(), *self._of_funds()]))

    def _of_funds(self) -> list[str]:
        """Units that gain or lose what funds hold: up to where both ends meet, or, since balances are told by
        level, up to the top if it comes to be held at another one."""
        found: dict[str, None] = {}
        for tree in (self.before, self.after):
            for ends in self.handed_over:
                had, has = (
                    [u for end in _ends(tree, unit, self.on) for u in (end, *tree.ancestors(end, self.on))]
                    for unit in ends
                )
                levels = {unit.level for end in ends if (unit := tree.get(end))}
                found |= dict.fromkeys(u for u in (*had, *has) if len(levels) > 1 or (u in had) != (u in has))
        return list(found)

    def common_ancestors(self) -> list[list[str]]:
        """For each unit that gains or loses the nearest above that has the same units in it on both trees.
        Where there is none, the topmost ones, as one."""
        found: dict[str, None] = {}
        roots: dict[str, None] = {}
        for unit in (u for u in self._changed() if not self._same_units(u)):
            for tree, other in ((self.before, self.after), (self.after, self.before)):
                if not _lives(tree, unit, self.on):
                    continue
                way = [unit, *tree.ancestors(unit, self.on)]
                same = next((u for u in way if self._same_units(u)), None)
                if same is not None:
                    found[same] = None
                else:
                    roots |= {way[-1]: None} | dict.fromkeys(_ends(other, way[-1], self.on))
        return [*([unit] for unit in found), *([list(roots)] if roots else [])]

    def _changed(self) -> list[str]:
        above = dict.fromkeys(
            unit
            for named in self.named
            for tree in (self.before, self.after)
            for end in (named, *_ends(tree, named, self.on))
            for unit in (end, *(tree.ancestors(end, self.on) if tree.get(end) else ()))
        )
        return [u for u in above if self._shares(self.before, u) != self._shares(self.after, u)]

    def ends(self) -> list[EndingUnit]:
        found = []
        for unit_id in self.ended:
            unit = self.after.get(unit_id)
            assert unit is not None
            assert unit.ending is not None
            assert unit.ended_on is not None
            standing = dict.fromkeys(end for end, _ in self.after.standing_for(unit_id, self.on))
            found.append(
                EndingUnit(
                    unit_id,
                    unit.name(self.on),
                    unit.ending,
                    unit.ended_on,
                    [Heir(heir, self.name(heir), parts) for heir, parts in unit.into],
                    [UnitNamed(end, self.name(end)) for end in standing],
                )
            )
        return found

    def moves(self) -> list[MovingUnit]:
        below = [c for u in self.ended for c in self.before.children(u, self.on)]
        found = []
        for unit in dict.fromkeys([*self.named, *below]):
            if self.lives_before(unit) and self.lives_after(unit):
                was, now = self.before.parent(unit, self.on), self.after.parent(unit, self.on)
                if was != now:
                    found.append(MovingUnit(unit, self.name(unit), was, now))
        return found

    def codes(self) -> list[CodeMeaning]:
        """Codes given by the commands, or left without a unit by them."""
        given = {(s, c) for u in self.named if (unit := self.after.get(u)) for _, s, c in unit.codes}
        found = []
        for scheme, code in sorted(given):
            before = _held(self.before, scheme, code)
            after = _held(self.after, scheme, code)
            current = next((held for held in after if held.until is None and held.since <= self.on), None)
            was = next((held for held in before if held.until is None and held.since <= self.on), None)
            if (current.unit_id if current else None) != (was.unit_id if was else None):
                past = [held for held in after if current is None or held.unit_id != current.unit_id]
                if past:
                    found.append(CodeMeaning(scheme, code, past, current))
        return found

    def _shares(self, tree: Tree, unit_id: str) -> set[object] | None:
        if not _lives(tree, unit_id, self.on):
            return None
        return {(u, path) for u, path in tree.rolled_up(unit_id, self.on) if self.before.get(u)}

    def _same_units(self, unit_id: str) -> bool:
        if not (self.lives_before(unit_id) and self.lives_after(unit_id)):
            return False
        one, other = (self._whole(tree, unit_id) for tree in (self.before, self.after))
        return one == other

    def _whole(self, tree: Tree, unit_id: str) -> dict[str, bool]:
        """Units that roll up there, and whether wholly."""
        ends = dict.fromkeys(u for u, _ in tree.rolled_up(unit_id, self.on) if self.before.get(u))
        below = set(tree.below(unit_id, self.on))
        return {u: all(e in below for e, _ in tree.standing_for(u, self.on)) for u in ends}


def _lives(tree: Tree, unit_id: str, on: dt.date) -> bool:
    unit = tree.get(unit_id)
    return unit is not None and unit.lives(on)


def _ends(tree: Tree, unit_id: str, on: dt.date) -> list[str]:
    """Who stands for a unit that day; nobody for one the tree does not have."""
    return [end for end, _ in tree.standing_for(unit_id, on)] if tree.get(unit_id) else []


def _held(tree: Tree, scheme: str, code: str) -> list[CodeHeld]:
    """Everybody who ever had it, in the order of time."""
    return sorted(
        (
            CodeHeld(unit.unit_id, unit.name(), since, None if until == NEVER else until)
            for unit in tree.holders(scheme, code)
            for since, until in holdings(unit, scheme, code)
            if since < until
        ),
        key=lambda held: (held.since, held.unit_id),
    )
