"""C2SP tlog-checkpoint v1.0.0 and tlog-cosignature v1: a log's size and root, signed.

<origin>
<size, decimal>
<root, base64>
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from events.proof.merkle import HASH_SIZE
from events.proof.notes import (
    COSIGNATURE,
    Note,
    NoteError,
    SignerKey,
    VerifierKey,
    parse_note,
    signature_line,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first `size` entries of the log named `origin` have this root. `extra`: further lines."""

    origin: str
    size: int
    root: bytes
    extra: tuple[str, ...] = ()

    def text(self) -> str:
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extra]
        return "\n".join(lines) + "\n"

    def signed(self, keys: Iterable[SignerKey]) -> str:
        """The note, with a signature line by each key."""
        text = self.text()
        return text + "\n" + "".join(key.line(text) for key in keys)


def parse_checkpoint(text: str) -> Checkpoint:
    """From a note's text. Raises `NoteError`."""
    lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < 3 or not all(lines):
        raise NoteError("a checkpoint has an origin, a size and a root, a line each")
    origin, size, root, *extra = lines
    if not _SIZE.fullmatch(size):
        raise NoteError(f"a checkpoint's size is a decimal number without leading zeros, not {size[:40]!r}")
    try:
        decoded = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as e:
        raise NoteError("a checkpoint's root is standard base64") from e
    if len(decoded) != HASH_SIZE or base64.b64encode(decoded).decode() != root:
        raise NoteError("a checkpoint's root is 32 bytes in standard base64")
    return Checkpoint(origin, int(size), decoded, tuple(extra))


def read_checkpoint(raw: bytes, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, Note]:
    """A checkpoint signed by at least one of the keys. Raises `NoteError` naming what is wrong."""
    note = parse_note(raw)
    checkpoint = parse_checkpoint(note.text)
    known = list(keys)
    if not [key for key in known if note.signed_by(key)]:
        there = ", ".join(f"{s.name} (key {s.key_id.hex()})" for s in note.signatures)
        asked = ", ".join(f"{k.name} (key {k.id.hex()})" for k in known)
        raise NoteError(f"not signed by {asked}; signed by {there}")
    return checkpoint, note


def cosignature_message(text: str, timestamp: int) -> bytes:
    """What a witness signs: that it saw this checkpoint, an extension of all it saw before, at that time."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def cosign(key: SignerKey, text: str, timestamp: int) -> str:
    """A witness's signature line. `timestamp`: seconds since 1970."""
    if key.kind != COSIGNATURE:
        raise NoteError("a witness signs with a cosignature key (type 0x04)")
    blob = timestamp.to_bytes(8, "big") + key.sign(cosignature_message(text, timestamp))
    return signature_line(key.verifier, blob)


def cosigned_at(note: Note, key: VerifierKey) -> int | None:
    """When a witness cosigned, None if it did not. Raises `NoteError` for a wrong cosignature."""
    latest: int | None = None
    for signature in note.signatures:
        if signature.name == key.name and signature.key_id == key.id:
            timestamp = int.from_bytes(signature.blob[:8], "big")
            message = cosignature_message(note.text, timestamp)
            if len(signature.blob) != 72 or not key.verifies(message, signature.blob[8:]):
                raise NoteError(f"the cosignature of {key.name} (key {key.id.hex()}) is wrong")
            latest = max(latest or 0, timestamp)
    return latest
