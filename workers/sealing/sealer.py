"""Seals the log: integrates what was appended, then signs a checkpoint over it.

One sealer at a time: the row of `proof.sealing` is locked and moved by compare-and-set. Killed anywhere, the
next one goes on where the row stands; Ed25519 is deterministic, so even a checkpoint signed twice is one.
A checkpoint goes into the file outside the database before anybody sees it.
"""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from events.log.naming import identity_of
from events.proof.checkpoints import Checkpoint
from events.proof.keys import SigningKeys, key_file
from events.proof.notes import NoteError, SignerKey
from events.proof.outside import CheckpointFile, CutOffError, checkpoint_file
from workers.sealing.tree import MissingEventsError, integrate, root_at

log = logging.getLogger(__name__)

PAGE = 16_384
"""Entries integrated in one transaction: whole tiles, and no more than some megabytes at once."""

BUDGET = 8.0
"""Seconds after which `seal` signs what it has and returns; the next second's task goes on."""

DATA_VARIABLE = "KHUYENHOC_DATA"


_SIGNED = "SELECT EXISTS (SELECT FROM proof.checkpoint WHERE size = $1)"


class CannotSealError(RuntimeError):
    """The sealer refuses to sign. Its text is shown to operators."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What lies outside the database: the signing keys' file, and the file of all checkpoints."""

    key_file: Path
    checkpoints: CheckpointFile

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self | None:
        """None where this host was told neither the files nor a data directory: it seals nothing."""
        told = environment.get(DATA_VARIABLE)
        data = Path(told) if told else None
        keys, checkpoints = key_file(environment, data), checkpoint_file(environment, data)
        return cls(keys, checkpoints) if keys and checkpoints else None


async def seal(pool: Any, secrets: Secrets, *, page: int = PAGE, budget: float = BUDGET) -> Checkpoint | None:
    """Bring the tree to the head and sign it. None: nothing to sign, another sealer is at it, or it refuses.

    Why it refuses stands in `proof.sealing.trouble` until it no longer does.
    """
    until = time.monotonic() + budget
    try:
        while await _integrate_page(pool, page):
            if time.monotonic() > until:
                break
        return await _sign(pool, secrets)
    except (CannotSealError, CutOffError, MissingEventsError) as trouble:
        await _note(pool, str(trouble))
        return None


async def _integrate_page(pool: Any, page: int) -> bool:
    """Whether there may be more."""
    async with pool.acquire() as connection, connection.transaction():
        # Like a read model: what is lost in a crash is made again.
        await connection.execute("SET LOCAL synchronous_commit TO off")
        size = await _lock(connection)
        if size is None:
            return False
        head = await connection.fetchval("SELECT position FROM log.head")
        if head < size:
            raise CannotSealError(f"the log ends at position {head}, but {size} events were sealed before")
        through = min(head, (size // page + 1) * page)  # pages end with tiles
        if through > size:
            await _move(connection, size, await integrate(connection, size, through))
        return bool(through < head)


async def _sign(pool: Any, secrets: Secrets) -> Checkpoint | None:
    """Sign the tree as far as it is integrated, unless that was done."""
    async with pool.acquire() as connection, connection.transaction():
        size = await _lock(connection)
        identity = await identity_of(connection) if size else None
        if not size or identity is None or not identity.vkeys:
            return None  # the service names its key when it starts
        if await connection.fetchval(_SIGNED, size):
            # Nothing new, or an older copy of the log, signed as far as it goes: that must be said.
            head = await connection.fetchval("SELECT position FROM log.head")
            secrets.checkpoints.refuse_cut_off(identity.origin, head)
            return None
        if size < identity.since:
            return None  # the log has just been renamed: the new name signs what is from there on
        keys = _keys(secrets, identity.origin, identity.vkeys)
        if not await _extends(connection, secrets.checkpoints, identity.origin, size):
            return None
        checkpoint = Checkpoint(identity.origin, size, await root_at(connection, size))
        note = checkpoint.signed(keys)
        secrets.checkpoints.append(note)
        await connection.execute(
            "INSERT INTO proof.checkpoint (size, root, note) VALUES ($1, $2, $3)", size, checkpoint.root, note
        )
        await connection.execute("UPDATE proof.sealing SET trouble = NULL, updated_at = clock_timestamp()")
    return checkpoint


def _keys(secrets: Secrets, origin: str, named: tuple[str, ...]) -> list[SignerKey]:
    """The keys of the file that the log has named. Raises `CannotSealError` if there are none."""
    try:
        keys = SigningKeys.from_file(secrets.key_file).keys
    except (NoteError, OSError) as e:
        raise CannotSealError(f"no signing key: {e}") from e
    own = [key for key in keys if str(key.verifier) in named]
    if not own:
        there = ", ".join(str(key.verifier) for key in keys)
        raise CannotSealError(f"{secrets.key_file} holds {there}, which is not the key of the log {origin}")
    return own


async def _extends(connection: Any, outside: CheckpointFile, origin: str, size: int) -> bool:
    """Whether the tree has come to the last checkpoint outside the database (its tiles may have been lost in
    a crash). Raises where it does not begin with that one."""
    last = outside.last(origin)
    if last is None or last.size == 0:
        return True
    outside.refuse_cut_off(origin, await connection.fetchval("SELECT position FROM log.head"))
    if last.size > size:
        return False
    if await root_at(connection, last.size) != last.root:
        raise CannotSealError(f"the log is not the one of its checkpoint of {last.size} events")
    return True


async def _lock(connection: Any) -> int | None:
    """The sealed size, its row locked until the transaction ends; None while another sealer is at it."""
    size: int | None = await connection.fetchval("SELECT size FROM proof.sealing FOR UPDATE SKIP LOCKED")
    return size


async def _move(connection: Any, size: int, to: int) -> None:
    moved = await connection.execute(
        "UPDATE proof.sealing SET size = $2, updated_at = clock_timestamp() WHERE size = $1", size, to
    )
    if moved != "UPDATE 1":
        raise RuntimeError(f"the tree was moved from {size} by somebody else")


async def _note(pool: Any, trouble: str) -> None:
    """Said once, not every second."""
    news = await pool.execute(
        "UPDATE proof.sealing SET trouble = $1, updated_at = clock_timestamp()"
        " WHERE trouble IS DISTINCT FROM $1",
        trouble,
    )
    if news == "UPDATE 1":
        log.error("sealing refuses: %s", trouble)
