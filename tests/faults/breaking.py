"""Ways to stop the database exactly where a test needs it, without touching the product."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.faults.house import House, until


@asynccontextmanager
async def answers_of_commits_held(house: House) -> AsyncIterator[Any]:
    """Every synchronous commit is on the disk, and then waits for a standby that does not exist.

    So whoever appended hears nothing, though it is durable. Gives a connection to watch with.
    """
    connection = await house.connect()
    try:
        await connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        await connection.execute("SELECT pg_reload_conf()")
        yield connection
    finally:
        await connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await connection.execute("SELECT pg_reload_conf()")
        await until(lambda: _nobody_waits(connection))
        await connection.close()


async def waiting_to_answer(connection: Any) -> bool:
    """Whether an append of the service has been committed and not been answered."""
    return bool(
        await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE usename = 'khuyenhoc_service' AND wait_event = 'SyncRep'"
        )
    )


async def _nobody_waits(connection: Any) -> bool:
    return not await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")


@asynccontextmanager
async def locked(house: House, table: str, mode: str) -> AsyncIterator[Any]:
    """That lock on a table, held by somebody else. Gives a connection to watch with."""
    holder, watcher = await house.connect(), await house.connect()
    try:
        await holder.execute("BEGIN")
        await holder.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield watcher
    finally:
        await holder.close()
        await watcher.close()


async def waits_for(connection: Any, table: str) -> str | None:
    """The statement of whoever waits for a lock on that table."""
    found: str | None = await connection.fetchval(
        "SELECT a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE NOT l.granted AND l.relation = $1::regclass AND a.usename = 'khuyenhoc_worker'",
        table,
    )
    return found


async def recorded_commands(house: House) -> set[str]:
    """The ids of all clients' commands in the log, whoever was told of them."""
    connection = await house.connect()
    try:
        rows = await connection.fetch("SELECT command_id FROM log.events WHERE stream <> 'log'")
        return {str(row["command_id"]) for row in rows}
    finally:
        await connection.close()
