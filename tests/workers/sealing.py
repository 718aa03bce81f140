"""A log with a signing key, its sealer's secrets, and what must hold after every sealing."""

from pathlib import Path
from typing import Any

from events.declare import Fact
from events.proof.checkpoints import read_checkpoint
from events.proof.keys import SigningKeys
from events.proof.merkle import leaf_hashes, root_of
from events.proof.notes import VerifierKey
from events.proof.outside import CheckpointFile
from events.proof.tiles import tiles_of
from tests.events.history import History
from workers.sealing.sealer import Secrets

ORIGIN = "khuyenhoc.test/so"


def secrets_in(folder: Path) -> Secrets:
    """A signing key and an empty file of checkpoints."""
    key_file = folder / "signing.key"
    SigningKeys.from_file(key_file, create_for=ORIGIN)
    return Secrets(key_file, CheckpointFile(folder / "checkpoints.log"))


def vkey_of(secrets: Secrets) -> VerifierKey:
    return SigningKeys.from_file(secrets.key_file).keys[0].verifier


def beginning(secrets: Secrets) -> History:
    """`LogStarted` and `LogKeyAdded`, as the service appends them."""
    told = History()
    told.record("LogStarted", "2026-01-01", log_id="0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10", origin=ORIGIN)
    told.record("LogKeyAdded", "2026-01-01", vkey=str(vkey_of(secrets)))
    return told


def more(told: History, count: int, prefix: str) -> list[Fact]:
    """So many further events of it."""
    before = len(told.log)
    for number in range(count):
        told.record("TermDefined", "2026-01-01", list="item", term=f"{prefix}{number}", label=f"Mục {number}")
    return told.log[before:]


async def is_sealed_through(pool: Any, secrets: Secrets, size: int) -> None:
    """The last checkpoint is of that size and of exactly those entries; every tile is there."""
    note = await pool.fetchval("SELECT note FROM proof.checkpoint ORDER BY size DESC LIMIT 1")
    checkpoint, _ = read_checkpoint(note.encode(), [vkey_of(secrets)])
    entries = [r[0] for r in await pool.fetch("SELECT entry FROM log.events ORDER BY position")]
    assert checkpoint.size == size == len(entries)
    assert checkpoint.root == root_of(leaf_hashes(entries))
    assert secrets.checkpoints.last(ORIGIN) == checkpoint
    rows = await pool.fetch("SELECT level, index, length(hashes) / 32 AS width FROM proof.tile")
    tiles = {(t.level, t.index): t.width for t in tiles_of(size, entries=False)}
    assert {(r["level"], r["index"]): r["width"] for r in rows} == tiles


async def trouble(pool: Any) -> str | None:
    said: str | None = await pool.fetchval("SELECT trouble FROM proof.sealing")
    return said
