"""What is answered to an auditor: who, when, from where, what, before and after, the signed hash."""

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

import msgspec

from events.declare import CATALOGUE, Effect
from events.log.read import Stored
from events.refusals import Language
from services.api.audit.replacing import Change
from services.api.feed.shapes import todays_shape


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


class HeldRole(msgspec.Struct, frozen=True):
    """A role of the actor at a unit, and so at all below it."""

    role: str
    unit_id: str


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
    roles: list[HeldRole]
    """What the actor held when it recorded this, within the asker's reach; none for the machine's own
    administrator."""
    command_id: UUID
    correlation_id: UUID | None
    metadata: msgspec.Raw
    """Where the record came from: source, page, line, digest of a file."""
    data: msgspec.Raw
    sealed: list[SealedField]
    effect: Effect
    """What it changed, as it counts in figures."""
    before: dict[str, Any] | None
    """The fields that changed, as they were on the event's day; null where nothing was before."""
    after: dict[str, Any] | None
    """The same fields with the event; null where nothing is left. Free text is in neither, a person's details
    stand as the hash of their ciphertext."""
    undone_by: UUID | None
    """The event that reversed or withdrew it."""
    leaf: Leaf
    proof: str
    """Where its proof of inclusion is, a `.tlog-proof` file."""


class AuditStream(msgspec.Struct, frozen=True):
    """A page of the history of one thing, by version."""

    stream: str
    events: list[AuditLine]


class AuditUnit(msgspec.Struct, frozen=True):
    """A page of what was recorded about a unit, by position."""

    unit_id: str
    units: int
    """How many units' records these are: 1, or with all that rolls up under it today."""
    events: list[AuditLine]


class AuditActor(msgspec.Struct, frozen=True):
    """A page of what an actor recorded, and of what was decided on its tokens and roles, by position."""

    actor_id: UUID
    events: list[AuditLine]


class AuditPerson(msgspec.Struct, frozen=True):
    """A page of the events that name a person, by position."""

    person_id: UUID
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

    related: list[Related]
    entry: str
    """The exact line that is hashed and signed, as UTF-8 text."""


def audit_line(
    event: Stored,
    language: Language,
    undone_by: UUID | None,
    readable: set[str],
    change: Change,
    roles: list[HeldRole],
) -> AuditLine:
    """`readable`: the sealed fields whose ciphertext is still there."""
    fact = event.fact
    kind = CATALOGUE[fact.type]
    content = event.content()
    _, data = todays_shape(content)
    hides = kind.sealed and b'{"sealed":' in bytes(data)
    stored: dict[str, Any] = msgspec.json.decode(data) if hides else {}
    return AuditLine(
        position=event.position,
        event_id=fact.event_id,
        stream=fact.stream,
        version=fact.version,
        type=fact.type,
        label=kind.vi if language == "vi" else kind.en,
        occurred_on=fact.occurred_on,
        recorded_at=event.recorded_at,
        actor=fact.actor,
        roles=roles,
        command_id=event.command_id,
        correlation_id=content.correlation_id,
        metadata=content.metadata,
        data=data,
        sealed=[
            SealedField(name, stored[name]["sealed"], name not in readable)
            for name in (kind.sealed if stored else ())
            if isinstance(stored.get(name), dict) and "sealed" in stored[name]
        ],
        effect=fact.effect,
        before=change.before,
        after=change.after,
        undone_by=undone_by,
        leaf=Leaf(event.position - 1, hashlib.sha256(b"\x00" + event.entry).hexdigest()),
        proof=f"/v1/audit/events/{fact.event_id}/proof",
    )
