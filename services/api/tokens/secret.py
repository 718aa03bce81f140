"""Tokens as programs carry them: `khn_<token id>_<secret>`. Only a digest of the secret is ever kept.

The secret has 256 random bits, so a plain SHA-256 is enough: there is nothing to guess from.
"""

import hashlib
import os
import re
import secrets
from pathlib import Path
from uuid import UUID

import uuid_utils
from asyncpg.pgproto import pgproto

from events.vocabulary import LOCAL_ACTOR

_FORM = re.compile(r"khn_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


def new_token() -> tuple[UUID, str]:
    """A fresh token: (its id, the whole of it, to be shown once)."""
    token_id = UUID(int=uuid_utils.uuid7().int)
    return token_id, f"khn_{token_id.hex}_{secrets.token_urlsafe(32)}"


def read_token(text: str) -> tuple[UUID, bytes] | None:
    """(token id, digest of the secret) of a token; None for anything else."""
    form = _FORM.fullmatch(text)
    return (pgproto.UUID(form[1]), digest_of(text)) if form else None  # read at a third of the cost


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def local_token(file: Path) -> str:
    """The token of whoever may read this file (0600), made if there is none; it acts as the local actor.

    Two makers: the first wins. To withdraw it, remove the file and start the service again.
    """
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(f"khn_{LOCAL_ACTOR.hex}_{secrets.token_urlsafe(32)}\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text("ascii").strip()
