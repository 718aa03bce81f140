"""The file outside the database to which every checkpoint is appended before anybody sees it.

Whoever cuts off the log's tail, tables and all, has not cut this file. It is plain: one signed note after
another.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from events.on_disk import sync_folder
from events.proof.checkpoints import Checkpoint, parse_checkpoint
from events.proof.notes import NoteError, parse_note
from events.refusals import Refused, code

FILE_VARIABLE = "KHUYENHOC_CHECKPOINT_FILE"

_NOTE = re.compile(rb"[^\n]+\n[0-9]+\n[A-Za-z0-9+/=]{44}\n(?:[^\n]+\n)*\n(?:\xe2\x80\x94 [^\n]+\n)+")
_TAIL = 1 << 16


CUT_OFF = code(
    "log-cut-off",
    vi="Sổ {origin} dừng ở vị trí {position}, nhưng {file} giữ dấu niêm của {signed} sự kiện: "
    "thiếu {missing}. Hãy khôi phục phần thiếu, hoặc chủ ý mở tiếp sổ dưới một tên mới (--new-origin).",
    en="The log {origin} ends at position {position}, but {file} holds its checkpoint of {signed} events: "
    "{missing} are missing. Restore them, or go on under a new name on purpose (--new-origin).",
)


class CutOffError(RuntimeError):
    """The log is shorter than what was signed before. `refusal` is for people, in their language."""

    def __init__(self, origin: str, position: int, signed: int, file: Path) -> None:
        self.refusal = Refused(
            CUT_OFF, origin=origin, position=position, signed=signed, file=file, missing=signed - position
        )
        super().__init__(str(self.refusal))


class CheckpointFile:
    """One log's, or several logs' of one data directory one after another."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, note: str) -> None:
        """On the disk when this returns. A note that is the last one already is not written twice."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - _TAIL))
            tail = file.read()
            raw = note.encode()
            if tail.endswith(raw):
                return
            if tail and not tail.endswith(b"\n"):
                raw = b"\n" + raw  # a write was cut short; the note after it must still be found
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if not end:
            sync_folder(self.path.parent)

    def last(self, origin: str) -> Checkpoint | None:
        """The last checkpoint of that log; None if there is none (or no file)."""
        try:
            with self.path.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                for reach in (_TAIL, end):
                    file.seek(max(0, end - reach))
                    if found := _last(file.read(), origin):
                        return found
        except FileNotFoundError:
            pass
        return None

    def refuse_cut_off(self, origin: str, position: int) -> None:
        """Raises `CutOffError` for a log that ends before its last checkpoint here."""
        last = self.last(origin)
        if last is not None and last.size > position:
            raise CutOffError(origin, position, last.size, self.path)


def checkpoint_file(environment: Mapping[str, str], data: Path | None) -> CheckpointFile | None:
    """The file that is named, else the data directory's, if there is one."""
    if named := environment.get(FILE_VARIABLE):
        return CheckpointFile(Path(named))
    return CheckpointFile(data / "checkpoints.log") if data else None


def _last(raw: bytes, origin: str) -> Checkpoint | None:
    for found in reversed(_NOTE.findall(raw)):
        try:
            checkpoint = parse_checkpoint(parse_note(found).text)
        except NoteError:
            continue
        if checkpoint.origin == origin:
            return checkpoint
    return None
