"""What is answered to an auditor: who, when, what, why, what it changed, and the hash that is signed."""

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

import msgspec

from events.declare import CATALOGUE, Effect
from events.log.read import Stored
from events.refusals import Language
from services.api.feed.shapes import feed_event


class Leaf(msgspec.Struct, frozen=True):
    """The event's place in the Merkle tree of RFC 6962."""

    index: int
    """Position − 1."""
    hash: str
    """SHA-256(0x00 ‖ entry), hexadecimal."""


class SealedField(msgspec.Struct, frozen=True):
    """A field that is kept encrypted beside the log: a person's data, a note, a reason."""

    field: str
    ciphertext_hash: str
    """SHA-256, hexadecimal: what the entry holds instead."""
    erased: bool
    """Its key was destroyed; nobody can read it any more."""


class AuditLine(msgspec.Struct, frozen=True):
    """One event of a history."""

    position: int
    event_id: UUID
    stream: str
    version: int
    type: str
    label: str
    """The type in people's words."""
    occurred_on: dt.date
    recorded_at: dt.datetime
    actor: UUID
    command_id: UUID
    data: msgspec.Raw
    sealed: list[SealedField]
    effect: Effect
    """What it changed, as it counts in figures."""
    undone_by: UUID | None
    """The event that reversed or withdrew it."""
    leaf: Leaf
    proof: str
    """Where its proof of inclusion is, a `.tlog-proof` file."""


class AuditStream(msgspec.Struct, frozen=True):
    """A page of the history of one thing, by version."""

    stream: str
    events: list[AuditLine]


class Related(msgspec.Struct, frozen=True):
    """Another event that has to do with it."""

    event_id: UUID
    position: int
    type: str
    stream: str
    relation: str
    """`same_command`, `refers_to_it`, or `referred_to`."""


class AuditEvent(AuditLine, frozen=True):
    """All there is about one event."""

    metadata: msgspec.Raw
    correlation_id: UUID | None
    related: list[Related]
    entry: str
    """The exact line that is hashed and signed, as UTF-8 text."""


def audit_line(
    event: Stored, language: Language, undone_by: UUID | None, readable: set[str]
) -> dict[str, Any]:
    """The members of an `AuditLine`. `readable`: the sealed fields whose ciphertext is still there."""
    fact = event.fact
    kind = CATALOGUE[fact.type]
    shown = feed_event(event.position, event.entry)
    stored: dict[str, Any] = msgspec.json.decode(shown.data)
    return {
        "position": event.position,
        "event_id": fact.event_id,
        "stream": fact.stream,
        "version": fact.version,
        "type": fact.type,
        "label": kind.vi if language == "vi" else kind.en,
        "occurred_on": fact.occurred_on,
        "recorded_at": event.recorded_at,
        "actor": fact.actor,
        "command_id": event.command_id,
        "data": shown.data,
        "sealed": [
            SealedField(name, stored[name]["sealed"], name not in readable)
            for name in kind.sealed
            if isinstance(stored.get(name), dict) and "sealed" in stored[name]
        ],
        "effect": fact.effect,
        "undone_by": undone_by,
        "leaf": Leaf(event.position - 1, hashlib.sha256(b"\x00" + event.entry).hexdigest()),
        "proof": f"/v1/audit/events/{fact.event_id}/proof",
    }
