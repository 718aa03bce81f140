"""What a decision may look at, and nothing else: states of streams, the unit tree, and what is absent.

A `Book` answers from memory. What is not in memory raises `NotLoaded`; the log loads it and the decision is
made again, so rules are plain functions that never wait. Everything looked at is remembered: under the
append's lock it must still be so.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from events.declare import CATALOGUE, Data, Effect, Fact
from events.refusals import Refused, code
from events.tree import Tree, Unit

UNKNOWN_EVENT = code(
    "unknown-event",
    vi="Không có sự kiện {event} trong sổ.",
    en="There is no event {event} in the log.",
)
UNKNOWN_UNIT = code(
    "unknown-unit",
    vi="Không có đơn vị «{unit}».",
    en="There is no unit '{unit}'.",
)
UNIT_NOT_THERE = code(
    "unit-not-there",
    vi="Đơn vị «{unit}» không nhận ghi chép ngày {day}: đơn vị hoạt động từ {since} đến {until}.",
    en="Unit '{unit}' takes no record dated {day}: it exists from {since} to {until}.",
)


class State:
    """What rules need of one stream. Subclasses fold more; each category of streams has one class."""

    category: str = ""
    keeps_facts = True
    """Whether single facts can be found again, to be reversed, withdrawn or built on."""
    reads_data = True
    """Whether folding looks at events' data. Where it does not, they stay in the log until a rule asks for a
    member; such rules tell events apart by their type, never by their data's class."""

    __slots__ = ("facts", "gone", "unit", "version")  # a process holds hundreds of thousands

    def __init__(self) -> None:
        self.version = 0
        self.unit: str | None = None  # whose the last record was that is any unit's
        self.facts: dict[UUID, Fact] = {}
        self.gone: dict[UUID, Fact] = {}  # withdrawn or reversed, by what

    def take(self, fact: Fact) -> None:
        """Fold one event, in the order of versions."""
        self.version = fact.version
        if self.keeps_facts:
            self.facts[fact.event_id] = fact
            self.unit = fact.effect.unit or self.unit
            if fact.type in ("RecordWithdrawn", "EntryReversed") and fact.effect.target:
                self.gone[fact.effect.target] = fact
        self.apply(fact)

    def apply(self, fact: Fact) -> None:
        """What this category keeps beyond version and facts."""

    def standing(self, *types: str) -> Iterator[Fact]:
        """Facts of those types that still count, in order."""
        return (f for f in self.facts.values() if f.type in types and f.event_id not in self.gone)

    def undo(self, fact: Fact, book: "Book") -> Effect:
        """The difference made by withdrawing one of its facts. Raises `Refused` where others stand on it.

        A category that does not say how keeps its facts for good: `RecordWithdrawn` refuses before it asks.
        """
        raise TypeError(f"facts of {self.category} are kept for good")

    @property
    def weight(self) -> int:
        """What it costs to keep in memory, in facts."""
        return 1 + len(self.facts)


STATES: dict[str, type[State]] = {}
S = TypeVar("S", bound=State)


def state_of(category: str) -> Callable[[type[S]], type[S]]:
    """Class decorator: the state of the streams `{category}-…`."""

    def register(state: type[S]) -> type[S]:
        state.category = category
        STATES[category] = state
        return state

    return register


def category_of(stream: str) -> str:
    """`fund-abc` → `fund`: the part before the first hyphen."""
    return stream.split("-", 1)[0]


class Cohort(msgspec.Struct, frozen=True, gc=False):
    """What is recorded for one unit, model and year: single candidates, or totals from paper."""

    candidates: int
    counted: int


class Named(msgspec.Struct, frozen=True, gc=False):
    """The money entries that name a person, reversed ones too: the latest day of any, and of which units
    they are, each with who recorded it."""

    latest: dt.date | None = None
    units: frozenset[tuple[str, UUID]] = frozenset()


class NotLoaded(LookupError):  # noqa: N818 - not an error: a request to load
    """The decision needs something that is not in memory."""

    def __init__(self, key: tuple[object, ...]) -> None:
        super().__init__(key)
        self.key = key


class LeftInLog(Data, frozen=True):
    """Stands for the data of one event until a rule asks for a member, which raises `NotLoaded`."""

    _key: tuple[str, str, UUID]  # no kind's data has a member of that name

    @classmethod
    def of(cls, stream: str, event_id: UUID) -> "LeftInLog":
        return cls(_key=("data", stream, event_id))

    def __getattr__(self, name: str) -> Any:
        raise NotLoaded(self._key)


