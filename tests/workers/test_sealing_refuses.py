"""The sealer signs nothing it should not: not with another key, not a shortened log, not a rewritten one."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.log.naming import Signing, identity_of
from events.proof.checkpoints import read_checkpoint
from events.proof.keys import SigningKeys
from events.proof.outside import CheckpointFile, CutOffError
from events.sealing.keys import MasterKey
from tests.databases import Databases
from tests.workers.filled_log import fill
from tests.workers.sealing import ORIGIN, beginning, more, secrets_in, trouble
from workers.sealing.sealer import Secrets, seal


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return secrets_in(tmp_path)


async def test_another_key_is_refused_and_named(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, tmp_path: Path
) -> None:
    await fill(ledger.owner_url, beginning(secrets).log)
    other = Secrets(tmp_path / "other.key", secrets.checkpoints)
    theirs = SigningKeys.from_file(other.key_file, create_for=ORIGIN)
    assert await seal(worker_pool, other) is None
    assert theirs.vkeys[0] in str(await trouble(worker_pool))
    assert await worker_pool.fetchval("SELECT count(*) FROM proof.checkpoint") == 0
    assert await seal(worker_pool, secrets) is not None
    assert await trouble(worker_pool) is None


async def test_a_log_that_names_no_key_waits(ledger: Addresses, worker_pool: Any, secrets: Secrets) -> None:
    await fill(ledger.owner_url, beginning(secrets).log[:1])
    assert await seal(worker_pool, secrets) is None
    assert await trouble(worker_pool) is None


async def test_a_cut_off_tail_is_refused_by_sealer_and_service(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, databases: Databases, master: MasterKey
) -> None:
    told = beginning(secrets)
    await fill(ledger.owner_url, [*told.log, *more(told, 20, "t")])
    await seal(worker_pool, secrets)
    await _as_superuser(
        databases.superuser_url(ledger),
        "DELETE FROM log.events WHERE position > 15",
        "UPDATE log.head SET position = 15",
        "TRUNCATE proof.tile, proof.checkpoint, proof.cosignature",
        "UPDATE proof.sealing SET size = 0",
    )
    assert await seal(worker_pool, secrets) is None
    assert "7 are missing" in str(await trouble(worker_pool))
    signing = Signing(secrets.key_file, secrets.checkpoints)
    with pytest.raises(CutOffError, match="7 are missing"):
        await Log.open(ledger.database_url, master, signing=signing)


async def test_a_rewritten_past_is_refused(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, databases: Databases
) -> None:
    """Everything in the database made to fit again: the file outside still knows."""
    told = beginning(secrets)
    await fill(ledger.owner_url, [*told.log, *more(told, 20, "t")])
    await seal(worker_pool, secrets)
    await _as_superuser(
        databases.superuser_url(ledger),
        "UPDATE log.events SET entry = replace(convert_from(entry, 'UTF8'), 'Mục 3', 'Mục 4')::bytea"
        " WHERE position = 6",
        "TRUNCATE proof.tile, proof.checkpoint, proof.cosignature",
        "UPDATE proof.sealing SET size = 0",
    )
    assert await seal(worker_pool, secrets) is None
    assert "not the one of its checkpoint of 22" in str(await trouble(worker_pool))


async def test_a_hole_is_refused(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, databases: Databases
) -> None:
    told = beginning(secrets)
    await fill(ledger.owner_url, [*told.log, *more(told, 20, "t")])
    await _as_superuser(databases.superuser_url(ledger), "DELETE FROM log.events WHERE position = 9")
    assert await seal(worker_pool, secrets) is None
    assert "only 21 are in the log" in str(await trouble(worker_pool))


async def test_first_start_makes_a_key_and_names_it_and_each_rotation_adds_a_line(
    ledger: Addresses, worker_pool: Any, master: MasterKey, tmp_path: Path
) -> None:
    secrets = Secrets(tmp_path / "signing.key", CheckpointFile(tmp_path / "checkpoints.log"))
    signing = Signing(secrets.key_file, secrets.checkpoints)
    for _ in range(2):
        log = await Log.open(ledger.database_url, master, origin=ORIGIN, signing=signing)
        await log.close()
    first = SigningKeys.from_file(secrets.key_file)
    assert first.keys[0].name == ORIGIN
    identity = await identity_of(worker_pool)
    assert identity is not None
    assert identity.vkeys == tuple(first.vkeys)
    assert (await _sealed(worker_pool, secrets)).count("\u2014 ") == 1

    SigningKeys.rotate(secrets.key_file)
    rotated = SigningKeys.rotate(secrets.key_file)  # again, before the log has named the key of the first
    log = await Log.open(ledger.database_url, master, signing=signing)
    await log.close()
    note = await _sealed(worker_pool, secrets)
    assert rotated.keys[0] == first.keys[0]
    assert note.count("\u2014 ") == 3
    for key in rotated.keys:
        assert read_checkpoint(note.encode(), [key.verifier])[0].size == 4


async def test_a_foreign_key_is_never_named(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, master: MasterKey, tmp_path: Path
) -> None:
    await fill(ledger.owner_url, beginning(secrets).log)
    SigningKeys.from_file(tmp_path / "other.key", create_for=ORIGIN)
    log = await Log.open(ledger.database_url, master, signing=Signing(tmp_path / "other.key"))
    await log.close()
    assert await worker_pool.fetchval("SELECT position FROM log.head") == 2
    log = await Log.open(ledger.database_url, master, signing=Signing(tmp_path / "lost.key"))
    await log.close()
    assert not (tmp_path / "lost.key").exists()


async def _sealed(pool: Any, secrets: Secrets) -> str:
    await seal(pool, secrets)
    note: str = await pool.fetchval("SELECT note FROM proof.checkpoint ORDER BY size DESC LIMIT 1")
    return note


async def _as_superuser(url: str, *statements: str) -> None:
    """What only the operator can do, past every trigger."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role TO replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
