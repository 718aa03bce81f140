"""From a command to the facts it makes: the general rules, then the kind's own. Pure; waits for nothing."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import uuid_utils
from asyncpg.pgproto import pgproto

from events.book import Book, Lends
from events.declare import Data, Effect, Fact, Kind
from events.memory import Memory
from events.permissions import require_effects_permitted, require_permitted
from events.refusals import Refused, code
from events.vocabulary import Metadata

BY_COMMAND = "command:"
"""So a reference begins that names an event by the command that made it."""

IN_THE_FUTURE = code(
    "date-in-future",
    vi="Ngày xảy ra {day} ở sau hôm nay ({today}).",
    en="The day it happened, {day}, is after today ({today}).",
)
VERSION_CONFLICT = code(
    "version-conflict",
    vi="Luồng «{stream}» đang ở phiên bản {version}, lệnh chờ phiên bản {expected}.",
    en="Stream '{stream}' is at version {version}, the command expected {expected}.",
)
UNKNOWN_COMMAND = code(
    "unknown-command-reference",
    vi="Không có lệnh {command} của cùng người gửi trong sổ.",
    en="There is no command {command} of the same actor in the log.",
)


class Command(msgspec.Struct, frozen=True, gc=False):
    """A request to append one event, already well-formed."""

    kind: Kind
    data: Data
    occurred_on: dt.date
    command_id: UUID
    actor: UUID
    expected_version: int | None = None
    correlation_id: UUID | None = None
    metadata: Metadata | None = None


def open_book(memory: Memory, command: Command, today: dt.date) -> Book:
    """What deciding that command may look at; it remembers what was."""
    return Book(
        memory=memory,
        actor=command.actor,
        event_id=new_event_id(),
        stream="",
        occurred_on=command.occurred_on,
        today=today,
    )


def decide(book: Book, command: Command, *, guarded: bool = True) -> list[Fact]:
    """Decide one command on what memory holds: its facts, in order, not yet taken into memory.

    Raises `Refused`, or `NotLoaded` for what is missing; accepted or not, the decision rests on what the book
    says was looked at. `guarded=False` leaves out who may (tests of the other rules).
    """
    kind, memory, today = command.kind, book.memory, book.today
    data = _resolved(memory, command) if kind.refs else command.data
    if command.occurred_on > today:
        raise Refused(IN_THE_FUTURE, "/occurred_on", day=command.occurred_on, today=today)
    if kind.stream is None:
        earlier, _ = book.fact(getattr(data, kind.refs[0]), "/data/" + kind.refs[0])
        book.stream = memory.stream_of_event(UUID(getattr(data, kind.refs[0]))) or ""
        state = earlier
    else:
        book.stream = kind.stream_of(data)
        state = memory.state(book.stream)
        book.read.add(book.stream)
    if guarded:
        require_permitted(book, kind, data, state)
    if command.expected_version is not None and command.expected_version != state.version:
        raise Refused(
            VERSION_CONFLICT,
            "/expected_version",
            stream=book.stream,
            version=state.version,
            expected=command.expected_version,
        )
    effect = data.decide(book)
    if guarded:
        require_effects_permitted(book, kind, effect)
    version = state.version + 1
    facts = [fact_of(book, book.event_id, book.stream, version, book.occurred_on, data, effect)]
    if book.with_it:
        facts += _facts_with_it(book, version)
    return facts


def _facts_with_it(book: Book, version: int) -> Iterator[Fact]:
    """Of the events that come with the command's own, which has that version in its stream."""
    versions = {book.stream: version}
    for data, stream, effect, on in book.with_it:
        version = versions[stream] = versions.get(stream, book.memory.state(stream).version) + 1
        yield fact_of(book, new_event_id(), stream, version, on, data, effect)


def new_event_id() -> UUID:
    """UUIDv7: ordered in time, so that its index grows at one end. The driver's subclass of `UUID`:
    written out, hashed and sent in a fraction of the time."""
    made: UUID = pgproto.UUID(uuid_utils.uuid7().bytes)
    return made


def fact_of(
    book: Book, event_id: UUID, stream: str, version: int, on: dt.date, data: Data, effect: Effect
) -> Fact:
    """A decided event, its effect filled with what it leaves to convention."""
    name = type(data).__name__
    filled = msgspec.structs.replace(
        effect,
        kind=effect.kind or name,
        year=on.year if effect.year is None else effect.year,
    )
    return Fact(event_id, name, stream, version, on, book.actor, data, filled)


def _resolved(memory: Lends, command: Command) -> Data:
    """The data with every `command:<id>` replaced by the event that command made."""
    changed: dict[str, Any] = {}
    for field in command.kind.refs:
        value = getattr(command.data, field)
        if isinstance(value, list):
            changed[field] = [
                _event_named(memory, command, ref, f"{field}/{n}") for n, ref in enumerate(value)
            ]
        elif isinstance(value, str) and value.startswith(BY_COMMAND):
            changed[field] = _event_named(memory, command, value, field)
    return msgspec.structs.replace(command.data, **changed) if changed else command.data


def _event_named(memory: Lends, command: Command, ref: str, field: str) -> str:
    """The id of the event that a reference means. Raises `unknown-command-reference`."""
    if not ref.startswith(BY_COMMAND):
        return ref
    named = UUID(ref.removeprefix(BY_COMMAND))
    event_id = memory.event_of_command(command.actor, named)
    if event_id is None:
        raise Refused(UNKNOWN_COMMAND, "/data/" + field, command=str(named))
    return str(event_id)
