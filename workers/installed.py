"""Where projections live in the database: their rows in schema `projections`, their tables in `read_<name>`.

While one is rebuilt, the next version is in `read_<name>_next`; the one before is kept in `read_<name>_old`.

Owned by the worker role, readable by the service's. Making them is safe at any time and from many processes
at once; it never touches the tables of a read model that is there.
"""

from collections.abc import Iterable
from typing import Any

from workers.projection import Projection, schema_of
from workers.projections import PROJECTIONS

SERVICE_ROLE = "khuyenhoc_service"
READER_ROLE = "khuyenhoc_reader"
"""As whom the service asks (events/log/sql/0012_second_wall.sql)."""
_LOCK = 5_016_833_292  # any constant: those who install at the same time wait for each other

_STATE = """
CREATE SCHEMA projections;

-- How far each read model has come. A page and its checkpoint are committed together.
CREATE TABLE projections.projection (
    name       text        PRIMARY KEY,
    version    integer     NOT NULL,               -- of the definition its tables were made by
    checkpoint bigint      NOT NULL DEFAULT 0,     -- every event up to here is folded in (or parked)
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    trouble    text                                -- why it stands still, if it does
) WITH (fillfactor = 10);

-- Streams a projection leaves out since an event of theirs could not be folded.
CREATE TABLE projections.parked (
    name      text        NOT NULL,
    stream    text        NOT NULL,
    position  bigint      NOT NULL,                -- of that event
    error     text        NOT NULL,                -- never a value
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, stream)
);
"""

_REBUILDS = """
-- A read model that is being built anew (workers/rebuild): which parts of the log are folded, which are not.
CREATE TABLE projections.rebuild (
    name         text        PRIMARY KEY,
    version      integer     NOT NULL,             -- of the definition that is built
    live_version integer     NOT NULL,             -- of the one beside which it is built
    settled_at   bigint,                           -- all chunks are folded and settled: up to this position
    stopped_at   bigint,                           -- the position of an event that cannot be folded
    why          text,                             -- never a value
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Whoever folds a chunk locks its row and marks it in the transaction of its rows: killed, it is free again.
CREATE TABLE projections.chunk (
    name      text        NOT NULL,
    after     bigint      NOT NULL,
    through   bigint      NOT NULL,
    done_at   timestamptz,
    worker    text,                                -- host and process
    PRIMARY KEY (name, after)
);

-- The version before the last switch, in read_<name>_old; it stands still. Streams it leaves out are in
-- projections.parked under <name>_old.
CREATE TABLE projections.kept (
    name       text        PRIMARY KEY,
    version    integer     NOT NULL,
    checkpoint bigint      NOT NULL,
    kept_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

# A query of the catalogue, not to_regclass(): that may answer from a cache older than the lock waited for.
_IS_THERE = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'projections' AND tablename = $1)"

_IS_READABLE = "SELECT has_table_privilege($1, 'projections.parked', 'SELECT')"


async def ensure(
    pool: Any, service_role: str = SERVICE_ROLE, projections: Iterable[Projection] | None = None
) -> list[str]:
    """Make what is missing. Returns the names of the read models that were made (they start at 0)."""
    wanted = list(PROJECTIONS.values() if projections is None else projections)
    async with pool.acquire() as connection:
        if await connection.fetchval(_IS_THERE, "kept"):
            there = await _names(connection)
            if all(p.name in there for p in wanted) and await connection.fetchval(_IS_READABLE, READER_ROLE):
                return []
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            return await _make(connection, readers(service_role), wanted)


async def _make(connection: Any, role: str, wanted: list[Projection]) -> list[str]:
    if not await connection.fetchval(_IS_THERE, "parked"):
        await connection.execute(_STATE + _REBUILDS)
        await connection.execute(
            f"GRANT USAGE ON SCHEMA projections TO {role};"
            f"GRANT SELECT ON ALL TABLES IN SCHEMA projections TO {role}"
        )
    elif not await connection.fetchval(_IS_READABLE, READER_ROLE):  # made before there was such a role
        for schema in ["projections", *map(schema_of, sorted(await _names(connection)))]:
            await connection.execute(
                f"GRANT USAGE ON SCHEMA {schema} TO {role};"
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"
            )
    if not await connection.fetchval(_IS_THERE, "kept"):  # made before rebuilds had a state
        await connection.execute(_REBUILDS)
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA projections TO {role}")
    there = await _names(connection)
    missing = [p for p in wanted if p.name not in there]
    for projection in missing:
        await make_tables(connection, projection, schema_of(projection.name), role)
        await make_indexes(connection, projection)
        await connection.execute(
            "INSERT INTO projections.projection (name, version) VALUES ($1, $2)",
            projection.name,
            projection.version,
        )
    return [p.name for p in missing]


async def _names(connection: Any) -> set[str]:
    return {row["name"] for row in await connection.fetch("SELECT name FROM projections.projection")}


async def make_tables(connection: Any, projection: Projection, schema: str, role: str) -> None:
    """A projection's empty tables in a schema made anew, readable by `role` (quoted identifiers).

    Its indexes are for whoever begins to `fold`; unqualified names mean those tables from here on.
    `in_use` is locked by readers that need several statements to see one state; see `workers/reading.py`.
    """
    await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
    await use_schema(connection, schema)
    await connection.execute(projection.tables)
    await connection.execute(
        f"CREATE TABLE in_use ();GRANT USAGE ON SCHEMA {schema} TO {role};"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"
    )


async def make_indexes(connection: Any, projection: Projection) -> None:
    """Those that gathering did without, on the tables that unqualified names mean."""
    if projection.indexes:
        await connection.execute(projection.indexes)


async def use_schema(connection: Any, schema: str) -> None:
    """Let unqualified names mean that schema's tables, until the transaction ends."""
    await connection.execute(f"SET LOCAL search_path TO {schema}, pg_catalog")


def readers(service_role: str) -> str:
    """Who may read the tables, for GRANT: the service, and the role it asks its queries as."""
    return f"{identifier(service_role)}, {identifier(READER_ROLE)}"


def identifier(role: str) -> str:
    """A role's name, quoted for SQL."""
    return '"' + role.replace('"', '""') + '"'
