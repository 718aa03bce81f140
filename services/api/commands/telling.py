"""What became of a command, as it is answered: alone or as a line of a batch."""

import datetime as dt
from uuid import UUID

import msgspec

from events.log.outcome import Accepted, AlsoRecorded, Outcome, Recorded
from events.refusals import Language, Refused
from services.api.answers import ENCODER
from services.api.problems import refused


class RecordedAnswer(msgspec.Struct, frozen=True):
    """The command was recorded, now (201) or before (200, the same answer again)."""

    position: int
    """The event's place in the whole log, from 1 without gaps."""
    event_id: UUID
    stream: str
    version: int
    """The event's place in its stream, from 1 without gaps."""
    recorded_at: dt.datetime
    also: list[AlsoRecorded]
    """Events that a rule appended together with it."""


class RecordedLine(msgspec.Struct, frozen=True):
    """The same on a line of a batch."""

    line: int
    status: int
    command_id: UUID
    position: int
    event_id: UUID
    stream: str
    version: int
    recorded_at: dt.datetime
    also: list[AlsoRecorded]


class AcceptedAnswer(msgspec.Struct, frozen=True):
    """A dry run: the rules accept the command; nothing was recorded."""

    type: str
    stream: str
    version: int
    also: list[str]
    """The types of events that would come with it."""


def told(outcome: Outcome, language: Language) -> tuple[int, bytes]:
    """Status and body."""
    if isinstance(outcome, Recorded):
        return _status(outcome), ENCODER.encode(RecordedAnswer(*_members(outcome)))
    if isinstance(outcome, Refused):
        problem = refused(outcome, language)
        return problem.status, ENCODER.encode(problem)
    assert isinstance(outcome, Accepted)
    return 200, ENCODER.encode(AcceptedAnswer(outcome.type, outcome.stream, outcome.version, outcome.also))


def recorded_line(line: int, command_id: UUID, outcome: Recorded) -> bytes:
    """As `line_told` would have it, encoded once: nearly every line of a batch is of these."""
    told_ = RecordedLine(line, _status(outcome), command_id, *_members(outcome))
    return ENCODER.encode(told_) + b"\n"


def _status(outcome: Recorded) -> int:
    return 200 if outcome.repeated else 201


def _members(outcome: Recorded) -> tuple[int, UUID, str, int, dt.datetime, list[AlsoRecorded]]:
    """Of `RecordedAnswer`, and the last of `RecordedLine`."""
    at = outcome.recorded_at.astimezone(dt.UTC)
    return outcome.position, outcome.event_id, outcome.stream, outcome.version, at, outcome.also


def line_told(line: int, status: int, command_id: UUID | None, body: bytes) -> bytes:
    """A result line of a batch: the number of the line, then the members of the single answer or problem."""
    head = f'{{"line":{line},"status":{status},'
    if command_id is not None:
        head += f'"command_id":"{command_id}",'
    # A problem carries its status itself; a member may occur only once.
    return head.encode() + body[1:].replace(b'"status":%d,' % status, b"", 1) + b"\n"
