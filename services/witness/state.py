"""What a witness remembers of each log: the last checkpoint it cosigned. A file; no database to lose it with.

It must never go back: a state restored from an old backup would let a log fork behind it.
"""

import os
from pathlib import Path

import msgspec

from events.proof.checkpoints import Checkpoint

KEY_VARIABLE = "KHUYENHOC_WITNESS_KEY_FILE"
STATE_VARIABLE = "KHUYENHOC_WITNESS_STATE"
LOGS_VARIABLE = "KHUYENHOC_WITNESS_LOGS"
"""Where a witness finds its key, this state, and the verifier keys of the logs, between spaces."""


class Seen(msgspec.Struct, frozen=True):
    """The last checkpoint of one log."""

    size: int
    root: str
    """Hexadecimal."""


class State:
    """The file, read once and written before every answer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._seen = msgspec.json.decode(path.read_bytes(), type=dict[str, Seen])
        except FileNotFoundError:
            self._seen = {}

    def last(self, origin: str) -> tuple[int, bytes]:
        """Size and root; 0 where that log was never cosigned."""
        seen = self._seen.get(origin)
        return (seen.size, bytes.fromhex(seen.root)) if seen else (0, b"")

    def keep(self, checkpoint: Checkpoint) -> None:
        """On the disk when this returns."""
        self._seen[checkpoint.origin] = Seen(checkpoint.size, checkpoint.root.hex())
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self._seen)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
