"""Sealing is what the entries say, once: in steps, killed half-way, by two sealers, by a real worker."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from tests.workers.conftest import ROOT
from tests.workers.filled_log import fill
from tests.workers.given import until
from tests.workers.sealing import ORIGIN, beginning, is_sealed_through, more, secrets_in, trouble
from workers.sealing import sealer
from workers.sealing.sealer import Secrets, seal


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return secrets_in(tmp_path)


async def test_every_step_seals_what_there_is(ledger: Addresses, worker_pool: Any, secrets: Secrets) -> None:
    told = beginning(secrets)
    await fill(ledger.owner_url, told.log)
    size = 2
    for step in (0, 1, 252, 1, 1, 300):
        if step:
            size = await fill(ledger.owner_url, more(told, step, f"s{size}-"))
        await seal(worker_pool, secrets, page=256)
        await is_sealed_through(worker_pool, secrets, size)
    assert await seal(worker_pool, secrets) is None  # nothing new
    sizes = await worker_pool.fetch("SELECT size FROM proof.checkpoint ORDER BY size")
    assert [row[0] for row in sizes] == [2, 3, 255, 256, 257, 557]
    assert secrets.checkpoints.path.read_text().count(ORIGIN + "\n") == 6


async def test_killed_anywhere_the_next_goes_on(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off after any of its statements, sealing leads to the same tree and the same checkpoint."""
    told = beginning(secrets)
    size = await fill(ledger.owner_url, [*told.log, *more(told, 600, "t")])
    random.seed(7)
    for name in ("integrate", "_move", "_extends", "root_at"):

        async def dies(*_: Any, **__: Any) -> Any:
            raise ConnectionError("killed")

        with monkeypatch.context() as patched:
            patched.setattr(sealer, name, dies)
            with pytest.raises(ConnectionError):
                await seal(worker_pool, secrets, page=256)
    assert await worker_pool.fetchval("SELECT size FROM proof.sealing") == size  # tiles, but no checkpoint
    assert await worker_pool.fetchval("SELECT count(*) FROM proof.checkpoint") == 0
    await seal(worker_pool, secrets, page=256)
    await is_sealed_through(worker_pool, secrets, size)


async def test_killed_after_the_outside_file_it_signs_the_same_again(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = beginning(secrets)
    await fill(ledger.owner_url, [*told.log, *more(told, 10, "t")])
    append = secrets.checkpoints.append

    def dies_behind(note: str) -> None:
        append(note)
        raise ConnectionError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(type(secrets.checkpoints), "append", lambda _, note: dies_behind(note))
        with pytest.raises(ConnectionError):
            await seal(worker_pool, secrets)
    await seal(worker_pool, secrets)
    await is_sealed_through(worker_pool, secrets, 12)
    assert secrets.checkpoints.path.read_text().count(ORIGIN + "\n") == 1


async def test_two_sealers_at_once(ledger: Addresses, worker_pool: Any, secrets: Secrets) -> None:
    told = beginning(secrets)
    size = await fill(ledger.owner_url, [*told.log, *more(told, 1500, "t")])
    await asyncio.gather(*(seal(worker_pool, secrets, page=256) for _ in range(6)))
    await seal(worker_pool, secrets, page=256)
    await is_sealed_through(worker_pool, secrets, size)


CHECKPOINTS = "SELECT count(*) FROM proof.checkpoint"


async def test_a_real_worker_killed_and_another_seals_what_is_new_at_its_second_turn_at_the_latest(
    ledger: Addresses, worker_pool: Any, secrets: Secrets, workplace: Path
) -> None:
    told = beginning(secrets)
    await fill(ledger.owner_url, told.log)
    log = workplace / "sealing-worker.log"

    async def head_is_signed() -> bool:
        return bool(
            await worker_pool.fetchval(
                "SELECT (SELECT position FROM log.head) = (SELECT max(size) FROM proof.checkpoint)"
            )
        )

    for round_ in range(2):
        worker = _worker(ledger, secrets, log)
        try:
            await until(head_is_signed, 30)
            signed = await worker_pool.fetchval(CHECKPOINTS)
            await fill(ledger.owner_url, more(told, 400, f"r{round_}-"))
            await until(head_is_signed, 30)
            assert await worker_pool.fetchval(CHECKPOINTS) - signed <= 2  # of a turn a second
            await fill(ledger.owner_url, more(told, 400, f"k{round_}-"))
            await asyncio.sleep(random.Random(round_).uniform(0, 1))
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    await seal(worker_pool, secrets)
    await is_sealed_through(worker_pool, secrets, 1602)


def _worker(addresses: Addresses, secrets: Secrets, log: Path) -> "subprocess.Popen[bytes]":
    words = ["-A", "workers.celery_app", "worker", "--beat", "--concurrency", "1", "--loglevel", "WARNING"]
    environment = addresses.environment("worker_url", "redis_url") | {
        "KHUYENHOC_SIGNING_KEY_FILE": str(secrets.key_file),
        "KHUYENHOC_CHECKPOINT_FILE": str(secrets.checkpoints.path),
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", *words, "--schedule", str(log) + ".beat"],
            cwd=ROOT, env=os.environ | environment, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip


async def test_tiles_and_checkpoints_are_append_only(
    ledger: Addresses, worker_pool: Any, secrets: Secrets
) -> None:
    await fill(ledger.owner_url, beginning(secrets).log)
    await seal(worker_pool, secrets)
    owner = await asyncpg.connect(ledger.owner_url)
    try:
        for statement in (
            "DELETE FROM proof.checkpoint",
            "UPDATE proof.checkpoint SET note = 'x'",
            "TRUNCATE proof.tile",
            "UPDATE proof.tile SET hashes = substr(hashes, 1, 32)",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await owner.execute(statement)
    finally:
        await owner.close()
    assert await trouble(worker_pool) is None
