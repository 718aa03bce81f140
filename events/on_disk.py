"""Files outside the database that must be whole, and still there after a crash: keys, checkpoints."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def make_once(path: Path, content: bytes) -> None:
    """Make the file, 0400, unless there is one (two makers: one wins). On the disk when this returns."""
    with _draft(path, content) as draft, suppress(FileExistsError):
        os.link(draft, path)


def replace(path: Path, content: bytes) -> None:
    """Put another file, 0400, in its place. On the disk when this returns."""
    with _draft(path, content) as draft:
        draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Put the folder's list of names on the disk; a file that is new there is lost without."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    """A file beside it with that content, gone afterwards. Its name is new, for one that was left behind by
    a crash must not be in the way."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(number, 0o400)
            file.write(content)
            file.flush()
            os.fsync(number)
        yield draft
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)
