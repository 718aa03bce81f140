"""No free note or reason and nobody's details ever stand in clear in the database."""

import errno
import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from deploy.addresses import Addresses
from events.declare import SEALED
from events.log.append import Log
from events.log.entry import seal_context
from events.log.read import read_stream
from events.sealing.keys import MasterKey, SealingKey, WrongKeyError
from tests.databases import Databases
from tests.events.log.commands import command, must, unit

MARK = "Bí mật của bà Hoa ở tổ 10B"


async def _everything(url: str) -> str:
    connection = await asyncpg.connect(url)
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    dump = []
    for table in tables:
        rows = await connection.fetch(f"SELECT t.*::text AS line FROM {table['name']} t")
        dump += [str(row["line"]) for row in rows]
        for row in await connection.fetch(f"SELECT * FROM {table['name']}"):
            dump += [v.decode(errors="replace") for v in row.values() if isinstance(v, bytes)]
    await connection.close()
    return "\n".join(dump)


async def test_a_reason_is_kept_beside_the_log_and_nowhere_else(
    log: Log, database: Addresses, databases: Databases, master: MasterKey, service: Any
) -> None:
    await must(log, unit("top", level="province"), unit("u", "top"))
    (ended,) = await must(log, command("UnitDissolved", unit_id="u", reason=MARK))
    assert MARK not in await _everything(databases.superuser_url(database))

    row = await service.fetchrow(
        "SELECT s.ciphertext, k.wrapped, e.entry FROM log.sealed s"
        " JOIN log.sealing_keys k USING (key_id) JOIN log.events e USING (event_id)"
        " WHERE event_id = $1 AND field = 'reason'",
        ended.event_id,
    )
    key = master.unwrap(row["wrapped"], ended.event_id)
    plain = key.open(row["ciphertext"], seal_context(ended.event_id, "reason"))
    assert msgspec.json.decode(plain) == MARK
    shown = msgspec.json.decode(row["entry"])["data"]["reason"]
    assert shown == {"sealed": hashlib.sha256(row["ciphertext"]).hexdigest()}
    folded = (await read_stream(service, "unit-u"))[-1].fact.data
    assert folded.reason == SEALED  # type: ignore[attr-defined]


async def test_a_persons_details_are_sealed_under_the_persons_own_key(
    log: Log, database: Addresses, databases: Databases, service: Any
) -> None:
    person = uuid4()
    await must(log, command("PersonRegistered", person_id=str(person), kind="child", details={"name": MARK}))
    assert MARK not in await _everything(databases.superuser_url(database))
    assert await service.fetchval("SELECT key_id FROM log.sealed") == person


async def test_another_master_key_is_refused_at_the_door(
    log: Log, database: Addresses, tmp_path: Path
) -> None:
    other = MasterKey.from_file(tmp_path / "other.key", create=True)
    with pytest.raises(WrongKeyError, match="another master key"):
        await Log.open(database.database_url, other)


def test_a_ciphertext_opens_with_its_own_key_and_place_only() -> None:
    key, other = SealingKey.new(), SealingKey.new()
    sealed = key.seal(b"x", b"here")
    assert key.open(sealed, b"here") == b"x"
    with pytest.raises(WrongKeyError, match="another key"):
        other.open(sealed, b"here")
    with pytest.raises(WrongKeyError, match="damaged"):
        key.open(sealed, b"there")
    with pytest.raises(WrongKeyError, match="damaged"):
        key.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), b"here")


def test_the_master_key_is_made_once_and_kept_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "master.key"
    first = MasterKey.from_file(path, create=True)
    assert MasterKey.from_file(path, create=True).check_value() == first.check_value()
    assert path.stat().st_mode & 0o777 == 0o400
    broken = tmp_path / "broken.key"
    broken.write_text("too short\n")
    with pytest.raises(WrongKeyError):
        MasterKey.from_file(broken)


def test_a_start_that_failed_leaves_the_next_one_to_make_the_master_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    killed = tmp_path / f".master.key.{os.getpid()}"  # in a container every start may have that number
    killed.touch(0o400)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            MasterKey.from_file(tmp_path / "master.key", create=True)
    assert list(tmp_path.iterdir()) == [killed]
    MasterKey.from_file(tmp_path / "master.key", create=True)
