"""C2SP tlog-proof: one entry's proof as a file that can be checked without the rest of the log.

c2sp.org/tlog-proof@v1
index <n>
<hash, base64> …      leaf to root

<checkpoint, verbatim>
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from events.proof.checkpoints import Checkpoint, read_checkpoint
from events.proof.merkle import HASH_SIZE, BadProofError, check_inclusion, leaf_hash
from events.proof.notes import VerifierKey

MEDIA_TYPE = "text/plain; charset=utf-8"
_FIRST = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class InclusionFile:
    """What a `.tlog-proof` holds. `checkpoint`: the note, its bytes as they were signed and served."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encoded(self) -> bytes:
        lines = [_FIRST, f"index {self.index}", *(base64.b64encode(h).decode() for h in self.path)]
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint


def parse_proof(raw: bytes) -> InclusionFile:
    """Raises `BadProofError`."""
    head, gap, checkpoint = raw.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        if lines.pop(0) != _FIRST or not gap:
            raise BadProofError("not a c2sp.org/tlog-proof@v1 file")
        if lines and lines[0].startswith("extra "):
            lines.pop(0)
        word, _, number = lines.pop(0).partition(" ")
        if word != "index" or not number.isascii() or not number.isdecimal() or str(int(number)) != number:
            raise BadProofError("the proof file does not say which entry it is about")
        path = tuple(base64.b64decode(line, validate=True) for line in lines)
    except (IndexError, UnicodeDecodeError, binascii.Error) as e:
        raise BadProofError("the proof file cannot be read") from e
    if len(path) > 63 or any(len(h) != HASH_SIZE for h in path):
        raise BadProofError("the proof's hashes are not such")
    return InclusionFile(int(number), path, checkpoint)


def check_proof(raw: bytes, entry: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """The checkpoint under which that entry is proved. Raises `BadProofError` or `NoteError`."""
    proof = parse_proof(raw)
    checkpoint, _ = read_checkpoint(proof.checkpoint, keys)
    check_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def hash_lines(hashes: Iterable[bytes]) -> str:
    """A hash a line, base64, as proofs are written for witnesses."""
    return "".join(base64.b64encode(h).decode() + "\n" for h in hashes)
