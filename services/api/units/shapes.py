"""What is answered about units."""

import datetime as dt

import msgspec

from events.vocabulary import Level


class UnitLine(msgspec.Struct, frozen=True):
    """A unit in a list, as it stands today."""

    unit_id: str
    name: str
    level: Level
    parent_id: str | None
    """Who stands above it today."""
    established_on: dt.date
    ended_on: dt.date | None
    members: int | None
    """Its own, not those of the units below; null: never counted."""


class Units(msgspec.Struct, frozen=True):
    """A page of units, by id."""

    units: list[UnitLine]


class UnitName(msgspec.Struct, frozen=True):
    """A name and the day from which it holds."""

    name: str
    valid_from: dt.date


class UnitCode(msgspec.Struct, frozen=True):
    """An administrative code; codes are used again by others, so each has its days."""

    scheme: str
    code: str
    valid_from: dt.date
    valid_until: dt.date | None
    """The first day on which it is no longer valid."""


class ExternalId(msgspec.Struct, frozen=True):
    """How another system calls the unit."""

    scheme: str
    id: str


class Successor(msgspec.Struct, frozen=True):
    """Who took over from a unit that ended, with its parts of the whole."""

    unit_id: str
    parts: int


class UnitDetail(UnitLine, frozen=True):
    """All that is known of a unit."""

    names: list[UnitName]
    codes: list[UnitCode]
    external_ids: list[ExternalId]
    ending: str | None
    """`merged`, `split` or `dissolved`."""
    successors: list[Successor]
    predecessors: list[str]
    """Units that were merged into it or split among it and others."""
    children: int
    """Living units directly below it; list them with `/v1/units?parent_id=`."""
