"""What becomes of a command: recorded (now or before), refused, or not known because the log is away."""

import datetime as dt
from uuid import UUID

import msgspec

from events.declare import Fact
from events.refusals import Refused, code

REUSED_COMMAND_ID = code(
    "command-id-reused",
    vi="Mã lệnh {command} đã dùng cho một lệnh có nội dung khác.",
    en="Command id {command} was used before for a command with other content.",
)


class AlsoRecorded(msgspec.Struct, frozen=True):
    """An event that a rule appended together with the command's own."""

    type: str
    position: int
    event_id: UUID
    stream: str
    version: int


class Recorded(msgspec.Struct, frozen=True):
    """Durable, in order, once. `repeated`: this command had been recorded before."""

    position: int
    event_id: UUID
    stream: str
    version: int
    recorded_at: dt.datetime
    also: list[AlsoRecorded]
    repeated: bool = False

    def once_more(self) -> "Recorded":
        return msgspec.structs.replace(self, repeated=True)

    @property
    def last_position(self) -> int:
        return self.also[-1].position if self.also else self.position


class Accepted(msgspec.Struct, frozen=True):
    """A dry run: the rules accept it; nothing was appended."""

    type: str
    stream: str
    version: int
    also: list[str]
    facts: tuple[Fact, ...] = ()
    """What would be appended."""


class LogUnavailableError(RuntimeError):
    """The log cannot be reached or must not be written now. Whether the command was recorded may be unknown:
    sending it again with the same command id settles it."""


class LogBehindError(LogUnavailableError):
    """The log is shorter than it was: an older copy lies where the log lay. Nothing is appended to it."""


Outcome = Recorded | Accepted | Refused
