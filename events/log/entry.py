"""The entry: the one line of JSON that is kept, hashed and signed for each event.

Its bytes are made once, under the append's lock, and never again: whoever needs the event reads them.
All that varies late is `recorded_at`, so an entry is prepared in two halves around it.
"""

import base64
import datetime as dt
import hashlib
import os
from typing import Any
from uuid import UUID

import msgspec

import events.catalogue.everything  # noqa: F401 - whoever reads entries needs every kind
from events.deciding import Command
from events.declare import CATALOGUE, Data, Fact, Kind
from events.refusals import Refused, code
from events.sealing.keys import MasterKey, SealingKey

ENTRY_LIMIT = 65_535
"""Bytes: an entry bundle of C2SP tlog-tiles gives each entry a 16-bit length."""

ENTRY_TOO_LARGE = code(
    "entry-too-large",
    vi="Bản ghi dài {size} byte, tối đa 65.535; hãy chia thành nhiều lệnh.",
    en="The entry would take {size} bytes, at most 65.535 fit; send it in parts.",
)

json = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class Seal(msgspec.Struct, frozen=True, gc=False):
    """One sealed field of one event, as kept beside the log."""

    event_id: UUID
    field: str
    key_id: UUID
    ciphertext: bytes


class Prepared(msgspec.Struct, frozen=True, gc=False):
    """An entry but for its instant."""

    fact: Fact
    ordinal: int
    head: bytes
    tail: bytes
    seals: list[Seal] = []

    def at(self, stamp: bytes) -> bytes:
        return self.head + stamp + self.tail


def stamp(instant: dt.datetime) -> bytes:
    """`2026-11-23T18:40:04.123456Z`, always with microseconds."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


class Preparer:
    """Turns decided facts into entries, sealing what is declared sealed."""

    def __init__(self, master: MasterKey) -> None:
        self._master = master

    def prepare(self, command: Command, fact: Fact, ordinal: int, keys: dict[UUID, SealingKey]) -> Prepared:
        """`keys` holds persons' keys; new ones made here are added. Raises `entry-too-large`."""
        kind = CATALOGUE[fact.type]
        shown, seals = self._seal(kind, fact, keys)
        nonce = base64.b64encode(os.urandom(16))
        correlation = f',"correlation_id":"{command.correlation_id}"' if command.correlation_id else ""
        head = (
            f'{{"schema":{kind.schema},"type":"{fact.type}","stream":"{fact.stream}",'
            f'"version":{fact.version},"event_id":"{fact.event_id}","command_id":"{command.command_id}"'
            f'{correlation},"actor":"{fact.actor}","occurred_on":"{fact.occurred_on.isoformat()}",'
            '"recorded_at":"'
        ).encode()
        metadata = json.encode(command.metadata) if command.metadata else b"{}"
        tail = b'","metadata":%b,"data":%b,"nonce":"%b"}' % (metadata, shown, nonce)
        size = len(head) + 27 + len(tail)
        if size > ENTRY_LIMIT:
            raise Refused(ENTRY_TOO_LARGE, "/data", size=size)
        return Prepared(fact, ordinal, head, tail, seals)

    def _seal(self, kind: Kind, fact: Fact, keys: dict[UUID, SealingKey]) -> tuple[bytes, list[Seal]]:
        present = [f for f in kind.sealed if getattr(fact.data, f) is not None] if kind.sealed else []
        if not present:
            return json.encode(fact.data), []
        shown, seals = _as_dict(fact.data), []
        for name in present:
            key_id = sealing_key_id(kind, name, fact.data, fact.event_id)
            key = keys.setdefault(key_id, SealingKey.new()) if key_id not in keys else keys[key_id]
            sealed = key.seal(json.encode(getattr(fact.data, name)), seal_context(fact.event_id, name))
            seals.append(Seal(fact.event_id, name, key_id, sealed))
            shown[name] = {"sealed": hashlib.sha256(sealed).hexdigest()}
        return json.encode(shown), seals


def seal_context(event_id: UUID, field: str) -> bytes:
    """What a ciphertext is bound to."""
    return event_id.bytes + field.encode()


def sealing_key_id(kind: Kind, field: str, data: Data, event_id: UUID) -> UUID:
    """Whose key seals a field: the event's own, or that of the person another field names."""
    whose = kind.sealed[field]
    return event_id if whose == "event" else UUID(str(getattr(data, whose)))


def digest_of(command: Command, event_id: UUID, keys: dict[UUID, SealingKey]) -> bytes:
    """What tells a repeated command from another one under the same id: type, date and data as sent.

    Sealed fields enter as an HMAC under their key, so that once the key is destroyed nothing can be guessed.
    """
    data = _as_dict(command.data)
    for name in command.kind.sealed:
        if (value := getattr(command.data, name)) is not None:
            key = keys[sealing_key_id(command.kind, name, command.data, event_id)]
            data[name] = key.fingerprint(json.encode(value)).hex()
    return hashlib.sha256(json.encode([command.kind.name, command.occurred_on, data])).digest()


def _as_dict(data: Data) -> dict[str, Any]:
    return {f: v for f in data.__struct_fields__ if (v := getattr(data, f)) is not None}


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


_entry = msgspec.json.Decoder(Entry)
_content = msgspec.json.Decoder(Content)
_raw: dict[str, msgspec.json.Decoder[Any]] = {}


def read_entry(entry: bytes) -> Entry:
    """The envelope, its data still as bytes."""
    return _entry.decode(entry)


def read_content(entry: bytes) -> Content:
    """For whoever has the columns at hand: half the work."""
    return _content.decode(entry)


def data_of(entry: Entry | Content) -> Data:
    """The data in today's shape. Raises `LookupError` for a type this version does not know."""
    kind = CATALOGUE.get(entry.type)
    if kind is None:
        raise LookupError(f"unknown type of event {entry.type!r}")
    raw = bytes(entry.data)
    if entry.schema == kind.schema and b'{"sealed":' not in raw:
        decoder = _raw.get(kind.name)
        if decoder is None:
            decoder = _raw[kind.name] = msgspec.json.Decoder(kind.data)
        decoded: Data = decoder.decode(raw)
        return decoded
    return kind.from_stored(entry.schema, msgspec.json.decode(raw))
