"""`khuyenhoc backup`: one moment of the log in a folder; the sealing keys in a file of their own.

Read models are left out: they are rebuilt from the log. The master key is never part of a backup: keep it,
and `keys.dump`, elsewhere than the log. Whoever has only one of the three can read no sealed field.
"""

import asyncio
import datetime as dt
from pathlib import Path

import asyncpg
import msgspec

from events.log.naming import identity_of
from events.log.read import head, read
from services.backup.programs import BackupError, private_folder, run

LOG, WORKERS, KEYS, ERASURES, MANIFEST = (
    "log.dump",
    "workers.dump",
    "keys.dump",
    "erasures.ndjson",
    "backup.json",
)
KEY_TABLE = "log.sealing_keys"
# What the owner does not own belongs to the workers: read models, which are derived, and perhaps more.
_FOREIGN = """
SELECT nspname AS name, nspname = 'projections' OR nspname ^@ 'read_' AS derived FROM pg_namespace
WHERE pg_get_userbyid(nspowner) <> current_user
    AND NOT (nspname ^@ 'pg_' OR nspname IN ('information_schema', 'public'))
ORDER BY nspname
"""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup is of."""

    position: int
    recorded_at: dt.datetime | None
    """Of its last event."""
    master_key_check: str
    """Tells the master key that opens it, without revealing it."""
    made_at: dt.datetime
    origin: str | None = None
    """The log's name; None in backups made before it was noted."""


async def dump(owner_url: str, worker_url: str, folder: Path) -> Manifest:
    """Write a backup into an empty or new folder. Everything in it is of the same moment.

    Raises `BackupError`.
    """
    private_folder(folder)
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            now = await head(connection)
            check = await connection.fetchval(
                "SELECT value FROM log.settings WHERE name = 'master-key-check'"
            )
            if not now.position or check is None:
                raise BackupError("Sổ chưa có sự kiện nào để sao lưu.")
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            foreign = await connection.fetch(_FOREIGN)
            others = [f"--exclude-schema={s['name']}" for s in foreign]
            kept = [f"--schema={s['name']}" for s in foreign if not s["derived"]]
            await _dump(owner_url, folder / LOG, snapshot, *others, f"--exclude-table-data={KEY_TABLE}")
            if kept:
                await _dump(worker_url, folder / WORKERS, snapshot, *kept)
            await _dump(owner_url, folder / KEYS, snapshot, "--data-only", f"--table={KEY_TABLE}")
            identity = await identity_of(connection)
            erased = await read(connection, 0, limit=now.position, types=["PersonErased", "NoteErased"])
        manifest = Manifest(
            now.position,
            now.recorded_at,
            check.hex(),
            dt.datetime.now(dt.UTC),
            identity.origin if identity else None,
        )
    finally:
        await connection.close()
    lines = [
        msgspec.json.encode(
            {
                "type": e.fact.type,
                "occurred_on": e.fact.occurred_on,
                "command_id": e.command_id,
                "data": e.fact.data,
            }
        )
        for e in erased
    ]
    _write(folder / ERASURES, b"".join(line + b"\n" for line in lines))
    _write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return manifest


async def _dump(url: str, file: Path, snapshot: str, *words: str) -> None:
    how = ["--format", "custom", "--no-owner", "--snapshot", snapshot, "--file", str(file)]
    _write(file, b"")  # nobody else may read it, from its first byte on
    await asyncio.to_thread(run, "pg_dump", url, *how, *words)


def _write(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)
