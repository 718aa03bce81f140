"""The log decided once more from its entries alone: every event's typed columns, derived anew.

For whoever holds the entries and nothing else. Sealed fields stay sealed: no effect depends on them.
"""

import datetime as dt
from collections import deque
from uuid import UUID

import msgspec

from events.book import Book
from events.deciding import fact_of
from events.declare import CATALOGUE, Fact
from events.log.entry import Entry, data_of
from events.memory import Memory
from events.refusals import Refused, Spoken
from events.vocabulary import day_of


class NotDerivableError(ValueError):
    """An entry does not follow from those before it. `why` names what was expected."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.why = Spoken(vi, en)


class Replayed(msgspec.Struct, frozen=True, gc=False):
    """An event with its effect; `ordinal`: its place among the events of its command."""

    fact: Fact
    ordinal: int
    command_id: UUID
    recorded_at: dt.datetime


class Replay:
    """Takes entries in the order of positions."""

    def __init__(self) -> None:
        self.memory = Memory(complete=True)
        self._awaited: deque[Fact] = deque()  # what the last command's rules appended with it
        self._command = UUID(int=0)
        self._ordinal = 0
        self._actors: dict[UUID, UUID] = {}  # each kept once, however many events it recorded

    def take(self, entry: Entry) -> Replayed:
        """Raises `NotDerivableError`, `LookupError` for a type this version does not know."""
        if self.memory.stream_of_event(entry.event_id) is not None:
            raise NotDerivableError(
                f"đã có sự kiện {entry.event_id} trước đó", f"there was an event {entry.event_id} before"
            )
        fact = self._with_its_command(entry) if self._awaited else self._decided(entry)
        self.memory.take(fact, (fact.actor, entry.command_id))
        return Replayed(fact, self._ordinal, entry.command_id, entry.recorded_at)

    def _decided(self, entry: Entry) -> Fact:
        if self.memory.event_of_command(entry.actor, entry.command_id) is not None:
            raise NotDerivableError(
                f"lệnh {entry.command_id} đã được ghi trước đó",
                f"the command {entry.command_id} was recorded before",
            )
        data = data_of(entry)
        kind = CATALOGUE[entry.type]
        stream = kind.stream_of(data) if kind.stream else self._stream_named(entry)
        state = self.memory.state(stream)
        if (stream, state.version + 1) != (entry.stream, entry.version):
            raise NotDerivableError(
                f"{entry.type} thuộc luồng {stream} với phiên bản {state.version + 1}, "
                f"không phải {entry.stream} với phiên bản {entry.version}",
                f"{entry.type} belongs to {stream} as version {state.version + 1}, "
                f"not to {entry.stream} as version {entry.version}",
            )
        book = Book(
            memory=self.memory,
            actor=self._actors.setdefault(entry.actor, entry.actor),
            event_id=entry.event_id,
            stream=stream,
            occurred_on=entry.occurred_on,
            today=day_of(entry.recorded_at),
        )
        try:
            effect = data.decide(book)
        except Refused as refused:
            raise NotDerivableError(
                f"quy tắc không cho: {refused.sentence('vi')}",
                f"the rules refuse it: {refused.sentence('en')}",
            ) from refused
        self._command, self._ordinal = entry.command_id, 0
        versions = {stream: entry.version}
        for more, its_stream, its_effect, on in book.with_it:
            version = versions.get(its_stream, self.memory.state(its_stream).version) + 1
            versions[its_stream] = version
            self._awaited.append(fact_of(book, entry.event_id, its_stream, version, on, more, its_effect))
        if book.occurred_on != entry.occurred_on:
            raise NotDerivableError(
                f"theo quy tắc, ngày là {book.occurred_on}, không phải {entry.occurred_on}",
                f"the rules date it {book.occurred_on}, not {entry.occurred_on}",
            )
        return fact_of(book, entry.event_id, stream, entry.version, entry.occurred_on, data, effect)

    def _with_its_command(self, entry: Entry) -> Fact:
        awaited = self._awaited.popleft()
        self._ordinal += 1
        data = data_of(entry)
        told = (entry.command_id, entry.actor, entry.type, entry.stream, entry.version, entry.occurred_on)
        due = (
            self._command, awaited.actor, awaited.type, awaited.stream, awaited.version, awaited.occurred_on,
        )  # fmt: skip
        if told != due or (data != awaited.data and not CATALOGUE[entry.type].sealed):
            raise NotDerivableError(
                f"lệnh của nó mang theo {awaited.type} trên {awaited.stream}, phiên bản {awaited.version}",
                f"its command brings {awaited.type} on {awaited.stream} as version {awaited.version}",
            )
        return Fact(
            entry.event_id,
            entry.type,
            entry.stream,
            entry.version,
            entry.occurred_on,
            awaited.actor,
            data,
            awaited.effect,
        )

    def _stream_named(self, entry: Entry) -> str:
        """Of an event that goes to the stream of the one it names."""
        named = getattr(data_of(entry), CATALOGUE[entry.type].refs[0])
        return self.memory.stream_of_event(UUID(named)) or ""
