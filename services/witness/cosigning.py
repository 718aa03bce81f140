"""The witness's decision on one request of C2SP tlog-witness v1.0.0. Nothing else decides it.

old <size>
<consistency proof, a hash a line>

<checkpoint>
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from events.proof.checkpoints import Checkpoint, cosign, parse_checkpoint
from events.proof.merkle import EMPTY_ROOT, HASH_SIZE, BadProofError, check_consistency
from events.proof.notes import Note, NoteError, SignerKey, VerifierKey, parse_note
from services.witness.state import State

SIZE_TYPE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class Told:
    """An answer."""

    status: int
    body: str
    media_type: str = "text/plain; charset=utf-8"


class Cosigner:
    """Cosigns for the logs whose keys it was given. One at a time: check and keeping are one step."""

    def __init__(
        self, key: SignerKey, logs: Sequence[VerifierKey], state: State, now: Callable[[], float]
    ) -> None:
        self._key = key
        self._logs = list(logs)
        self._state = state
        self._now = now

    def add_checkpoint(self, body: bytes) -> Told:
        """What to answer. The new checkpoint is kept, on the disk, before it is cosigned."""
        try:
            old, proof, note, checkpoint = _read(body)
        except (NoteError, ValueError) as e:
            return Told(400, f"{e}\n")
        keys = [key for key in self._logs if key.name == checkpoint.origin]
        if not keys:
            return Told(404, "this witness does not know that log\n")
        try:
            signed = sum(note.signed_by(key) for key in keys)
        except NoteError as e:
            return Told(403, f"{e}\n")
        if not signed:
            return Told(403, "not signed by a key of that log\n")
        if old > checkpoint.size:
            return Told(400, "the old size is larger than the checkpoint's\n")
        size, root = self._state.last(checkpoint.origin)
        if old != size:
            return Told(409, f"{size}\n", SIZE_TYPE)
        if size == checkpoint.size and size and root != checkpoint.root:
            return Told(409, f"{size}\n", SIZE_TYPE)  # two roots of one size: a fork
        try:
            check_consistency(old, root if old else EMPTY_ROOT, checkpoint.size, checkpoint.root, proof)
        except BadProofError as e:
            return Told(422, f"{e}\n")
        self._state.keep(checkpoint)
        return Told(200, cosign(self._key, checkpoint.text(), int(self._now())))


def _read(body: bytes) -> tuple[int, list[bytes], Note, Checkpoint]:
    head, gap, rest = body.partition(b"\n\n")
    lines = head.decode("ascii").split("\n")
    found = _OLD.fullmatch(lines[0])
    if not found or not gap:
        raise ValueError("an old size, proof lines, an empty line and a checkpoint are expected")
    if len(lines) - 1 > _MOST_HASHES:
        raise ValueError(f"more than {_MOST_HASHES} hashes")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines[1:]]
    except binascii.Error as e:
        raise ValueError("a proof line is not base64") from e
    if any(len(one) != HASH_SIZE for one in proof):
        raise ValueError("a proof line is not a hash")
    note = parse_note(rest)
    return int(found.group(1)), proof, note, parse_checkpoint(note.text)
