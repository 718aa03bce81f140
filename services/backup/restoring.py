"""`khuyenhoc restore`: log and keys into an empty database, then every erasure once more.

Erasures come from the log itself and, if given, from a newer list: no backup brings an erased person back.
Nobody opens the log before that is done, nor after a restore that was killed; the next one begins again.
"""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

import events.catalogue.everything  # noqa: F401 - erasures are read as what they are
from events.declare import CATALOGUE, Data
from events.log.erasing import erase, erase_again
from events.log.read import head
from events.log.restoring import BEGIN, DONE, is_half_restored
from events.sealing.keys import MasterKey
from services.backup.dumping import KEYS, LOG, MANIFEST, WORKERS, Manifest
from services.backup.programs import BackupError, restore

_IS_THERE = "SELECT to_regclass('log.events') IS NOT NULL"
_TAKE_BACK = """
DO $$ DECLARE made name; BEGIN
    FOR made IN SELECT nspname FROM pg_namespace
        WHERE nspowner = current_user::regrole AND NOT (nspname ^@ 'pg_' OR nspname = 'public')
    LOOP EXECUTE format('DROP SCHEMA %I CASCADE', made); END LOOP;
    DROP TABLE IF EXISTS public.khuyenhoc_migrations, public.khuyenhoc_restoring;
END $$
"""
_ALONE = "SELECT pg_try_advisory_lock(5016833292)"  # any constant

_NO_ROLE = re.compile(r'role ".+" does not exist')
_ROLES_NEEDED = (
    "Bản sao lưu cấp quyền cho các vai trò PostgreSQL của nơi nó được tạo: hãy tạo các vai trò cùng tên ở máy"
    " chủ đích và dùng chúng trong các biến KHUYENHOC_…_URL."
)


class _Erasure(msgspec.Struct, frozen=True):
    """A line of `erasures.ndjson`, in the form of a command."""

    type: str
    data: msgspec.Raw


def manifest_of(folder: Path) -> Manifest:
    """What the backup is of. Raises `BackupError` if the folder holds none."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as e:
        raise BackupError(f"{folder} không phải thư mục do «khuyenhoc backup» tạo ({MANIFEST}: {e}).") from e


def check_master(manifest: Manifest, master: MasterKey) -> None:
    """Raises `BackupError` for a master key that opens nothing of this backup."""
    if master.check_value().hex() != manifest.master_key_check:
        raise BackupError("Khóa chính (master.key) này không phải của bản sao lưu; không khôi phục gì.")


async def load(
    owner_url: str, worker_url: str, folder: Path, keys: Path | None = None, erased: Path | None = None
) -> int:
    """Fill an empty database from a backup and erase again. Returns the last position of the log.

    `keys`: where the key file is, if not in the folder. `erased`: a newer list of erasures (the
    `erasures.ndjson` of a newer backup). Raises `BackupError`; then there is no log in the database.
    """
    manifest = manifest_of(folder)
    keys = keys or folder / KEYS
    for file in (folder / LOG, keys, *([erased] if erased else [])):
        if not file.is_file():
            raise BackupError(f"Thiếu tệp {file}.")
    newer = erasures_in(erased) if erased else []
    connection = await asyncpg.connect(owner_url)
    try:
        if not await connection.fetchval(_ALONE):
            raise BackupError("Một lệnh khôi phục khác đang chạy trên cơ sở dữ liệu này.")
        if await is_half_restored(connection):
            await connection.execute(_TAKE_BACK)  # what a restore that was killed has left
        if await connection.fetchval(_IS_THERE):
            raise BackupError("Cơ sở dữ liệu đích đã có một sổ; chỉ khôi phục vào nơi còn trống.")
        try:
            await connection.execute(BEGIN)
            await _fill(owner_url, worker_url, folder, keys)
            async with connection.transaction():
                await erase_again(connection)
                await erase(connection, newer)
                position = (await head(connection)).position
                counted = await connection.fetchval("SELECT count(*) FROM log.events")
                if not position == counted == manifest.position:
                    raise BackupError(
                        f"Bản sao lưu ghi vị trí {manifest.position}, khôi phục được {counted};"
                        " không dùng được."
                    )
                await connection.execute(DONE)
        except BaseException:
            await connection.execute(_TAKE_BACK)  # nobody must come upon keys not yet erased again
            raise
        return position
    finally:
        await connection.close()


async def _fill(owner_url: str, worker_url: str, folder: Path, keys: Path) -> None:
    filling = [(owner_url, folder / LOG, False)]
    if (folder / WORKERS).exists():
        filling.append((worker_url, folder / WORKERS, False))
    filling.append((owner_url, keys, True))
    for url, file, data_only in filling:
        try:
            await _to_its_end(partial(restore, url, file, data_only=data_only))
        except BackupError as e:
            if _NO_ROLE.search(str(e)):
                raise BackupError(f"{e}\n{_ROLES_NEEDED}") from e
            raise


async def _to_its_end(work: Callable[[], None]) -> None:
    """Asked to stop meanwhile, we stop then: what was begun may still be committed, and must be seen to be
    taken back. No task, since those are all cancelled when a signal ends the loop."""
    done = asyncio.get_running_loop().run_in_executor(None, work)
    asked: BaseException | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except BaseException as e:
            asked = e
    if asked:
        raise asked
    done.result()


def erasures_in(file: Path) -> list[Data]:
    """What a list says is erased. Raises `BackupError` for a line that is no erasure."""
    found: list[Data] = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            told = msgspec.json.decode(line, type=_Erasure)
            if told.type not in ("PersonErased", "NoteErased"):
                raise ValueError(told.type)
            data = msgspec.json.decode(told.data, type=CATALOGUE[told.type].data)
            if told.type == "NoteErased":
                UUID(data.event_id)  # type: ignore[attr-defined]
        except ValueError as e:
            raise BackupError(f"{file}, dòng {number}: không phải lệnh xóa ({e}).") from e
        found.append(data)
    return found
