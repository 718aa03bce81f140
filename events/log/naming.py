"""Which keys sign this log: found in, and at first start appended to, the log itself."""

import datetime as dt
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from events.catalogue.log import LogKeyAdded, LogStarted
from events.deciding import Command
from events.declare import CATALOGUE
from events.log.read import Connection, read_stream
from events.proof.keys import SigningKeys
from events.proof.notes import NoteError
from events.proof.outside import CheckpointFile
from events.vocabulary import LOCAL_ACTOR, day_of

if TYPE_CHECKING:
    from events.log.append import Log

logger = logging.getLogger("khuyenhoc.log")


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs the log and what was signed, both outside the database."""

    key_file: Path
    checkpoints: CheckpointFile | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a log says of itself. `vkeys`: every key it ever named, in order."""

    origin: str
    vkeys: tuple[str, ...]


async def identity_of(connection: Connection) -> Identity | None:
    """None while the log is empty."""
    data = [e.fact.data for e in await read_stream(connection, "log")]
    origins = [d.origin for d in data if isinstance(d, LogStarted)]
    vkeys = tuple(d.vkey for d in data if isinstance(d, LogKeyAdded))
    return Identity(origins[0], vkeys) if origins else None


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
    kind, today = CATALOGUE["LogKeyAdded"], day_of(dt.datetime.now(dt.UTC))
    unnamed = [vkey for vkey in own if vkey not in identity.vkeys]
    # Refused where another process named it just now: once is enough.
    await log.record([Command(kind, LogKeyAdded(vkey=v), today, uuid4(), LOCAL_ACTOR) for v in unnamed])
