"""The states of streams as one process knows them, pending appends included.

Memory is never the truth: it may be dropped at any time and is loaded again from the log. It only ever
changes by taking facts, in the order in which they are (or will be) appended.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from events.book import STATES, Cohort, Named, NotLoaded, State, category_of
from events.declare import PERSONS_NAMED, TREE_KINDS, Data, Fact
from events.tree import Tree

CohortKey = tuple[str, str, int]
COHORT_KINDS = ("ModelRegistered", "ModelsCounted")
BEGINNINGS = (
    "FundOpened", "LearningCentreOpened", "ModelRegistered", "PersonRegistered", "PersonHandedOver",
    "ProgrammeSigned",
)  # fmt: skip
"""What begins at a unit, or comes to it, and has a stream of its own; besides a fund that is handed over."""
_cohort_named = attrgetter("unit_id", "model", "year")


class Memory:
    """States by stream, the unit tree, cohorts, and where events lie.

    `complete=True` means: what is not here does not exist (tests, offline folds). Otherwise asking for it
    raises `NotLoaded` with the key to load.
    """

    def __init__(self, *, complete: bool = False) -> None:
        self.tree = Tree()
        self._complete = complete
        self._states: dict[str, State] = {}
        self._cohorts: dict[CohortKey, Cohort] = {}
        self._located: dict[UUID, str] = {}
        self._commands: dict[tuple[UUID, UUID], UUID] = {}
        self._named: dict[UUID, Named] = {}  # as loaded
        self._paid: dict[UUID, Named] = {}  # by facts taken, pending ones included
        self._begun: dict[str, list[Fact]] = {}  # as loaded
        self._absent: set[object] = set()  # looked for in the log and not found, just now
        self._weight = 0

    def state(self, stream: str) -> State:
        state = self._states.get(stream)
        if state is None:
            if not self._complete:
                raise NotLoaded(("stream", stream))
            state = self._states[stream] = empty_state(stream)
        return state

    def cohort(self, unit: str, model: str, year: int) -> Cohort:
        key = (unit, model, year)
        cohort = self._cohorts.get(key)
        if cohort is None:
            if not self._complete:
                raise NotLoaded(("cohort", *key))
            cohort = self._cohorts[key] = Cohort(0, 0)
        return cohort

    def stream_of_event(self, event_id: UUID) -> str | None:
        if event_id not in self._located:
            if not self._complete and event_id not in self._absent:
                raise NotLoaded(("event", event_id))
            return None
        return self._located[event_id]

    def named_by_money(self, person_id: UUID) -> Named:
        """When and where money entries name that person."""
        if person_id not in self._named and not self._complete:
            raise NotLoaded(("person", person_id))
        return _both(self._named.get(person_id, Named()), self._paid.get(person_id, Named()))

    def begun_at(self, unit_id: str) -> list[Fact]:
        """Of `BEGINNINGS`, those of a unit that were not withdrawn; pending ones lie on streams held here."""
        if unit_id not in self._begun and not self._complete:
            raise NotLoaded(("begun", unit_id))
        held = (f for state in self._states.values() for f in state.facts.values())
        found = [*self._begun.get(unit_id, ()), *(f for f in held if begins_at(f) == unit_id)]
        return [f for f in {f.event_id: f for f in found}.values() if not self._is_gone(f)]

    def _is_gone(self, fact: Fact) -> bool:
        state = self._states.get(fact.stream)
        return state is not None and fact.event_id in state.gone

    def event_of_command(self, actor: UUID, command_id: UUID) -> UUID | None:
        """The first event a command made; None if there is no such command."""
        key = (actor, command_id)
        if key not in self._commands:
            if not self._complete and key not in self._absent:
                raise NotLoaded(("command", actor, command_id))
            return None
        return self._commands[key]

    def take(self, fact: Fact, command: tuple[UUID, UUID]) -> None:
        """Fold a fact into whatever of it is in memory. `command`: the actor and the id of what made it."""
        stream = fact.stream
        if (state := self.state(stream) if self._complete else self._states.get(stream)) is not None:
            state.take(fact)
            self._weight += state.keeps_facts
        self._located[fact.event_id] = stream
        self._commands.setdefault(command, fact.event_id)
        if touches_tree(fact):
            self.tree.apply(fact)
        if fact.effect.kind in COHORT_KINDS:
            self._count(fact)
        if fact.type in PERSONS_NAMED:
            self._note_paid(fact)

    def _note_paid(self, fact: Fact) -> None:
        unit = fact.effect.unit
        units = frozenset() if unit is None else frozenset({(unit, fact.actor)})
        for person in fact.data.names_on_money():
            # Taken out first: what was paid last stands last, so that `trim` leaves what is pending.
            self._paid[person] = _both(self._paid.pop(person, Named()), Named(fact.occurred_on, units))

    def _count(self, fact: Fact) -> None:
        e = fact.effect
        if e.unit is None or e.subject is None or e.year is None:
            return
        key = (e.unit, e.subject, e.year)
        was = self.cohort(*key) if self._complete else self._cohorts.get(key)
        if was is None:
            return
        if e.kind == "ModelRegistered":
            self._cohorts[key] = Cohort(was.candidates + (e.quantity or 0), was.counted)
        else:
            step = 1 if fact.type == "ModelsCounted" else -1
            self._cohorts[key] = Cohort(was.candidates, was.counted + step)

    # What was loaded from the log

    def hold_state(self, stream: str, state: State) -> None:
        self.drop_state(stream)
        self._states[stream] = state
        self._weight += state.weight

    def hold_data(self, stream: str, event_id: UUID, data: Data) -> None:
        """Of an event that was loaded without."""
        if (state := self._states.get(stream)) is not None and event_id in state.facts:
            state.facts[event_id] = msgspec.structs.replace(state.facts[event_id], data=data)

    def hold_cohort(self, key: CohortKey, cohort: Cohort) -> None:
        self._cohorts[key] = cohort

    def hold_named(self, person_id: UUID, named: Named) -> None:
        self._named[person_id] = named

    def hold_begun(self, unit_id: str, begun: list[Fact]) -> None:
        self._begun[unit_id] = begun

    def hold_location(self, event_id: UUID, stream: str | None) -> None:
        if stream is None:
            self._absent.add(event_id)
        else:
            self._located[event_id] = stream

    def hold_command(self, actor: UUID, command_id: UUID, event_id: UUID | None) -> None:
        if event_id is None:
            self._absent.add((actor, command_id))
        else:
            self._commands[actor, command_id] = event_id

    def forget_absences(self) -> None:
        """What was not there a moment ago may be there now."""
        self._absent.clear()
        self._begun.clear()

    def holds_state(self, stream: str) -> bool:
        return stream in self._states

    def lacks_cohort(self, data: Data) -> CohortKey | None:
        """The cohort that a command of `COHORT_KINDS` names, if it is not here."""
        key: CohortKey = _cohort_named(data)
        return None if key in self._cohorts else key

    # What must be forgotten

    def drop_state(self, stream: str) -> None:
        if (state := self._states.pop(stream, None)) is not None:
            self._weight -= state.weight

    def drop_cohort(self, key: CohortKey) -> None:
        self._cohorts.pop(key, None)

    def drop_named(self) -> None:
        """Which money entries name whom: any stream may have changed that."""
        self._named.clear()

    def drop_paid(self, facts: Iterable[Fact]) -> None:
        """That these name anybody: they will not be appended."""
        for fact in facts:
            for person in fact.data.names_on_money() if fact.type in PERSONS_NAMED else ():
                self._paid.pop(person, None)
                self._named.pop(person, None)  # as loaded, it knows nothing of what was taken since

    def drop_command(self, actor: UUID, command_id: UUID) -> None:
        self._commands.pop((actor, command_id), None)

    def forget(self) -> None:
        """Drop everything but the tree, which its owner reloads."""
        self._states.clear()
        self._cohorts.clear()
        self._located.clear()
        self._commands.clear()
        self._named.clear()
        self._paid.clear()
        self._begun.clear()
        self._weight = 0

    def trim(self, limit: int, pending: Callable[[], set[str]]) -> None:
        """Once there are more than `limit` facts, forget the streams that were loaded first, never those that
        are `pending`."""
        if self._weight > limit:
            keep = pending()
            for stream in [s for s in self._states if s not in keep]:
                if self._weight <= limit // 2:
                    break
                self.drop_state(stream)
        for cache in (self._cohorts, self._located, self._commands, self._named):
            _forget_older_half(cache, limit)
        for person in _forget_older_half(self._paid, limit):
            self._named.pop(person, None)  # as loaded, it knows nothing of what was taken since


def _forget_older_half(cache: dict[Any, Any], limit: int) -> list[Any]:
    """Once there are more than `limit`. Returns the keys that were dropped."""
    dropped = list(islice(cache, len(cache) - limit // 2)) if len(cache) > limit else []
    for key in dropped:
        del cache[key]
    return dropped


def _both(one: Named, other: Named) -> Named:
    days = [day for day in (one.latest, other.latest) if day is not None]
    return Named(max(days, default=None), one.units | other.units)


def begins_at(fact: Fact) -> str | None:
    """The unit to which something new belongs by that fact, on a stream of its own."""
    if fact.type == "FundHandedOver":
        return fact.effect.subject
    return fact.effect.unit if fact.type in BEGINNINGS else None


def empty_state(stream: str) -> State:
    """A stream on which nothing was recorded."""
    return STATES.get(category_of(stream), State)()


def touches_tree(fact: Fact) -> bool:
    """Whether the unit tree changes: a shaping event, or the withdrawal of one."""
    return (fact.effect.kind or fact.type) in TREE_KINDS
