"""The log's own events: which names it bore from when on, and whose signatures on it are to be believed."""

from typing import Annotated

from msgspec import Meta

from events.book import Book, State, state_of
from events.declare import Data, Effect, event
from events.refusals import Refused, code
from events.vocabulary import Id

Origin = Annotated[
    str,
    Meta(
        pattern=r"^[^\s+]{1,200}(?!\n)$",
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

ORIGIN_USED = code(
    "log-origin-used",
    vi="Sổ này đã từng mang tên {origin}; hãy chọn một tên mới.",
    en="This log has borne the name {origin} before; choose a new one.",
)
OTHER_ORIGIN = code(
    "log-has-another-origin",
    vi="Sổ này nay mang tên {origin}, không phải {previous}.",
    en="This log is now named {origin}, not {previous}.",
)

_KEY = "khuyenhoc.invalid/demo+2f5d8a31+AZ0sZxZQm4Vd4sWlM3zA7gT0tq8w1cV6o3Yb8n5kQm2x"


@state_of("log")
class LogState(State):
    """Which keys the log has named."""

    def known_keys(self) -> set[str]:
        return {f.data.vkey for f in self.facts.values() if isinstance(f.data, LogKeyAdded)}

    def origins(self) -> list[str]:
        """Every name it has borne, the present one last."""
        data = (f.data for f in self.facts.values())
        return [d.origin for d in data if isinstance(d, (LogStarted, LogRestarted))]


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


@event(
    "log",
    vi="Mở lại sổ dưới tên mới",
    en="Log restarted",
    internal=True,
    example={
        "origin": "khuyenhoc.invalid/bac-kan-2",
        "previous_origin": "khuyenhoc.invalid/0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
        "signed_size": 1042,
    },
)
class LogRestarted(Data, frozen=True):
    """From here on the log bears another name, and only keys added after this sign it.

    So a log restored from an older backup goes on openly: what was signed under the former name stays what it
    was, and nobody can take the new entries for those that were lost.
    """

    origin: Origin
    previous_origin: Origin
    signed_size: Annotated[
        int,
        Meta(
            ge=0,
            le=2**62,
            description="Entries under the last checkpoint known of the former name; those of them that are"
            " not before this event are lost",
        ),
    ]

    def decide(self, book: Book) -> Effect:
        log = book.own(LogState)
        if log.version == 0:
            raise Refused(NOT_STARTED, "/data/origin")
        *_, present = names = log.origins()
        if self.previous_origin != present:
            raise Refused(
                OTHER_ORIGIN, "/data/previous_origin", origin=present, previous=self.previous_origin
            )
        if self.origin in names:
            raise Refused(ORIGIN_USED, "/data/origin", origin=self.origin)
        return Effect()
