"""Answers of the service that become files: whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

from services.cli.ledger import Ledger, RefusedError, sentence_of


def fetch(ledger: Ledger, path: str, query: dict[str, str | None], file: IO[bytes]) -> None:
    """Write the answer, however long the service takes to make it. Raises `RefusedError`."""
    asked = {name: value for name, value in query.items() if value is not None}
    with ledger.http.stream("GET", path, params=asked, timeout=httpx.Timeout(None, connect=5)) as answer:
        if answer.is_error:
            answer.read()
            raise RefusedError(sentence_of(answer))
        for piece in answer.iter_bytes():
            file.write(piece)
    file.flush()


@contextmanager
def written(out: Path) -> Iterator[IO[bytes]]:
    """A file to write to, that takes its place once it is complete. Raises `RefusedError`."""
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(out)
    except OSError as e:
        raise RefusedError(f"Không ghi được {out}: {e.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
