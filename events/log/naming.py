"""What this log is called and which keys sign it: found in, and appended to, the log itself."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from events.catalogue.log import LogKeyAdded, LogRestarted, LogStarted
from events.deciding import Command
from events.declare import CATALOGUE
from events.log.read import Connection, read_stream
from events.proof.keys import SigningKeys
from events.proof.notes import NoteError
from events.proof.outside import CheckpointFile
from events.refusals import Refused, code
from events.vocabulary import LOCAL_ACTOR, today

if TYPE_CHECKING:
    from events.log.append import Log

logger = logging.getLogger("khuyenhoc.log")

_SIGNED = "SELECT coalesce(max(size), 0) FROM proof.checkpoint"


SEALED_FURTHER = code(
    "log-sealed-further",
    vi="Cơ sở dữ liệu đã niêm {sealed} sự kiện nhưng sổ chỉ còn {position}: hãy khôi phục bản sao lưu trước.",
    en="{sealed} events are sealed in the database, but the log ends at {position}: restore a backup first.",
)


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs the log and what was signed, both outside the database."""

    key_file: Path
    checkpoints: CheckpointFile | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a log says of itself."""

    origin: str
    since: int
    """The position from which on it bears that name."""
    vkeys: tuple[str, ...]
    """Every key it named under that name, in order."""


async def identity_of(connection: Connection) -> Identity | None:
    """None while the log is empty."""
    found: Identity | None = None
    for stored in await read_stream(connection, "log"):
        data = stored.fact.data
        if isinstance(data, (LogStarted, LogRestarted)):
            found = Identity(data.origin, stored.position, ())
        elif isinstance(data, LogKeyAdded) and found is not None:
            found = replace(found, vkeys=(*found.vkeys, data.vkey))
    return found


async def restart(log: "Log", pool: Any, signing: Signing, origin: str) -> None:
    """Go on under another name, with a key of its own: on purpose, where the log was cut off or its key lost.

    Does nothing where the log bears that name already. Raises `Refused` for a name it has borne before, and
    where the tree in the database is ahead of the log: it holds what is lost, and can only grow.
    """
    identity = await identity_of(pool)
    assert identity is not None, "the log has begun"
    if identity.origin == origin:
        return
    sealed, position = await pool.fetchrow("SELECT s.size, h.position FROM proof.sealing s, log.head h")
    if sealed > position:
        raise Refused(SEALED_FURTHER, sealed=sealed, position=position)
    last = signing.checkpoints.last(identity.origin) if signing.checkpoints else None
    signed = max(await pool.fetchval(_SIGNED), last.size if last else 0)
    data = LogRestarted(origin=origin, previous_origin=identity.origin, signed_size=signed)
    command = Command(CATALOGUE["LogRestarted"], data, today(), uuid4(), LOCAL_ACTOR)
    for dry_run in (True, False):  # no key is made for a name that is refused
        (outcome,) = await log.record([command], dry_run=dry_run)
        if isinstance(outcome, Refused):
            raise outcome
        if dry_run:
            SigningKeys.renamed(signing.key_file, origin)


async def name_keys(log: "Log", pool: Any, signing: Signing) -> None:
    """Refuse a log that was cut off; make the signing key at first start; append what is not named yet.

    A new key is named only by whoever also holds an earlier one. Raises `CutOffError`.
    """
    identity = await identity_of(pool)
    assert identity is not None, "the log has begun"
    if signing.checkpoints:
        head = await pool.fetchval("SELECT position FROM log.head")
        signing.checkpoints.refuse_cut_off(identity.origin, head)
    try:
        new = None if identity.vkeys else identity.origin
        keys = SigningKeys.from_file(signing.key_file, create_for=new)
    except (NoteError, OSError) as e:
        logger.warning("no checkpoint can be signed here: %s", e)
        return
    own = [str(k.verifier) for k in keys.keys if k.name == identity.origin]
    if not own or (identity.vkeys and not set(own) & set(identity.vkeys)):
        logger.warning("%s holds no key of the log %s: sealing refuses", signing.key_file, identity.origin)
        return
    kind, day = CATALOGUE["LogKeyAdded"], today()
    unnamed = [vkey for vkey in own if vkey not in identity.vkeys]
    # Refused where another process named it just now: once is enough.
    await log.record([Command(kind, LogKeyAdded(vkey=v), day, uuid4(), LOCAL_ACTOR) for v in unnamed])
