"""Databases on the session's server, lent to one test after another.

A database is some five hundred files, and making one takes longer than most tests. So one that comes back is
put as its template was: its rows are deleted, and the few that the template holds are laid in again. Whatever
else a test has altered (a table, a column, a right, a trigger) shows in `_SHAPE`; such a database is dropped.
"""

import itertools
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from deploy.addresses import Addresses
from deploy.embedded.postgres import DATABASE, Postgres, database_grants
from deploy.embedded.redis import Redis

_SMALL = 4 * 2**20
"""Bytes; a test that wrote more leaves a database that is quicker made than emptied."""
_FIRST_OF_OURS = 16_384
"""Object ids below are PostgreSQL's own."""

_BREAK_OFF = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_ROWS = "SELECT json_agg(t)::text FROM {} t"
_LAID_IN = "INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, $1::json)"
_TABLES = """
    SELECT oid::regclass::text AS name, pg_relation_size(oid) AS bytes FROM pg_class
    WHERE relkind = 'r' AND oid >= $1 ORDER BY 1
"""
_SHAPE = """
    SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
        SELECT format('%s %s %s %s %s %s %s %s %s %s', oid, relname, relnamespace, relkind, relowner, relacl,
            reloptions, relpersistence, relrowsecurity, relforcerowsecurity) AS line
        FROM pg_class WHERE oid >= $1 AND relnamespace <> 'pg_toast'::regnamespace
        UNION ALL SELECT format('%s %s %s %s %s %s %s', attrelid, attname, atttypid, attnotnull, atthasdef,
            attisdropped, attacl)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.oid >= $1 AND attnum > 0 AND relnamespace <> 'pg_toast'::regnamespace
        UNION ALL SELECT x::text FROM pg_proc x WHERE oid >= $1
        UNION ALL SELECT x::text FROM pg_trigger x
        UNION ALL SELECT x::text FROM pg_constraint x WHERE oid >= $1
        UNION ALL SELECT x::text FROM pg_index x WHERE indexrelid >= $1
        UNION ALL SELECT x::text FROM pg_policy x
        UNION ALL SELECT x::text FROM pg_namespace x WHERE nspname !~ '^pg_(toast_)?temp_'
        UNION ALL SELECT x::text FROM pg_default_acl x
        UNION ALL SELECT x::text FROM pg_extension x
        UNION ALL SELECT format('%s %s %s %s', datdba, datallowconn, datconnlimit, datacl)
        FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT format('%s %s', setrole, setconfig)
        FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
    ) lines
"""


class Databases:
    """Makes and lends databases, each for the same three roles."""

    def __init__(self, postgres: Postgres, redis: Redis) -> None:
        self._postgres = postgres
        self._redis = redis
        self._numbers = itertools.count(1)
        self._template_of: dict[str, str] = {}
        self._began_as: dict[str, _Beginning] = {}
        self._spare: defaultdict[str, list[Addresses]] = defaultdict(list)

    async def create(self, template: Addresses | None = None) -> Addresses:
        """An empty database, or a copy of `template` (which nobody may be connected to meanwhile).

        Redis is the same for all; it is not emptied.
        """
        source = _name(template) if template else DATABASE
        if self._spare[source]:
            return self._spare[source].pop()
        name = f"test_{next(self._numbers)}"
        await self._administer(
            f"CREATE DATABASE {name} TEMPLATE {source} OWNER khuyenhoc_owner", *database_grants(name)
        )
        addresses = Addresses(
            database_url=self._postgres.url("khuyenhoc_service", name),
            worker_url=self._postgres.url("khuyenhoc_worker", name),
            owner_url=self._postgres.url("khuyenhoc_owner", name),
            redis_url=self._redis.url,
        )
        self._template_of[name] = source
        if template and source not in self._began_as:
            self._began_as[source] = await self._look_at(addresses)
        return addresses

    async def drop(self, addresses: Addresses) -> None:
        """Takes a database back, breaking off whoever is still connected to it."""
        source = self._template_of[_name(addresses)]
        began = self._began_as.get(source)
        if began and await self._put_back(addresses, began):
            self._spare[source].append(addresses)
        else:
            await self._administer(f"DROP DATABASE {_name(addresses)} WITH (FORCE)")

    def superuser_url(self, addresses: Addresses) -> str:
        """The superuser's way into that database, to see or break what no role of ours may."""
        return self._postgres.url("postgres", _name(addresses))

    async def _administer(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._postgres.superuser_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def _look_at(self, addresses: Addresses) -> "_Beginning":
        connection = await asyncpg.connect(self.superuser_url(addresses))
        try:
            return await _Beginning.of(connection)
        finally:
            await connection.close()

    async def _put_back(self, addresses: Addresses, began: "_Beginning") -> bool:
        """Whether the database is now as its template was."""
        try:
            connection = await asyncpg.connect(self.superuser_url(addresses))
        except asyncpg.PostgresError:  # the test took the way in
            return False
        try:
            await connection.execute(_BREAK_OFF)
            return await began.again(connection)
        finally:
            await connection.close()


class _Beginning:
    """What a database is at first: its shape, and its tables' rows as JSON (None: there are none)."""

    def __init__(self, shape: str, rows: dict[str, str | None]) -> None:
        self._shape = shape
        self._rows = rows

    @classmethod
    async def of(cls, connection: Any) -> "_Beginning":
        rows = {
            name: await connection.fetchval(_ROWS.format(name)) if size else None
            for name, size in (await _sizes(connection)).items()
        }
        return cls(await connection.fetchval(_SHAPE, _FIRST_OF_OURS), rows)

    async def again(self, connection: Any) -> bool:
        """Makes it so again. False where it cannot."""
        sizes = await _sizes(connection)
        if sum(sizes.values()) > _SMALL or await connection.fetchval(_SHAPE, _FIRST_OF_OURS) != self._shape:
            return False
        written = [
            name
            for name, size in sizes.items()
            if size
            and (
                self._rows[name] is None or self._rows[name] != await connection.fetchval(_ROWS.format(name))
            )
        ]
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role TO replica")  # without triggers
            for name in written:
                await connection.execute(f"DELETE FROM {name}")
                if rows := self._rows[name]:
                    await connection.execute(_LAID_IN.format(name), rows)
        if written:
            await connection.execute(f"VACUUM {', '.join(written)}")
        left = [name for name, size in (await _sizes(connection)).items() if size and not self._rows[name]]
        return not left


async def _sizes(connection: Any) -> dict[str, int]:
    return {row["name"]: row["bytes"] for row in await connection.fetch(_TABLES, _FIRST_OF_OURS)}


def _name(addresses: Addresses) -> str:
    return urlsplit(addresses.database_url).path.lstrip("/")
