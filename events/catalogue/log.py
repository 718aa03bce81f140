"""The log's own events: under which name it began, and whose signatures on it are to be believed."""

from typing import Annotated

from msgspec import Meta

from events.book import Book, State, state_of
from events.declare import Data, Effect, event
from events.refusals import Refused, code
from events.vocabulary import Id

Origin = Annotated[
    str,
    Meta(
        pattern=r"^[^\s+]{1,200}$",
        description="The log's name in its checkpoints (C2SP tlog-checkpoint): no spaces, no plus sign",
        examples=["khuyenhoc.invalid/0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10"],
    ),
]
VerifierKey = Annotated[
    str,
    Meta(
        pattern=r"^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$",
        max_length=400,
        description="A verifier key of the C2SP signed-note format: name+hash+key",
    ),
]

ALREADY_STARTED = code(
    "log-already-started",
    vi="Sổ này đã được mở; mỗi sổ chỉ mở một lần.",
    en="This log has already been started; a log starts once.",
)
NOT_STARTED = code(
    "log-not-started",
    vi="Sổ này chưa được mở (chưa có LogStarted).",
    en="This log has not been started yet (there is no LogStarted).",
)
KEY_KNOWN = code(
    "log-key-known",
    vi="Khóa {vkey} đã có trong sổ.",
    en="The key {vkey} is in the log already.",
)

_KEY = "khuyenhoc.invalid/demo+2f5d8a31+AZ0sZxZQm4Vd4sWlM3zA7gT0tq8w1cV6o3Yb8n5kQm2x"


@state_of("log")
class LogState(State):
    """Which keys the log has named."""

    def known_keys(self) -> set[str]:
        return {f.data.vkey for f in self.facts.values() if isinstance(f.data, LogKeyAdded)}


@event(
    "log",
    vi="Mở sổ",
    en="Log started",
    internal=True,
    example={
        "log_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
        "origin": "khuyenhoc.invalid/0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
    },
)
class LogStarted(Data, frozen=True):
    """The first event of every log."""

    log_id: Id
    origin: Origin

    def decide(self, book: Book) -> Effect:
        if book.own(LogState).version > 0:
            raise Refused(ALREADY_STARTED, "/data/log_id")
        return Effect()


@event("log", vi="Thêm khóa của sổ", en="Log key added", internal=True, example={"vkey": _KEY})
class LogKeyAdded(Data, frozen=True):
    """A public key whose signatures on checkpoints count from here on."""

    vkey: VerifierKey

    def decide(self, book: Book) -> Effect:
        log = book.own(LogState)
        if log.version == 0:
            raise Refused(NOT_STARTED, "/data/vkey")
        if self.vkey in log.known_keys():
            raise Refused(KEY_KNOWN, "/data/vkey", vkey=self.vkey)
        return Effect()
