"""The outside of a command, the same for every kind."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
import msgspec.inspect as inspect
from msgspec import Meta

from events.vocabulary import Metadata

FIRST_YEAR = 1900
"""No record is dated earlier: it is a misprint."""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to record one event."""

    type: str
    """A kind of the catalogue, such as `DonationReceived`."""
    occurred_on: dt.date
    """The day it happened in life (Asia/Ho_Chi_Minh), never after today."""
    data: msgspec.Raw
    """The kind's own fields."""
    command_id: UUID | None = None
    """Given by the client, a command can be sent again without being recorded twice."""
    expected_version: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    """Refused unless the stream is at this version; 0: the stream must be new."""
    correlation_id: UUID | None = None
    """Whatever the client wants to find together again."""
    metadata: Metadata | None = None
    """Where the record came from."""


FIELDS: dict[str, inspect.Field] = {
    field.encode_name: field
    for field in inspect.type_info(Envelope).fields  # type: ignore[attr-defined]
}
