"""The entry: the one line of JSON that is kept, hashed and signed for each event.

Its bytes are made once and never again: whoever needs the event reads them. All that varies late is
`recorded_at`, which is put in its place under the append's lock.
"""

import datetime as dt
import hashlib
import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

import events.catalogue.everything  # noqa: F401 - whoever reads entries needs every kind
from events.deciding import Command
from events.declare import CATALOGUE, Data, Fact, Kind
from events.refusals import Refused, code
from events.sealing.keys import MasterKey, SealingKey
from events.vocabulary import Metadata

ENTRY_LIMIT = 65_535
"""Bytes: an entry bundle of C2SP tlog-tiles gives each entry a 16-bit length."""

ENTRY_TOO_LARGE = code(
    "entry-too-large",
    vi="Bản ghi dài {size} byte, tối đa 65.535; hãy chia thành nhiều lệnh.",
    en="The entry would take {size} bytes, at most 65.535 fit; send it in parts.",
)

json = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_sorted = msgspec.json.Encoder(decimal_format="number", order="sorted")


Keys = MutableMapping[UUID, SealingKey]
"""By the id of a person, or of the event whose own it is."""


class Seal(msgspec.Struct, frozen=True, gc=False):
    """One sealed field of one event, as kept beside the log."""

    event_id: UUID
    field: str
    key_id: UUID
    ciphertext: bytes


class _Members(msgspec.Struct, frozen=True, gc=False):
    """An entry's members, in their order."""

    schema: int
    type: str
    stream: str
    version: int
    event_id: UUID
    command_id: UUID
    correlation_id: UUID | msgspec.UnsetType
    actor: UUID
    occurred_on: dt.date
    recorded_at: str
    metadata: Metadata
    data: Data | dict[str, Any]
    nonce: bytes


_UNSTAMPED = "0000-00-00T00:00:00.000000Z"
"""Where the instant will stand; nothing that comes before it in an entry can hold such a text."""
_THERE = _UNSTAMPED.encode()
_FROM_NOWHERE = Metadata()


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An entry but for its instant."""

    fact: Fact
    ordinal: int
    unstamped: bytes
    seals: list[Seal] = []

    def at(self, stamp: bytes) -> bytes:
        return self.unstamped.replace(_THERE, stamp, 1)


def stamp(instant: dt.datetime) -> bytes:
    """`2026-11-23T18:40:04.123456Z`, always with microseconds."""
    return instant.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z").encode()


class Preparer:
    """Turns decided facts into entries, sealing what is declared sealed."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master
        self._nonces = _nonces()

    def prepare(self, command: Command, fact: Fact, ordinal: int, keys: Keys) -> Prepared:
        """`keys` holds persons' keys; new ones made here are added. Raises `entry-too-large`."""
        kind = CATALOGUE[fact.type]
        present = kind.sealed_in(fact.data)
        shown, seals = self._seal(kind, fact, present, keys) if present else (fact.data, [])
        unstamped = json.encode(
            _Members(
                kind.schema,
                fact.type,
                fact.stream,
                fact.version,
                fact.event_id,
                command.command_id,
                command.correlation_id or msgspec.UNSET,
                fact.actor,
                fact.occurred_on,
                _UNSTAMPED,
                command.metadata or _FROM_NOWHERE,
                shown,
                next(self._nonces),
            )
        )
        if len(unstamped) > ENTRY_LIMIT:
            raise Refused(ENTRY_TOO_LARGE, "/data", size=len(unstamped))
        return Prepared(fact, ordinal, unstamped, seals)

    def _seal(
        self, kind: Kind, fact: Fact, present: list[str], keys: Keys
    ) -> tuple[dict[str, Any], list[Seal]]:
        """The data as the entry shows it, and what is sealed of it: the fields in `present`."""
        shown, seals = _as_dict(fact.data), []
        for name in present:
            key_id = sealing_key_id(kind, name, fact.data, fact.event_id)
            key = keys.setdefault(key_id, SealingKey.new()) if key_id not in keys else keys[key_id]
            sealed = key.seal(json.encode(getattr(fact.data, name)), seal_context(fact.event_id, name))
            seals.append(Seal(fact.event_id, name, key_id, sealed))
            shown[name] = {"sealed": hashlib.sha256(sealed).hexdigest()}
        return shown, seals


def _nonces() -> Iterator[bytes]:
    """16 random bytes each, drawn from the system many at a time."""
    while True:
        drawn = os.urandom(16 * 256)
        for at in range(0, len(drawn), 16):
            yield drawn[at : at + 16]


