"""The tree of units through time, folded from the events that shape it. Pure; knows no database.

The same fold serves deciding (is the unit there, would this make a circle) and the statistics (whose
history rolls up where, on the tree of any day). Rules (DESIGN §5, §7): a merged unit passes its history
and its children to its successor, whole; a split divides by its parts; what a dissolved unit did rolls up
to its last parent or that one's successor.
"""

import datetime as dt
from bisect import insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from events.declare import Fact

Ending = Literal["merged", "split", "dissolved"]

Division = tuple[tuple[int, ...], int]
"""One split on the way to a successor: the parts of all successors, and the index of the one followed."""

Path = tuple[Division, ...]
"""The divisions between a unit and where it is represented; empty: whole."""


@dataclass(slots=True)
class Unit:
    """One organisational unit: what is known of it, each with the day from which it holds."""

    unit_id: str
    level: str
    established_on: dt.date
    names: list[tuple[dt.date, str]]
    parents: list[tuple[dt.date, str]]
    codes: list[tuple[dt.date, str, str]] = field(default_factory=list)  # (from, scheme, code)
    external_ids: dict[str, str] = field(default_factory=dict)
    ended_on: dt.date | None = None
    ending: Ending | None = None
    into: tuple[tuple[str, int], ...] = ()  # successors with their parts

    def lives(self, on: dt.date) -> bool:
        """Whether it exists at the end of that day."""
        return self.established_on <= on and (self.ended_on is None or on < self.ended_on)

    def takes(self, on: dt.date) -> bool:
        """Whether a record may be dated that day: from its first day to its last, both included."""
        return self.established_on <= on and (self.ended_on is None or on <= self.ended_on)

    def name(self, on: dt.date | None = None) -> str:
        """Its name at the end of that day (the first one before it had any)."""
        known = [name for day, name in self.names if on is None or day <= on]
        return known[-1] if known else self.names[0][1]

    def parent_recorded(self, on: dt.date) -> str | None:
        """The parent as recorded, which may itself have ended since."""
        known = [parent for day, parent in self.parents if day <= on]
        return known[-1] if known else None

    def codes_on(self, on: dt.date) -> dict[str, str]:
        """scheme → code valid that day; a code ends with its unit."""
        if not self.lives(on):
            return {}
        return {scheme: code for day, scheme, code in self.codes if day <= on}


