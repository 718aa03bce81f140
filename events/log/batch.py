"""What one round of the log carries: jobs as they came in, one item for each command, the rows they make."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.book import Book
from events.deciding import Command, Decided
from events.log.entry import Prepared, stamp
from events.log.outcome import Accepted, AlsoRecorded, Outcome, Recorded
from events.memory import CohortKey, touches_tree
from events.sealing.keys import SealingKey

ACCESS = "access-"
"""Streams of tokens and roles begin so."""


@dataclass(slots=True, eq=False)
class Job:
    """Commands that came in together, in their order, and the future that waits for all of them."""

    commands: Sequence[Command]
    atomic: bool
    dry_run: bool
    done: "asyncio.Future[list[Outcome]]"
    items: "list[Item]" = field(default_factory=list)

    @property
    def alone(self) -> bool:
        """Whether nothing else may share its batch: it may have to be taken back as a whole."""
        return self.atomic or self.dry_run


@dataclass(slots=True, eq=False)
class Item:
    """One command on its way."""

    command: Command
    job: Job
    decided: Decided | None = None  # to be appended
    verdict: Outcome | None = None  # what to answer where nothing is appended: refused, or tried only
    prepared: Sequence[Prepared] = ()
    new_keys: Mapping[UUID, SealingKey] | None = None
    digest: bytes = b""
    first: "Item | None" = None  # the same command id, on its way already
    outcome: Outcome | None = None
    read: Set[str] = frozenset()
    reads_tree: bool = False
    cohorts: Set[CohortKey] = frozenset()
    asks_of_persons: bool = False  # whether money entries name them: any stream may change that
    key: tuple[UUID, UUID] = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.command.actor, self.command.command_id

    def looked_at(self, book: Book) -> None:
        """What the decision, whichever way it went, was based on."""
        self.read, self.reads_tree, self.cohorts = book.read, book.reads_tree, book.cohorts
        self.asks_of_persons = bool(book.persons)

    def writes_tree(self) -> bool:
        return self.decided is not None and any(touches_tree(f) for f in self.decided.facts)

    def writes(self) -> set[str]:
        return {f.stream for f in self.decided.facts} if self.decided else set()

    def again(self) -> None:
        """Forget the decision; it will be made anew."""
        self.decided = self.verdict = self.first = self.outcome = None
        self.prepared, self.new_keys, self.digest = (), None, b""
        self.read, self.reads_tree, self.cohorts = frozenset(), False, frozenset()
        self.asks_of_persons = False

    def recorded(self, position: int, at: dt.datetime) -> Recorded:
        assert self.decided is not None
        facts = self.decided.facts
        own, also = facts[0], list[AlsoRecorded]()
        if len(facts) > 1:
            also += [
                AlsoRecorded(f.type, position + n, f.event_id, f.stream, f.version)
                for n, f in enumerate(facts[1:], 1)
            ]
        return Recorded(position, own.event_id, own.stream, own.version, at, also)

    def accepted(self) -> Accepted:
        assert self.decided is not None
        own, *others = self.decided.facts
        return Accepted(
            own.type, own.stream, own.version, [f.type for f in others], tuple(self.decided.facts)
        )


@dataclass(slots=True)
class Batch:
    """Items decided together, to be appended in one transaction."""

    jobs: list[Job]
    begun_at: int  # memory was current through this position when deciding began
    today: dt.date
    items: list[Item] = field(default_factory=list)

    def writing(self) -> list[Item]:
        return [i for i in self.items if i.decided is not None]


@dataclass(slots=True)
class Foreign:
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
        if (
            (tree and item.reads_tree)
            or (item.asks_of_persons and foreign)
            or not item.read.isdisjoint(streams)
            or not item.cohorts.isdisjoint(cohorts)
            or item.key in commands
            or (item.first is not None and item.first in found)
        ):
            found.append(item)
            streams |= item.writes()
            cohorts |= item.cohorts
            tree = tree or item.writes_tree()
    return found


COLUMNS = (
    "position", "recorded_at", "quantity", "extra", "amount", "event_id", "command_id", "actor", "target",
    "version", "occurred_on", "ordinal", "year", "until_year", "stream", "type", "kind", "unit", "level",
    "subject", "measure", "measure_was", "pocket", "digest", "entry",
)  # fmt: skip
"""Of log.events, as `rows` fills them."""


def rows(
    items: Sequence[Item], position: int, at: dt.datetime
) -> tuple[list[tuple[Any, ...]], int | None, int | None]:
    """Rows of `COLUMNS` for the events after `position`, the last of them that shapes the tree, and the last
    that says who may do what.

    Gives each item its outcome.
    """
    stamped = stamp(at)
    made: list[tuple[Any, ...]] = []
    tree = access = None
    for item in items:
        item.outcome = item.recorded(position + 1, at)
        command_id = item.command.command_id
        for prepared in item.prepared:
            position += 1
            fact, e = prepared.fact, prepared.fact.effect
            if touches_tree(fact):
                tree = position
            if fact.stream.startswith(ACCESS):
                access = position
            made.append((
                position, at, e.quantity, e.extra, e.amount, fact.event_id, command_id, fact.actor, e.target,
                fact.version, fact.occurred_on, prepared.ordinal, e.year, e.until_year, fact.stream,
                fact.type, e.kind, e.unit, e.level, e.subject, e.measure, e.measure_was, e.pocket,
                item.digest if prepared.ordinal == 0 else None, prepared.at(stamped),
            ))  # fmt: skip
    return made, tree, access
