"""An event as machines read it: from the log's own entry, and as a CloudEvent."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec

from events.declare import CATALOGUE, Effect
from events.log.entry import Content, Entry, read_entry
from events.vocabulary import VIETNAM


class FeedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event. `data` is as stored; a sealed field reads `{"sealed": <SHA-256 of its ciphertext>}`."""

    position: int
    event_id: UUID
    type: str
    schema: int
    stream: str
    version: int
    occurred_on: dt.date
    recorded_at: dt.datetime
    actor: UUID
    command_id: UUID
    data: msgspec.Raw
    metadata: msgspec.Raw
    correlation_id: UUID | None = None


class Feed(msgspec.Struct, frozen=True):
    """A page of the log. Go on with `?after=` the last position."""

    events: list[FeedEvent]
    last_position: int
    """Of this page; what was asked `after` if it is empty."""


class EventColumns(msgspec.Struct, frozen=True):
    """What is kept beside an entry, derived from it and from those before it."""

    position: int
    event_id: UUID
    command_id: UUID
    ordinal: int
    """Its place among the events of its command."""
    actor: UUID
    type: str
    stream: str
    version: int
    occurred_on: dt.date
    recorded_at: dt.datetime
    effect: Effect
    """What it changes, as it counts in figures."""


class Columns(msgspec.Struct, frozen=True):
    """A page of what was derived. Go on with `?after=` the last position."""

    events: list[EventColumns]
    last_position: int
    """Of this page; what was asked `after` if it is empty."""


class CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event by CloudEvents 1.0 with its extensions `sequence`, `recordedtime`, `correlationid` and
    `partitionkey`. `time` is the day it happened; `sequence` is the position, padded to compare as text;
    `dataschema` names the kind and its schema's number, as `/v1/catalogue/{kind}` shows them."""

    id: str
    source: str
    type: str
    subject: str
    time: dt.datetime
    recordedtime: dt.datetime
    sequence: str
    partitionkey: str
    dataschema: str
    data: msgspec.Raw
    specversion: str
    datacontenttype: str
    correlationid: str | None = None


SEQUENCE_DIGITS = 20


def feed_event(position: int, entry: bytes) -> FeedEvent:
    """Its data in today's shape, its words as they were stored."""
    e = read_entry(entry)
    schema, data = todays_shape(e)
    return FeedEvent(
        position,
        e.event_id,
        e.type,
        schema,
        e.stream,
        e.version,
        e.occurred_on,
        e.recorded_at,
        e.actor,
        e.command_id,
        data,
        e.metadata,
        e.correlation_id,
    )


def cloud_event(position: int, entry: bytes, source: str) -> CloudEvent:
    """The same for a receiver of CloudEvents."""
    e = feed_event(position, entry)
    return CloudEvent(
        specversion="1.0",
        datacontenttype="application/json",
        id=str(e.event_id),
        source=source,
        type=f"khuyenhoc.{e.type}.v{e.schema}",
        subject=e.stream,
        time=dt.datetime.combine(e.occurred_on, dt.time(), VIETNAM),
        recordedtime=e.recorded_at,
        sequence=f"{position:0{SEQUENCE_DIGITS}d}",
        partitionkey=e.stream,
        # Must be absolute; a link it cannot be: behind a proxy nobody here knows the service's own address.
        dataschema=f"urn:khuyenhoc:catalogue:{e.type}:v{e.schema}",
        data=e.data,
        correlationid=str(e.correlation_id) if e.correlation_id else None,
    )


PLAIN = tuple(name for name in EventColumns.__struct_fields__ if name != "effect")
"""What is told of an event beside its effect, the position first."""
COLUMNS = (*PLAIN, *Effect.__struct_fields__)
"""Of a row that tells what was derived."""


def event_columns(row: Any) -> EventColumns:
    """From a row of those columns, in their order."""
    return EventColumns(*(*row[: len(PLAIN)], Effect(*row[len(PLAIN) :])))


def todays_shape(entry: Entry | Content) -> tuple[int, msgspec.Raw]:
    """The schema's number, and the data, as this software would store it."""
    kind = CATALOGUE.get(entry.type)
    if kind is None or kind.schema == entry.schema:
        return entry.schema, entry.data
    raw = msgspec.json.decode(entry.data)
    for old in range(entry.schema, kind.schema):
        raw = kind.upcasters[old](raw)
    return kind.schema, msgspec.Raw(msgspec.json.encode(raw))