class Tree:
    """All units, as known from the facts applied so far."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._facts: list[Fact] = []
        self._units: dict[str, Unit] = {}
        self._on: dict[dt.date, _Day] = {}
        self.answers: dict[Hashable, bool] = {}
        """What follows from the tree as it is, kept by whoever would work it out again with every command."""
        self._naming: dict[str, list[Fact]] = defaultdict(list)
        self._holding: dict[tuple[str, str], set[str]] = defaultdict(set)
        for fact in facts:
            self.apply(fact)

    def __len__(self) -> int:
        return len(self._units)

    def __iter__(self) -> Iterator[Unit]:
        return iter(self._units.values())

    def get(self, unit_id: str) -> Unit | None:
        return self._units.get(unit_id)

    def facts(self) -> list[Fact]:
        """The events it was folded from, in their order, withdrawn ones left out."""
        return list(self._facts)

    def apply(self, fact: Fact) -> None:
        """Fold one more event; a withdrawal folds the whole history anew without what it withdrew."""
        self._on.clear()
        self.answers.clear()
        if fact.type == "RecordWithdrawn":
            remaining = [f for f in self._facts if f.event_id != fact.effect.target]
            self._facts, self._units = [], {}
            self._naming.clear()
            self._holding.clear()
            for earlier in remaining:
                self.apply(earlier)
            return
        self._facts.append(fact)
        _FOLDS[fact.type](self, fact)
        for unit_id in dict.fromkeys(named_by(fact)):
            self._naming[unit_id].append(fact)

    def naming(self, unit_id: str) -> list[Fact]:
        """The events that name a unit: its own, and those that put others under it or into it."""
        return list(self._naming.get(unit_id, ()))

    def holders(self, scheme: str, code: str) -> list[Unit]:
        """Units that at any time had that code or external id, living or ended."""
        return [self._units[unit_id] for unit_id in sorted(self._holding.get((scheme, code), ()))]

    def without(self, event_id: UUID) -> "Tree":
        """The tree as if that event had not been recorded."""
        return Tree(f for f in self._facts if f.event_id != event_id)

    def parent(self, unit_id: str, on: dt.date) -> str | None:
        """The parent that day: a merged one's successor stands in for it, a dissolved one's own parent."""
        recorded = self._units[unit_id].parent_recorded(on)
        standing = self.standing_for(recorded, on) if recorded else []
        return standing[0][0] if standing else None

    def children(self, unit_id: str, on: dt.date) -> list[str]:
        """The living units directly below, sorted."""
        return sorted(self._day(on).children.get(unit_id, ()))

    def standing_for(self, unit_id: str, on: dt.date) -> list[tuple[str, Path]]:
        """Who represents a unit that day: itself while it lives, afterwards its successors.

        A unit not yet established stands for itself. Empty: a dissolved unit that had no parent.
        """
        unit = self._units[unit_id]
        if unit.ended_on is None or on < unit.ended_on:
            return [(unit_id, ())]
        if unit.ending == "dissolved":
            parent = unit.parent_recorded(unit.ended_on)
            return self.standing_for(parent, on) if parent else []
        parts = tuple(p for _, p in unit.into)
        divided: list[tuple[str, Path]] = []
        for index, (successor, _) in enumerate(unit.into):
            step: Path = ((parts, index),) if len(parts) > 1 else ()
            divided += [(end, step + path) for end, path in self.standing_for(successor, on)]
        return divided

    def successors(self, unit_id: str, on: dt.date) -> list[str]:
        """Who to ask instead of a unit that is not there that day."""
        return sorted({end for end, _ in self.standing_for(unit_id, on) if end != unit_id})

    def below(self, unit_id: str, on: dt.date) -> list[str]:
        """The living units of the subtree that day, itself first."""
        found, day = [unit_id], self._day(on)
        for unit in found:
            found += sorted(day.children.get(unit, ()))
        return found

    def rolled_up(self, unit_id: str, on: dt.date, *, later: bool = False) -> list[tuple[str, Path]]:
        """Every unit, past ones included, whose history rolls up into that subtree on the tree of that day,
        with the divisions to apply to what it holds.

        `later`: units established after that day too, at the first unit they were put under that was there.
        """
        day, below = self._day(on), self.below(unit_id, on)
        found = [pair for unit in below for pair in day.represented.get(unit, ())]
        return found + [pair for unit in below for pair in day.later.get(unit, ())] if later else found

    def ancestors(self, unit_id: str, on: dt.date) -> tuple[str, ...]:
        """Parents upwards, nearest first. Ends at a circle rather than run for ever."""
        way = {unit_id: None}  # in order
        above = self.parent(unit_id, on)
        while above is not None and above not in way:
            way[above] = None
            above = self.parent(above, on)
        return tuple(way)[1:]

    def standing_over(self, unit_id: str, on: dt.date) -> frozenset[str]:
        """Who represents a unit that day, and everybody above: those whose subtrees hold its records."""
        ends = [end for end, _ in self.standing_for(unit_id, on)]
        return frozenset(ends).union(*(self.ancestors(end, on) for end in ends))

    def turning_days(self, since: dt.date) -> list[dt.date]:
        """The day itself and every later day on which the tree changes: where a rule must hold."""
        return [since, *sorted({f.occurred_on for f in self._facts if f.occurred_on > since})]

    def _day(self, on: dt.date) -> "_Day":
        if on not in self._on:
            if len(self._on) > 32:
                self._on.clear()
            children: dict[str, list[str]] = defaultdict(list)
            represented: dict[str, list[tuple[str, Path]]] = defaultdict(list)
            later: dict[str, list[tuple[str, Path]]] = defaultdict(list)
            for unit in self._units.values():
                if unit.established_on > on:
                    for end, path in self._first_above(unit, on):
                        later[end].append((unit.unit_id, path))
                for end, path in self.standing_for(unit.unit_id, on):
                    represented[end].append((unit.unit_id, path))
                if unit.lives(on) and (parent := self.parent(unit.unit_id, on)):
                    children[parent].append(unit.unit_id)
            self._on[on] = _Day(children, represented, later)
        return self._on[on]

    def _first_above(self, unit: Unit, on: dt.date) -> list[tuple[str, Path]]:
        """Who stands that day for the first unit above one that came later; nobody above a root."""
        seen = {unit.unit_id}
        while unit.parents and unit.parents[0][1] not in seen:
            above = self._units[unit.parents[0][1]]
            if above.established_on <= on:
                return self.standing_for(above.unit_id, on)
            seen.add(above.unit_id)
            unit = above
        return []

    def _established(self, fact: Fact) -> None:
        data = fact.data
        self._units[data.unit_id] = Unit(  # type: ignore[attr-defined]
            unit_id=data.unit_id,  # type: ignore[attr-defined]
            level=data.level,  # type: ignore[attr-defined]
            established_on=fact.occurred_on,
            names=[(fact.occurred_on, data.name)],  # type: ignore[attr-defined]
            parents=[(fact.occurred_on, data.parent_id)] if data.parent_id else [],  # type: ignore[attr-defined]
            codes=[(fact.occurred_on, data.scheme, data.code)] if data.code else [],  # type: ignore[attr-defined]
        )
        if data.code:  # type: ignore[attr-defined]
            self._holding[data.scheme, data.code].add(data.unit_id)  # type: ignore[attr-defined]

    def _renamed(self, fact: Fact) -> None:
        insort(self._of(fact).names, (fact.occurred_on, fact.data.name), key=_day_first)  # type: ignore[attr-defined]

    def _moved(self, fact: Fact) -> None:
        insort(self._of(fact).parents, (fact.occurred_on, fact.data.parent_id), key=_day_first)  # type: ignore[attr-defined]

    def _coded(self, fact: Fact) -> None:
        row = (fact.occurred_on, fact.data.scheme, fact.data.code)  # type: ignore[attr-defined]
        insort(self._of(fact).codes, row, key=_day_first)
        self._holding[row[1], row[2]].add(fact.data.unit_id)  # type: ignore[attr-defined]

    def _identified(self, fact: Fact) -> None:
        self._of(fact).external_ids[fact.data.scheme] = fact.data.id  # type: ignore[attr-defined]
        self._holding[fact.data.scheme, fact.data.id].add(fact.data.unit_id)  # type: ignore[attr-defined]

    def _merged(self, fact: Fact) -> None:
        self._end(fact, "merged", ((fact.data.into_unit_id, 1),))  # type: ignore[attr-defined]

    def _split(self, fact: Fact) -> None:
        self._end(fact, "split", tuple((s.unit_id, s.parts) for s in fact.data.into))  # type: ignore[attr-defined]

    def _dissolved(self, fact: Fact) -> None:
        self._end(fact, "dissolved", ())

    def _end(self, fact: Fact, ending: Ending, into: tuple[tuple[str, int], ...]) -> None:
        unit = self._of(fact)
        unit.ended_on, unit.ending, unit.into = fact.occurred_on, ending, into

    def _of(self, fact: Fact) -> Unit:
        return self._units[fact.data.unit_id]  # type: ignore[attr-defined]


@dataclass(slots=True)
class _Day:
    children: dict[str, list[str]]
    represented: dict[str, list[tuple[str, Path]]]
    later: dict[str, list[tuple[str, Path]]]  # units that were not there yet


def _day_first(row: tuple[dt.date, ...]) -> dt.date:
    return row[0]


def named_by(fact: Fact) -> Iterator[str]:
    """The units that an event shaping the tree names, its own first."""
    data = fact.data
    yield data.unit_id  # type: ignore[attr-defined]
    for name in ("parent_id", "into_unit_id"):
        if other := getattr(data, name, None):
            yield other
    for share in getattr(data, "into", ()):
        yield share.unit_id


_FOLDS = {
    "UnitEstablished": Tree._established,
    "UnitRenamed": Tree._renamed,
    "UnitMoved": Tree._moved,
    "UnitCodeAssigned": Tree._coded,
    "ExternalIdAssigned": Tree._identified,
    "UnitMerged": Tree._merged,
    "UnitSplit": Tree._split,
    "UnitDissolved": Tree._dissolved,
}


def allocate(total: int, path: Path) -> int:
    """The share of an integer that reaches the end of a path, by largest remainder at each division.

    Siblings' shares sum to the total exactly; ties go to the first named. Negative totals mirror positive.
    """
    for parts, index in path:
        whole, sign = sum(parts), -1 if total < 0 else 1
        floors = [abs(total) * p // whole for p in parts]
        rests = sorted(range(len(parts)), key=lambda i: (-(abs(total) * parts[i] % whole), i))
        spare = abs(total) - sum(floors)
        total = sign * (floors[index] + (1 if index in rests[:spare] else 0))
    return total
