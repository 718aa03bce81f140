"""The disk of the data directory is full, and is freed again: commands are told to come again meanwhile,
nothing acknowledged is lost, and everything goes on by itself."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load
from tests.faults.servers import Servers, servers_of

SIZE = 400
"""Megabytes of the small disk."""


@pytest.fixture(scope="module")
def disk(workplace: Path) -> Iterator[Path]:
    """A file system of its own. Needs root."""
    if os.geteuid() != 0:
        pytest.fail("mounting a small file system needs root", pytrace=False)
    folder = workplace / "small-disk"
    folder.mkdir(mode=0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0755", "small", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module")
def servers(pytestconfig: pytest.Config, disk: Path) -> Iterator[Servers]:
    """As elsewhere; the data directory lies on the small disk, and PostgreSQL's data too."""
    made = servers_of(pytestconfig.getoption("flavour"), disk / "ledger")
    made.start()
    made.postgres.stop()
    there, mounted = disk / "cluster", made.cluster
    shutil.copytree(mounted, there, symlinks=True)
    for one in [there, *there.rglob("*")]:
        shutil.chown(one, *made.owner)
    subprocess.run(["mount", "--bind", there, mounted], check=True)
    try:
        made.postgres.start()
        yield made
    finally:
        made.redis.stop("immediate")
        made.postgres.stop("immediate")
        subprocess.run(["umount", "-l", mounted], check=True)
        made.stop()


@pytest.mark.short
async def test_full_and_freed_again(house: House, load: Load, disk: Path) -> None:
    filler = disk / "filler"
    async with load.running():
        _fill(disk, filler)
        troubles = load.troubles
        await until(lambda: load.troubles > troubles + 30, what="a command that is told so")
        filler.unlink()
        done = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > done + 100, what="recording goes on")
    await invariants(house, load)


@pytest.mark.short
async def test_so_full_that_postgres_gives_up(house: House, load: Load, disk: Path) -> None:
    """Without room for its write-ahead log PostgreSQL panics, and cannot start while there is none."""
    filler = disk / "filler"
    async with load.running():
        _fill(disk, filler)
        await until(lambda: _panics(house), what="a panic")
        troubles = load.troubles
        await until(lambda: load.troubles > troubles + 30, what="commands that are told so")
        filler.unlink()
        done = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > done + 100, what="recording goes on")
    await invariants(house, load)


async def _panics(house: House) -> bool:
    """Asks for one new file of the write-ahead log after the other (its own log is on that full disk too)."""
    try:
        await house.ask("SELECT pg_switch_wal()")
        await house.ask("CREATE TABLE IF NOT EXISTS public.nothing ()")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        pass
    return not house.servers.postgres.pid


def _fill(disk: Path, filler: Path) -> None:
    """To the last block."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    assert shutil.disk_usage(disk).free < 1 << 16