def seal_context(event_id: UUID, field: str) -> bytes:
    """What a ciphertext is bound to."""
    return event_id.bytes + field.encode()


def sealing_key_id(kind: Kind, field: str, data: Data, event_id: UUID) -> UUID:
    """Whose key seals a field: the event's own, or that of the person another field names."""
    whose = kind.sealed[field]
    return event_id if whose == "event" else UUID(str(getattr(data, whose)))


def digest_of(command: Command, event_id: UUID, keys: Mapping[UUID, SealingKey]) -> bytes:
    """What tells a repeated command from another one under the same id: type, date and data as sent.

    Sealed fields enter as an HMAC under their key, so that once the key is destroyed nothing can be guessed.
    """
    sealed = command.kind.sealed_in(command.data)
    if not sealed and command.kind.plain:  # the same bytes, in half the time
        as_sent = [command.kind.name, command.occurred_on, command.data]
        return hashlib.sha256(_sorted.encode(as_sent)).digest()
    data = _as_dict(command.data)
    for name in sealed:
        key = keys[sealing_key_id(command.kind, name, command.data, event_id)]
        data[name] = key.fingerprint(json.encode(data[name])).hex()
    return hashlib.sha256(json.encode([command.kind.name, command.occurred_on, data])).digest()


def _as_dict(data: Data) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(data).items() if value is not None}


class Entry(msgspec.Struct, frozen=True):
    """An entry read back."""

    schema: int
    type: str
    stream: str
    version: int
    event_id: UUID
    command_id: UUID
    actor: UUID
    occurred_on: dt.date
    recorded_at: dt.datetime
    metadata: msgspec.Raw
    data: msgspec.Raw
    nonce: str
    correlation_id: UUID | None = None


class Content(msgspec.Struct, frozen=True, gc=False):
    """What an entry says beyond the columns that stand beside it."""

    schema: int
    type: str
    metadata: msgspec.Raw
    data: msgspec.Raw
    correlation_id: UUID | None = None


class _Direct(NamedTuple):
    """How an entry of a kind begins that is of today's shape, and what reads its data out of it."""

    beginning: bytes
    decoder: "msgspec.json.Decoder[Any]"


_SEALED = b'{"sealed":'
_entry = msgspec.json.Decoder(Entry)
_content = msgspec.json.Decoder(Content)
_direct: dict[str, _Direct] = {}
_raw: dict[str, msgspec.json.Decoder[Any]] = {}


def read_entry(entry: bytes) -> Entry:
    """The envelope, its data still as bytes."""
    return _entry.decode(entry)


def read_content(entry: bytes) -> Content:
    """For whoever has the columns at hand: half the work."""
    return _content.decode(entry)


def sealed_fields(entry: bytes) -> set[str]:
    """The members of an entry's data that stand sealed in it, by their names of then."""
    members = msgspec.json.decode(read_content(entry).data, type=dict[str, msgspec.Raw])
    return {name for name, value in members.items() if bytes(value).startswith(_SEALED)}


def data_in(entry: bytes, type_: str) -> Data:
    """The same as `data_of` the entry, of which the type is known, in one reading of nearly all."""
    direct = _direct.get(type_) or _direct_of(type_)
    if entry.startswith(direct.beginning) and _SEALED not in entry:
        data: Data = direct.decoder.decode(entry).data
        return data
    return data_of(read_content(entry))


def _direct_of(name: str) -> _Direct:
    kind = _kind_of(name)
    whole = msgspec.defstruct("Whole", [("data", kind.data)])
    _direct[name] = _Direct(b'{"schema":%d,' % kind.schema, msgspec.json.Decoder(whole))
    return _direct[name]


def _kind_of(name: str) -> Kind:
    kind = CATALOGUE.get(name)
    if kind is None:
        raise LookupError(f"unknown type of event {name!r}")
    return kind


def data_of(entry: Entry | Content) -> Data:
    """The data in today's shape. Raises `LookupError` for a type this version does not know."""
    kind = _kind_of(entry.type)
    raw = bytes(entry.data)
    if entry.schema == kind.schema and _SEALED not in raw:
        decoder = _raw.get(kind.name)
        if decoder is None:
            decoder = _raw[kind.name] = msgspec.json.Decoder(kind.data)
        decoded: Data = decoder.decode(raw)
        return decoded
    return kind.from_stored(entry.schema, msgspec.json.decode(raw))
