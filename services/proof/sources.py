"""Where a log is checked: a bundle's directory, or a service by its address. Both are read as paths."""

import datetime as dt
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import IO, Protocol, TypeVar

import httpx
import msgspec

from events.proof.merkle import HASH_SIZE
from events.proof.tiles import WIDTH, Tile
from services.api.feed.shapes import Columns, EventColumns
from services.api.log.shapes import SignedCheckpoints
from services.cli.tables import as_csv
from services.statistics.yearly import YearlyTable

T = TypeVar("T")
AHEAD = 16
"""Files asked for before they are needed."""


class SourceError(Exception):
    """The log cannot be read there. Its text says why."""


class Source(Protocol):
    """A tlog-tiles log, and what may lie beside it."""

    def read(self, path: str) -> bytes | None:
        """The file of that path; None if there is none. Raises `SourceError`."""

    def checkpoints(self) -> Iterable[tuple[str, bytes]]:
        """Earlier checkpoints, with where each was found."""

    def tables(self) -> list[str] | None:
        """Paths of the tables that lie there; None where they are made when asked for."""

    def table(self, path: str, unit: str, year: int, *, as_known: int, tree: dt.date) -> bytes | None:
        """A yearly table as canonical CSV."""

    def columns(self) -> Iterable[EventColumns] | None:
        """What was derived beside each entry, in order; None where it is not told."""

    def books(self, path: str) -> IO[bytes] | None:
        """The fund books that lie there, to be read and closed; None if there are none."""


class Directory:
    """A bundle, or any other log written out as files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        for file in sorted((self._root / "checkpoints").glob("*")):
            yield f"checkpoints/{file.name}", file.read_bytes()

    def tables(self) -> list[str]:
        files = (self._root / "tables").rglob("*.csv")
        return sorted(file.relative_to(self._root).as_posix() for file in files)

    def table(self, path: str, unit: str, year: int, *, as_known: int, tree: dt.date) -> bytes | None:
        return self.read(path)

    def columns(self) -> None:
        return None

    def books(self, path: str) -> IO[bytes] | None:
        try:
            return (self._root / path).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return None


class Service:
    """A running service, or any server of a log below `address`/log or `address` itself."""

    def __init__(self, http: httpx.Client, address: str) -> None:
        self._http = http
        self._address = address.rstrip("/")
        self._log = self._address + "/log"
        if self._ask(self._log + "/checkpoint") is None:
            self._log = self._address

    def read(self, path: str) -> bytes | None:
        return self._ask(f"{self._log}/{path}")

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        after = 0
        while raw := self._ask(f"{self._log}/checkpoints?after={after}&limit=1000"):
            try:
                page = msgspec.json.decode(raw, type=SignedCheckpoints).checkpoints
            except msgspec.DecodeError:
                return  # a foreign server's answer
            for one in page:
                yield f"/log/checkpoints of {one.size}", one.note.encode()
                after = one.size
            if not page:
                return

    def tables(self) -> None:
        return None

    def table(self, path: str, unit: str, year: int, *, as_known: int, tree: dt.date) -> bytes | None:
        raw = self._ask(f"{self._address}/v1/units/{unit}/statistics/{year}?as_known={as_known}&tree={tree}")
        return None if raw is None else as_csv(msgspec.json.decode(raw, type=YearlyTable)).encode()

    def columns(self) -> Iterable[EventColumns] | None:
        first = self._columns(0)
        return None if first is None else self._all_columns(first)

    def _all_columns(self, page: list[EventColumns]) -> Iterator[EventColumns]:
        """Positions are dense: the next page is asked for while this one is looked at."""
        with ThreadPoolExecutor(1) as thread:
            while page:
                going = thread.submit(self._columns, page[-1].position)
                yield from page
                page = going.result() or []

    def _columns(self, after: int) -> list[EventColumns] | None:
        raw = self._ask(f"{self._address}/v1/events/columns?after={after}&limit=1000")
        return None if raw is None else msgspec.json.decode(raw, type=Columns).events

    def books(self, path: str) -> None:
        return None

    def write_books(self, program: str, file: IO[bytes], *, as_known: int) -> None:
        """All fund books as that program reads them, however long it takes. Raises `SourceError`."""
        url = f"{self._address}/v1/books/{program}?as_known={as_known}&min_position={as_known}"
        try:
            with self._http.stream("GET", url, timeout=httpx.Timeout(None, connect=5)) as answer:
                if answer.is_error:
                    raise SourceError(f"{url}: HTTP {answer.status_code}")
                for piece in answer.iter_bytes():
                    file.write(piece)
        except httpx.HTTPError as e:
            raise SourceError(f"{url}: {e}") from e

    def _ask(self, url: str) -> bytes | None:
        try:
            answer = self._http.get(url)
        except httpx.HTTPError as e:
            raise SourceError(f"{url}: {e}") from e
        if answer.status_code == 404:
            return None
        if answer.is_error:
            raise SourceError(f"{url}: HTTP {answer.status_code}")
        return answer.content


def read_tile(source: Source, tile: Tile) -> bytes | None:
    """A tile's bytes. Of a partial one that is gone, the beginning of the full one."""
    raw = source.read(tile.path)
    if raw is None and tile.width < WIDTH:
        raw = source.read(Tile(tile.level, tile.index).path)
        if raw is not None and tile.level >= 0:
            return raw[: tile.width * HASH_SIZE]
    return raw


def tiles_ahead(source: Source, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, bytes | None]]:
    """Tiles in their order; from afar, some are fetched while earlier ones are looked at."""
    if isinstance(source, Directory):
        yield from ((tile, read_tile(source, tile)) for tile in tiles)
        return
    with ThreadPoolExecutor(4) as threads:
        rest = iter(tiles)
        going = [(tile, threads.submit(read_tile, source, tile)) for tile in islice(rest, AHEAD)]
        while going:
            tile, found = going.pop(0)
            yield tile, found.result()
            going += [(more, threads.submit(read_tile, source, more)) for more in islice(rest, 1)]
