"""A backup with the keys apart comes back whole, and nobody who was erased comes back with it."""

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.addresses import Addresses
from deploy.embedded.binaries import postgres_programs
from events.log.append import Log
from events.log.migrate import migrate
from events.log.restoring import HalfRestoredError
from events.sealing.keys import MasterKey
from services.backup import restoring
from services.backup.dumping import ERASURES, KEYS, LOG, dump
from services.backup.programs import BackupError, restore
from services.backup.restoring import check_master, load, manifest_of
from tests.databases import Databases
from tests.events.log.commands import command, must, unit

LAN, HOA = uuid4(), uuid4()
DETAILS = {"name": "Nguyễn Thị Lan"}
_SEALED = "SELECT count(*) FROM log.sealed WHERE key_id = $1"
_KEY = "SELECT count(*) FROM log.sealing_keys WHERE key_id = $1"
_LOG = "SELECT position, entry FROM log.events ORDER BY position"


@pytest.fixture
async def log(database: Addresses, master: MasterKey) -> AsyncIterator[Log]:
    """Two persons and a note."""
    opened = await Log.open(database.database_url, master)
    await must(
        opened,
        unit("u", level="province"),
        command("UnitDissolved", unit_id="u", reason="Bà Hoa xin nghỉ"),
        *(command("PersonRegistered", person_id=str(p), kind="child", details=DETAILS) for p in (LAN, HOA)),
    )
    yield opened
    await opened.close()


async def _erase(log: Log, person: Any) -> None:
    await must(log, command("PersonErased", person_id=str(person), ground="request"))


