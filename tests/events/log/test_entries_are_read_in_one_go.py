"""Whoever folds a stream reads an entry's data in one go: the same as reading the entry, then its data."""

import datetime as dt
from uuid import UUID

import msgspec
import pytest

import events.catalogue.everything  # noqa: F401 - every kind
from events.deciding import Command, new_event_id
from events.declare import CATALOGUE, SEALED, Effect, Fact
from events.log.entry import Preparer, data_in, data_of, read_content, stamp
from events.sealing.keys import MasterKey
from events.vocabulary import LOCAL_ACTOR

DAY = dt.date(2017, 11, 20)


def _entry(name: str) -> bytes:
    """Of the kind's example, as it is kept."""
    kind = CATALOGUE[name]
    data = msgspec.convert(kind.example, kind.data)
    event_id = new_event_id()
    fact = Fact(event_id, name, "stream-a", 1, DAY, LOCAL_ACTOR, data, Effect())
    command = Command(kind, data, DAY, UUID(int=7), LOCAL_ACTOR)
    prepared = Preparer(MasterKey(bytes(32))).prepare(command, fact, 0, {})
    return prepared.at(stamp(dt.datetime(2017, 11, 20, 3, 4, 5, tzinfo=dt.UTC)))


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_of_every_kind(name: str) -> None:
    entry = _entry(name)
    assert data_in(entry, name) == data_of(read_content(entry))


def test_a_sealed_reason_reads_as_sealed() -> None:
    entry = _entry("RecordWithdrawn")
    assert b'{"sealed":' in entry
    assert data_in(entry, "RecordWithdrawn").reason == SEALED  # type: ignore[attr-defined]


def test_an_older_schema_and_an_unknown_type_are_told_apart() -> None:
    entry = _entry("MembersCounted")
    with pytest.raises(LookupError):
        data_in(entry, "NeverDeclared")
    with pytest.raises((LookupError, ValueError)):
        data_in(entry.replace(b'{"schema":1,', b'{"schema":0,', 1), "MembersCounted")
