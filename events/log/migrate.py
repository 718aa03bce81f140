"""Migrations of the log's schema: numbered SQL files, each applied once, in order, in one transaction each.

Run by the owner role only. A file that has been applied is never edited; a later one changes what it made.
"""

import hashlib
from importlib.resources import files
from typing import Any

import asyncpg

from events.log.restoring import refuse_half_restored

_LEDGER = """
CREATE TABLE IF NOT EXISTS public.khuyenhoc_migrations (
    name       text PRIMARY KEY,
    digest     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
_SUBJECT_TO_POLICIES = """
SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = ANY($1) AND NOT (rolbypassrls OR rolsuper)
"""
_LOCK = 5_016_833_291  # any constant: two migrating processes wait for each other


class RolesNotReadyError(RuntimeError):
    """The server's roles are not as they have to be. Says what to run as a superuser."""


class MigrationChangedError(RuntimeError):
    """A migration that was applied differs from the file of that name."""


async def migrate(owner_url: str, *, service_role: str, worker_role: str) -> list[str]:
    """Bring the log's schema up to date. Returns the names of the migrations applied, in order.

    Raises `RolesNotReadyError`, `MigrationChangedError`, `HalfRestoredError`.
    """
    connection = await asyncpg.connect(owner_url)
    try:
        await _require_past_the_wall(connection, service_role, worker_role)
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await refuse_half_restored(connection)
        await connection.execute(_LEDGER)
        applied = {
            row["name"]: row["digest"]
            for row in await connection.fetch("SELECT name, digest FROM public.khuyenhoc_migrations")
        }
        roles = {"service": _identifier(service_role), "worker": _identifier(worker_role)}
        done = []
        for name, text in migrations():
            digest = hashlib.sha256(text.encode()).hexdigest()
            if name in applied:
                if applied[name] != digest:
                    raise MigrationChangedError(f"{name} was changed after it had been applied")
                continue
            async with connection.transaction():
                for role, identifier in roles.items():
                    text = text.replace("{" + role + "}", identifier)
                await connection.execute(text)
                await connection.execute(
                    "INSERT INTO public.khuyenhoc_migrations (name, digest) VALUES ($1, $2)", name, digest
                )
            done.append(name)
        return done
    finally:
        await connection.close()


async def _require_past_the_wall(connection: Any, *roles: str) -> None:
    """Who appends and folds must not be subject to row-level security (sql/0012_second_wall.sql): they would
    see nothing of the log, and PostgreSQL would refuse their COPY. Restored backups do not bring this along.
    """
    subject = await connection.fetch(_SUBJECT_TO_POLICIES, list(roles))
    if subject:
        run = " ".join(f"ALTER ROLE {row[0]} BYPASSRLS;" for row in subject)
        raise RolesNotReadyError(f"the database's roles are not ready; run as a superuser: {run}")


def migrations() -> list[tuple[str, str]]:
    """(name, SQL) of every migration, in order."""
    folder = files("events.log") / "sql"
    named = sorted((f.name, f) for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(name, file.read_text("utf-8")) for name, file in named]


def _identifier(role: str) -> str:
    return '"' + role.replace('"', '""') + '"'