async def _fetch(addresses: Addresses, sql: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(addresses.owner_url)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def _kept(addresses: Addresses, person: Any) -> tuple[int, int]:
    [[sealed]], [[key]] = await _fetch(addresses, _SEALED, person), await _fetch(addresses, _KEY, person)
    return sealed, key


async def test_a_restored_log_is_the_same_and_goes_on(
    log: Log, database: Addresses, empty_database: Addresses, master: MasterKey, tmp_path: Path
) -> None:
    workers = await asyncpg.connect(database.worker_url)
    await workers.execute("CREATE SCHEMA kept; CREATE TABLE kept.by_workers AS SELECT 7 AS n")
    await workers.close()
    made = await dump(database.owner_url, database.worker_url, tmp_path / "b")
    assert await load(empty_database.owner_url, empty_database.worker_url, tmp_path / "b") == made.position
    assert await _fetch(empty_database, _LOG) == await _fetch(database, _LOG)
    applied = await migrate(
        empty_database.owner_url, service_role="khuyenhoc_service", worker_role="khuyenhoc_worker"
    )
    assert applied == []
    restored = await Log.open(empty_database.database_url, master)
    (more,) = await must(restored, unit("v", level="province"))
    assert more.position == made.position + 1
    await restored.close()
    assert await _kept(empty_database, LAN) == (1, 1)
    workers = await asyncpg.connect(empty_database.worker_url)
    assert await workers.fetchval("SELECT n FROM kept.by_workers") == 7
    assert await workers.fetch("SELECT FROM pg_namespace WHERE nspname ^@ 'read_'") == []
    await workers.close()
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await _fetch(empty_database, "DELETE FROM log.events")


async def test_the_keys_are_in_their_own_file_only(log: Log, database: Addresses, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    await dump(database.owner_url, database.worker_url, folder)
    wrapped = [row["wrapped"].hex().encode() for row in await _fetch(database, "TABLE log.sealing_keys")]
    assert wrapped

    def text_of(name: str) -> bytes:
        words = [postgres_programs() / "pg_restore", "-f", "-", folder / name]
        return subprocess.run(words, capture_output=True, check=True).stdout

    assert not any(key in text_of(LOG) for key in wrapped)
    assert all(key in text_of(KEYS) for key in wrapped)
    assert all(file.stat().st_mode & 0o077 == 0 for file in [folder, *folder.iterdir()])


async def test_an_older_key_file_brings_no_erased_person_back(
    log: Log, database: Addresses, empty_database: Addresses, tmp_path: Path
) -> None:
    await dump(database.owner_url, database.worker_url, tmp_path / "before")
    await _erase(log, LAN)
    await dump(database.owner_url, database.worker_url, tmp_path / "after")
    keys = tmp_path / "before" / KEYS
    await load(empty_database.owner_url, empty_database.worker_url, tmp_path / "after", keys)
    assert await _kept(empty_database, LAN) == (0, 0)
    assert await _kept(empty_database, HOA) == (1, 1)


async def test_a_newer_list_of_erasures_holds_for_an_older_backup(
    log: Log, database: Addresses, empty_database: Addresses, tmp_path: Path
) -> None:
    await dump(database.owner_url, database.worker_url, tmp_path / "before")
    await _erase(log, LAN)
    await dump(database.owner_url, database.worker_url, tmp_path / "after")
    newer = tmp_path / "after" / ERASURES
    await load(empty_database.owner_url, empty_database.worker_url, tmp_path / "before", erased=newer)
    assert await _kept(empty_database, LAN) == (0, 0)
    assert await _kept(empty_database, HOA) == (1, 1)


async def test_what_cannot_be_restored_is_said_before_anything_is_written(
    log: Log, database: Addresses, databases: Databases, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    await dump(database.owner_url, database.worker_url, folder)
    with pytest.raises(BackupError, match="trống"):
        await dump(database.owner_url, database.worker_url, folder)
    with pytest.raises(BackupError, match="đã có một sổ"):
        await load(database.owner_url, database.worker_url, folder)
    with pytest.raises(BackupError, match="không phải"):
        manifest_of(tmp_path)
    other = MasterKey.from_file(tmp_path / "other.key", create=True)
    with pytest.raises(BackupError, match="Khóa chính"):
        check_master(manifest_of(folder), other)
    wrong = tmp_path / "wrong.ndjson"
    wrong.write_text('{"type":"UnitRenamed","data":{}}\n')
    with pytest.raises(BackupError, match="dòng 1"):
        await load(database.owner_url, database.worker_url, folder, erased=wrong)


async def test_a_restore_that_fails_half_way_leaves_nothing_and_can_be_tried_again(
    log: Log, database: Addresses, empty_database: Addresses, tmp_path: Path
) -> None:
    made = await dump(database.owner_url, database.worker_url, tmp_path / "b")
    damaged = tmp_path / "damaged.dump"
    damaged.write_bytes((tmp_path / "b" / KEYS).read_bytes()[:-40])
    where = (empty_database.owner_url, empty_database.worker_url, tmp_path / "b")
    with pytest.raises(BackupError, match="pg_restore"):
        await load(*where, damaged)
    assert await _fetch(empty_database, "SELECT FROM pg_namespace WHERE nspname = 'log'") == []
    assert await load(*where) == made.position


async def test_a_restore_that_is_told_to_stop_leaves_nothing(
    log: Log, database: Addresses, empty_database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dump(database.owner_url, database.worker_url, tmp_path / "b")
    begun, told, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(*words: Any, **how: Any) -> None:
        begun.set()
        assert told.wait(30)
        restore(*words, **how)
        ended.set()

    monkeypatch.setattr(restoring, "restore", slow)
    loading = asyncio.create_task(load(empty_database.owner_url, empty_database.worker_url, tmp_path / "b"))
    assert await asyncio.to_thread(begun.wait, 30)
    loading.cancel()
    await asyncio.sleep(0.1)
    told.set()
    with pytest.raises(asyncio.CancelledError):
        await loading
    assert await asyncio.to_thread(ended.wait, 30)
    assert await _fetch(empty_database, "SELECT FROM pg_namespace WHERE nspname = 'log'") == []


async def test_what_a_killed_restore_has_left_is_not_opened_and_the_next_one_begins_again(
    log: Log, database: Addresses, empty_database: Addresses, master: MasterKey, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = await dump(database.owner_url, database.worker_url, tmp_path / "b")
    where = (empty_database.owner_url, empty_database.worker_url, tmp_path / "b")
    (tmp_path / "no.keys").touch()
    with monkeypatch.context() as killed:
        killed.setattr(restoring, "_TAKE_BACK", "SELECT 1")
        with pytest.raises(BackupError, match="pg_restore"):
            await load(*where, tmp_path / "no.keys")
    assert await _fetch(empty_database, _LOG) == await _fetch(database, _LOG)
    with pytest.raises(HalfRestoredError):
        await migrate(
            empty_database.owner_url, service_role="khuyenhoc_service", worker_role="khuyenhoc_worker"
        )
    with pytest.raises(HalfRestoredError):
        await Log.open(empty_database.database_url, master)
    assert await load(*where) == made.position
    await (await Log.open(empty_database.database_url, master)).close()
