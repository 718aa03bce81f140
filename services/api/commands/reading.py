"""From bytes to a command. The fast path is msgspec's; whatever it refuses is gone through field by field.

Text is taken in NFC, so that what looks the same is the same. A body that already is (nearly all are) costs
one look; one with JSON escapes is written out first.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg.pgproto import pgproto

from events.deciding import Command, new_event_id
from events.declare import CATALOGUE, Data, Kind
from services.api.commands.diagnosis import diagnosed, normalised, undoubled
from services.api.commands.envelope import FIRST_YEAR, Envelope
from services.api.faults import NOT_UTF8, Fault, Malformed

COMMAND_LIMIT = 131_072
"""Bytes of one command, alone or on a line of a batch."""

_envelope = msgspec.json.Decoder(Envelope)
_anything = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
_kinds: dict[str, tuple[Kind, "msgspec.json.Decoder[Data]"]] = {}

_STRINGS = re.compile(rb'"((?:[^"\\]++|\\.)*+)"(?:\s*+(:))?', re.DOTALL)
"""Every string of a JSON text, and whether it is a member's name."""
_NAMES = re.compile(rb'"([^"]*+)"\s*+:')
"""The members' names of a JSON text without backslashes. A value's end and a name beginning with a colon
could be taken for a name; no kind has such names."""
_BREAK_AT_END = b'\\n"'
"""A text that ends with a line break: the patterns' `$` would let it through where it must not."""


def read_command(body: bytes, actor: UUID) -> Command:
    """Raises `Malformed` with every fault there is."""
    body, within = _plain(body), ""
    try:
        envelope = _envelope.decode(body)
        kind, decoder = _kinds.get(envelope.type) or _decoder_of(envelope.type)
        within = "/data"
        data = decoder.decode(envelope.data)
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, RecursionError) as e:
        raise Malformed(*diagnosed(body, str(e), within)) from None
    odd = envelope.occurred_on.year < FIRST_YEAR or (b"\\" in body and _BREAK_AT_END in body)
    if odd and (faults := diagnosed(body, None)):
        raise Malformed(*faults)
    return Command(
        kind=kind,
        data=data,
        occurred_on=envelope.occurred_on,
        command_id=pgproto.UUID(envelope.command_id.bytes) if envelope.command_id else new_event_id(),
        actor=actor,
        expected_version=envelope.expected_version,
        correlation_id=envelope.correlation_id,
        metadata=envelope.metadata,
    )


def _decoder_of(name: str) -> "tuple[Kind, msgspec.json.Decoder[Data]]":
    kind = CATALOGUE[name]
    if kind.internal:
        raise LookupError(f"{name} is recorded by rules only")
    _kinds[name] = kind, msgspec.json.Decoder(kind.data)
    return _kinds[name]


def _plain(body: bytes) -> bytes:
    """The same JSON without escapes of letters and in NFC. Raises `Malformed` for doubled names."""
    if not body.isascii():
        try:
            text = body.decode()
        except UnicodeDecodeError as e:
            raise Malformed(Fault("", NOT_UTF8, "format", values={"byte": e.start + 1})) from None
        if not unicodedata.is_normalized("NFC", text):
            return _written_out(body)
    escapes = b"\\" in body
    strings = body.split(b'"')[1::2]  # unless there are escapes
    if escapes or len(set(strings)) != len(strings):
        _require_names_once(body, escapes)
    return _written_out(body) if escapes and b"\\u" in body else body


def _require_names_once(body: bytes, escapes: bool) -> None:
    """Raises `Malformed` for doubled names."""
    names = [name for name, colon in _STRINGS.findall(body) if colon] if escapes else _NAMES.findall(body)
    if len(names) != len(set(names)):
        undoubled(body)


def _written_out(body: bytes) -> bytes:
    undoubled(body)
    try:
        value: Any = _anything.decode(body)
        return _encoder.encode(normalised(value))
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return body  # not JSON: who reads it next says why
