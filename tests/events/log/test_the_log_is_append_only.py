"""The database refuses to change or remove an event: to the service's role and to the table's owner."""

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from tests.events.log.commands import must, term

CHANGES = (
    "UPDATE log.events SET amount = 1 WHERE position = 2",
    "UPDATE log.events SET entry = '' WHERE position = 2",
    "DELETE FROM log.events WHERE position = 2",
    "TRUNCATE log.events",
)


@pytest.mark.parametrize("role", ["database_url", "worker_url", "owner_url"])
@pytest.mark.parametrize("change", CHANGES)
async def test_changing_an_event_is_refused(log: Log, database: Addresses, role: str, change: str) -> None:
    await must(log, term("a"))
    connection = await asyncpg.connect(getattr(database, role))
    before = await connection.fetch("SELECT * FROM log.events ORDER BY position")
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
        await connection.execute(change)
    assert await connection.fetch("SELECT * FROM log.events ORDER BY position") == before
    await connection.close()


async def test_the_owner_is_refused_by_the_table_itself(log: Log, database: Addresses) -> None:
    await must(log, term("a"))
    owner = await asyncpg.connect(database.owner_url)
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute(CHANGES[2])
    await owner.close()


async def test_workers_cannot_append_nor_read_what_is_sealed(log: Log, database: Addresses) -> None:
    worker = await asyncpg.connect(database.worker_url)
    for statement in (
        "INSERT INTO log.events SELECT * FROM log.events",
        "UPDATE log.head SET position = 7",
        "SELECT * FROM log.sealing_keys",
        "SELECT * FROM log.sealed",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await worker.execute(statement)
    await worker.close()
