"""What is answered to whoever runs or explores the service."""

import datetime as dt
from typing import Any, Literal

import msgspec

from workers.status import ProjectionStatus


class Health(msgspec.Struct, frozen=True):
    """Whether the service can do its work."""

    status: Literal["ok", "unavailable"]
    position: int
    """The last one of the log."""
    recorded_at: dt.datetime | None
    """When the log last took something."""


class Projections(msgspec.Struct, frozen=True):
    """The read models and how far each is."""

    projections: list[ProjectionStatus]


class KindLine(msgspec.Struct, frozen=True):
    """One kind of event that can be recorded."""

    type: str
    vi: str
    en: str
    stream: str | None
    """Where it goes; null: to the stream of the event it names."""
    description: str
    sealed: list[str]
    """Fields that are kept encrypted beside the log."""
    schema: int
    example: dict[str, Any]


class KindDetail(KindLine, frozen=True):
    """A kind with the JSON Schema of its `data`."""

    data_schema: dict[str, Any]


class Catalogue(msgspec.Struct, frozen=True):
    """Every kind of command, by name."""

    kinds: list[KindLine]


class ProblemPage(msgspec.Struct, frozen=True):
    """What a problem's code means, in both languages; `{…}` stand for the values of the case."""

    code: str
    status: int
    vi: str
    en: str
