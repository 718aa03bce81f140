"""What one round of the log carries: jobs as they came in, one item for each command, the rows they make."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from events.book import Book
from events.deciding import Command
from events.declare import PERSONS_NAMED, Data, Fact
from events.log.entry import Prepared, Seal, stamp
from events.log.erasing import ERASING
from events.log.outcome import Accepted, AlsoRecorded, Outcome, Recorded
from events.memory import CohortKey, touches_tree
from events.sealing.keys import SealingKey

ACCESS = "access-"
"""Streams of tokens and roles begin so."""


class Course(msgspec.Struct, eq=False):
    """What jobs have in common that go on from each other: once one was not answered, no later one is
    decided, since it may build on what was lost."""

    broken: bool = False


class Job(msgspec.Struct, eq=False):
    """Commands that came in together, in their order, and the future that waits for all of them."""

    commands: Sequence[Command]
    atomic: bool
    dry_run: bool
    done: "asyncio.Future[list[Outcome]]"
    course: Course | None = None
    items: "list[Item]" = []

    @property
    def alone(self) -> bool:
        """Whether nothing else may share its batch: it may have to be taken back as a whole."""
        return self.atomic or self.dry_run


class Item(msgspec.Struct, eq=False):
    """One command on its way."""

    command: Command
    job: Job
    key: tuple[UUID, UUID]  # who sends it, and its id
    facts: Sequence[Fact] = ()  # to be appended
    verdict: Outcome | None = None  # what to answer where nothing is appended: refused, or tried only
    prepared: Sequence[Prepared] = ()
    new_keys: Mapping[UUID, SealingKey] | None = None
    digest: bytes = b""
    first: "Item | None" = None  # the same command id, on its way already
    outcome: Outcome | None = None
    book: Book | None = None  # what the decision, whichever way it went, was based on

    def writes_tree(self) -> bool:
        return any(touches_tree(f) for f in self.facts)

    def writes(self) -> set[str]:
        return {f.stream for f in self.facts}

    def again(self) -> None:
        """Forget the decision; it will be made anew."""
        self.verdict = self.first = self.outcome = self.book = None
        self.facts, self.prepared, self.new_keys, self.digest = (), (), None, b""

    def recorded(self, position: int, at: dt.datetime) -> Recorded:
        own = self.facts[0]
        also: list[AlsoRecorded] = []
        if len(self.facts) > 1:
            also += [
                AlsoRecorded(f.type, position + n, f.event_id, f.stream, f.version)
                for n, f in enumerate(self.facts[1:], 1)
            ]
        return Recorded(position, own.event_id, own.stream, own.version, at, also)

    def accepted(self) -> Accepted:
        own, *others = self.facts
        return Accepted(own.type, own.stream, own.version, [f.type for f in others], tuple(self.facts))


class Batch(msgspec.Struct):
    """Items decided together, to be appended in one transaction."""

    jobs: list[Job]
    begun_at: int  # memory was current through this position when deciding began
    today: dt.date
    items: list[Item] = []

    def writing(self) -> list[Item]:
        return [i for i in self.items if i.facts]


class Foreign(msgspec.Struct):
    """What other processes appended meanwhile, as far as a decision may depend on it."""

    position: int
    stream: str
    key: tuple[UUID, UUID]
    cohort: CohortKey | None
    tree: bool


def tainted(items: Iterable[Item], foreign: Sequence[Foreign]) -> list[Item]:
    """The items that were built on what is no longer so, directly or through another of them, in order."""
    streams = {f.stream for f in foreign}
    cohorts = {f.cohort for f in foreign if f.cohort}
    commands = {f.key for f in foreign}
    tree = any(f.tree for f in foreign)
    found: list[Item] = []
    for item in items:
        book = item.book
        rests_on_it = book is not None and (
            (tree and book.reads_tree)
            # Which money entries name a person, or what was begun at a unit, any stream may have changed.
            or bool((book.persons or book.begun) and foreign)
            or not book.read.isdisjoint(streams)
            or not book.cohorts.isdisjoint(cohorts)
        )
        if rests_on_it or item.key in commands or (item.first is not None and item.first in found):
            found.append(item)
            streams |= item.writes()
            cohorts |= book.cohorts if book else set()
            tree = tree or item.writes_tree()
    return found


COLUMNS = (
    "position", "recorded_at", "quantity", "extra", "amount", "event_id", "command_id", "actor", "target",
    "version", "occurred_on", "ordinal", "year", "until_year", "stream", "type", "kind", "unit", "level",
    "subject", "measure", "measure_was", "pocket", "digest", "entry",
)  # fmt: skip
"""Of log.events, as `rows` fills them."""


class Made(msgspec.Struct):
    """What one append writes."""

    rows: list[tuple[Any, ...]] = []  # of `COLUMNS`
    tree: int | None = None  # the position of the last event that shapes the tree
    access: int | None = None  # and of the last that says who may do what
    seals: list[Seal] = []
    named: list[tuple[UUID, int, dt.date]] = []  # persons on money entries, where, and dated when
    erasures: list[Data] = []


def made_of(items: Sequence[Item], position: int, at: dt.datetime) -> Made:
    """Of the items' events, which come after `position`. Gives each item its outcome."""
    stamped = stamp(at)
    made = Made()
    add = made.rows.append
    for item in items:
        item.outcome = item.recorded(position + 1, at)
        command_id = item.command.command_id
        for prepared in item.prepared:
            position += 1
            fact, e = prepared.fact, prepared.fact.effect
            if touches_tree(fact):
                made.tree = position
            if fact.stream.startswith(ACCESS):
                made.access = position
            if prepared.seals:
                made.seals += prepared.seals
            if fact.type in PERSONS_NAMED:
                made.named += [(p, position, fact.occurred_on) for p in set(fact.data.names_on_money())]
            if fact.type in ERASING:
                made.erasures.append(fact.data)
            add((
                position, at, e.quantity, e.extra, e.amount, fact.event_id, command_id, fact.actor, e.target,
                fact.version, fact.occurred_on, prepared.ordinal, e.year, e.until_year, fact.stream,
                fact.type, e.kind, e.unit, e.level, e.subject, e.measure, e.measure_was, e.pocket,
                item.digest if prepared.ordinal == 0 else None, prepared.at(stamped),
            ))  # fmt: skip
    return made
