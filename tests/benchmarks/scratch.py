"""A second table of events with the columns, checks and indexes of the log's, for what is set beside it."""

import os
import re
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from deploy.embedded.binaries import postgres_programs
from events.log.batch import COLUMNS

TABLE = "beside.events"

_MADE = """
    DROP SCHEMA IF EXISTS beside CASCADE;
    CREATE SCHEMA beside;
    CREATE TABLE beside.events (LIKE log.events INCLUDING ALL);
    CREATE SEQUENCE beside.position;
"""
"""The log's triggers are left out: none fires on INSERT. Its row-level security neither: none is asked."""

_CLIENTS = (1, 4, 16, 32, 64)
_TPS = re.compile(r"tps = ([\d.]+)")

_EACH_ITS_OWN = {
    "position": "nextval('beside.position')",
    "recorded_at": "clock_timestamp()",
    "event_id": "uuidv7()",
    "command_id": "gen_random_uuid()",
}
"""What no two rows share; a sequence for the position, which is quick and leaves gaps."""


async def make_table(owner_url: str) -> None:
    connection = await asyncpg.connect(owner_url)
    await connection.execute(_MADE)
    await connection.close()


async def insert_like(owner_url: str, position: int) -> str:
    """The INSERT of a row like the log's at that position, in a stream of its own."""
    connection = await asyncpg.connect(owner_url)
    columns = ", ".join(f"quote_nullable({c}::text) AS {c}" for c in COLUMNS)
    types = {
        row["attname"]: row["type"]
        for row in await connection.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            " WHERE attrelid = 'log.events'::regclass AND attnum > 0 AND NOT attisdropped"
        )
    }
    row = await connection.fetchrow(f"SELECT {columns} FROM log.events WHERE position = $1", position)
    await connection.close()
    head = row["stream"].strip("'").split("-")[0]
    own = _EACH_ITS_OWN | {"stream": f"'{head}-' || gen_random_uuid()::text", "version": "1"}
    values = ", ".join(own.get(c, f"{row[c]}::{types[c]}") for c in COLUMNS)
    return f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({values});\n"


class Pgbench:
    """PostgreSQL's own load generator, with a prepared statement a transaction."""

    def __init__(self, owner_url: str, script: str, folder: str) -> None:
        parts = urlsplit(owner_url)
        query = parse_qs(parts.query)
        self._environment = os.environ | {
            "PGHOST": query["host"][0],
            "PGPORT": query["port"][0],
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": parts.path.lstrip("/"),
        }
        self._script = f"{folder}/insert.sql"
        with open(self._script, "w") as file:  # noqa: PTH123
            file.write(script)

    def best(self, seconds: int) -> int:
        """The number of clients, of 1 to 64, with the highest rate."""
        return max(_CLIENTS, key=lambda clients: self.rate(clients, seconds))

    def rate(self, clients: int, seconds: int) -> float:
        """Transactions a second."""
        how = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, os.cpu_count() or 1))]
        done = subprocess.run(
            [postgres_programs() / "pgbench", *how, "-T", str(seconds), "-f", self._script],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        found = _TPS.search(done.stdout)
        if done.returncode or not found:
            raise RuntimeError(f"pgbench: {done.stderr[-1000:]}")
        return float(found[1])