class Lends(Protocol):
    """What a decision borrows from memory. Each raises `NotLoaded` for what is not there."""

    @property
    def tree(self) -> Tree: ...
    def state(self, stream: str) -> State: ...
    def cohort(self, unit: str, model: str, year: int) -> Cohort: ...
    def stream_of_event(self, event_id: UUID) -> str | None: ...
    def event_of_command(self, actor: UUID, command_id: UUID) -> UUID | None: ...
    def named_by_money(self, person_id: UUID) -> Named: ...
    def begun_at(self, unit_id: str) -> list[Fact]: ...


class Book(msgspec.Struct, gc=False):
    """One decision's view."""

    memory: Lends
    actor: UUID
    event_id: UUID
    stream: str
    occurred_on: dt.date
    today: dt.date
    read: set[str] = set()
    reads_tree: bool = False
    cohorts: set[tuple[str, str, int]] = set()
    persons: frozenset[UUID] = frozenset()  # asked whether a money entry names them
    begun: bool = False  # asked what was begun at a unit
    permitted: set[str] = set()  # the units whose records the actor was found to reach
    with_it: tuple[tuple[Data, str, Effect, dt.date], ...] = ()

    @property
    def tree(self) -> Tree:
        self.reads_tree = True
        return self.memory.tree

    def state(self, stream: str, kind: type[S]) -> S:
        """The state of a stream; an empty one (version 0) if nothing was ever recorded on it."""
        self.read.add(stream)
        state = self.memory.state(stream)
        if not isinstance(state, kind):
            raise TypeError(f"{stream} is kept as {type(state).__name__}, not {kind.__name__}")
        return state

    def own(self, kind: type[S]) -> S:
        """The state of the stream this command writes."""
        return self.state(self.stream, kind)

    def cohort(self, unit: str, model: str, year: int) -> Cohort:
        self.cohorts.add((unit, model, year))
        return self.memory.cohort(unit, model, year)

    def named_by_money(self, person_id: UUID) -> Named:
        """When and where money entries name that person."""
        self.persons |= {person_id}
        return self.memory.named_by_money(person_id)

    def begun_at(self, unit_id: str) -> list[Fact]:
        """What was begun at a unit on streams of its own (a fund, a centre, a candidate) and stands."""
        self.begun = True
        return self.memory.begun_at(unit_id)

    def fact(self, reference: str | UUID, field: str = "/data/event_id") -> tuple[State, Fact]:
        """An earlier event anywhere in the log and the state it belongs to. Raises `unknown-event`."""
        event_id = reference if isinstance(reference, UUID) else UUID(reference)
        stream = self.memory.stream_of_event(event_id)
        if stream is None:
            raise Refused(UNKNOWN_EVENT, field, event=str(event_id))
        self.read.add(stream)
        state = self.memory.state(stream)
        fact = state.facts.get(event_id)
        if fact is None:
            raise Refused(UNKNOWN_EVENT, field, event=str(event_id))
        return state, fact

    def unit(self, unit_id: str, on: dt.date | None = None, field: str = "/data/unit_id") -> Unit:
        """A unit that takes records on that day (default: the command's). Raises what is missing."""
        unit = self.known_unit(unit_id, field)
        day = on or self.occurred_on
        if not unit.takes(day):
            raise Refused(
                UNIT_NOT_THERE,
                field,
                unit=unit_id,
                day=day,
                since=unit.established_on,
                until=unit.ended_on or "…",
            )
        return unit

    def known_unit(self, unit_id: str, field: str = "/data/unit_id") -> Unit:
        """A unit, living or ended."""
        unit = self.tree.get(unit_id)
        if unit is None:
            raise Refused(UNKNOWN_UNIT, field, unit=unit_id)
        return unit

    def also(self, data: Data, effect: Effect, occurred_on: dt.date | None = None) -> None:
        """Append a further event in the same breath; refused or recorded together with the command's."""
        stream = CATALOGUE[type(data).__name__].stream_of(data)
        self.read.add(stream)
        self.memory.state(stream)
        self.with_it = (*self.with_it, (data, stream, effect, occurred_on or self.occurred_on))
