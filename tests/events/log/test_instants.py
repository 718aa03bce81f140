"""Instants over the connections that append: exact to the microsecond, whatever the zone they are told in."""

import datetime as dt
from uuid import uuid4

import asyncpg

from deploy.addresses import Addresses
from events.log.connections import Instants
from events.vocabulary import VIETNAM

EARLY = dt.datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC)
INSTANTS = [EARLY, dt.datetime(2026, 11, 27, 23, 59, 59, 999_999, tzinfo=dt.UTC)]


async def test_they_come_back_as_they_were_sent(database: Addresses) -> None:
    plain = await asyncpg.connect(database.database_url)
    ours = await asyncpg.connect(database.database_url)
    await Instants().set_on(ours)
    for instant in (*INSTANTS, *reversed(INSTANTS), INSTANTS[1].astimezone(VIETNAM)):
        for connection in (ours, plain):
            assert await connection.fetchval("SELECT $1::timestamptz", instant) == instant
        assert await ours.fetchval("SELECT $1::timestamptz::text", instant) == await plain.fetchval(
            "SELECT $1::timestamptz::text", instant
        )
    assert (await ours.fetchval("SELECT timestamptz '-infinity'")).year == 1
    assert await ours.fetchval("SELECT $1::timestamptz", None) is None
    assert await ours.fetchval("SELECT $1::uuid", one := uuid4()) == one
    await ours.close()
    await plain.close()
