"""Where a log is checked: a bundle's directory, or a service by its address. Both are read as paths."""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import IO, Protocol, TypeVar

import httpx
import msgspec
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay

from events.proof.merkle import HASH_SIZE
from events.proof.tiles import WIDTH, Tile, first_entries
from services.api.feed.shapes import Columns, EventColumns
from services.api.log.shapes import SignedCheckpoints
from services.cli.tables import as_csv
from services.statistics.yearly import YearlyTable

T = TypeVar("T")
AHEAD = 16
"""Files asked for before they are needed."""
PATIENCE = 120.0
"""Seconds that a service which did answer may be away or too busy before its log is given up: longer than the
minute that too many requests are told to wait."""
AGAIN, SOONEST = 1.0, 0.05
"""Seconds before it is asked again, where it does not say; and where it says that it may be at once."""


class SourceError(Exception):
    """The log cannot be read there. Its text says why."""


class NotNowError(SourceError):
    """It may be there in `after` seconds."""

    def __init__(self, why: str, after: float = AGAIN) -> None:
        super().__init__(why)
        self.after = after


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
    """A running service, or any server of a log below `address`/log or `address` itself.

    Thousands of requests are made of it: once it has answered, it may break off a connection, start anew, or
    ask for a rest (429 or 503, `Retry-After`), and is asked again for up to `patience` seconds.
    """

    def __init__(self, http: httpx.Client, address: str, patience: float = PATIENCE) -> None:
        self._http = http
        self._address = address.rstrip("/")
        self._log = self._address + "/log"
        self._patience = patience
        if self._once(self._log + "/checkpoint") is None:
            self._log = self._address

    def hurried(self) -> "Service":
        """The same, for asking ahead in a thread: it does not wait, but raises `NotNowError` at once."""
        made = copy.copy(self)
        made._patience = 0
        return made

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
        ahead = self.hurried()
        with ThreadPoolExecutor(1) as thread:
            while page:
                last = page[-1].position
                going = thread.submit(ahead._columns, last)
                yield from page
                try:
                    page = going.result() or []
                except NotNowError:
                    page = self._columns(last) or []

    def _columns(self, after: int) -> list[EventColumns] | None:
        raw = self._ask(f"{self._address}/v1/events/columns?after={after}&limit=1000")
        return None if raw is None else msgspec.json.decode(raw, type=Columns).events

    def books(self, path: str) -> None:
        return None

    def write_books(self, program: str, file: IO[bytes], *, as_known: int) -> None:
        """All fund books as that program reads them, however long it takes. Raises `SourceError`."""
        url = f"{self._address}/v1/books/{program}?as_known={as_known}&min_position={as_known}"
        begin = file.tell()

        def once() -> None:
            file.seek(begin)
            file.truncate()
            try:
                with self._http.stream("GET", url, timeout=httpx.Timeout(None, connect=5)) as answer:
                    _demand(answer, url)
                    for piece in answer.iter_bytes():
                        file.write(piece)
            except httpx.HTTPError as e:
                raise NotNowError(f"{url}: {e!r}") from e

        self._patiently(once)

    def _ask(self, url: str) -> bytes | None:
        return self._patiently(lambda: self._once(url))

    def _once(self, url: str) -> bytes | None:
        try:
            answer = self._http.get(url)
        except httpx.HTTPError as e:
            raise NotNowError(f"{url}: {e!r}") from e
        if answer.status_code == 404:
            return None
        _demand(answer, url)
        return answer.content

    def _patiently(self, once: Callable[[], T]) -> T:
        again = Retrying(
            retry=retry_if_exception_type(NotNowError),
            wait=_as_told,
            stop=stop_after_delay(self._patience),
            reraise=True,
        )
        return again(once)


def _demand(answer: httpx.Response, url: str) -> None:
    """Raises `SourceError` unless that is what was asked for."""
    if answer.status_code in (429, 503):
        told = answer.headers.get("retry-after", "")
        after = float(told) if told.isascii() and told.isdecimal() else AGAIN
        raise NotNowError(f"{url}: HTTP {answer.status_code}", min(max(after, SOONEST), PATIENCE))
    if answer.is_error:
        raise SourceError(f"{url}: HTTP {answer.status_code}")


def _as_told(state: RetryCallState) -> float:
    failed = state.outcome.exception() if state.outcome else None
    return failed.after if isinstance(failed, NotNowError) else AGAIN


def read_tile(source: Source, tile: Tile) -> bytes | None:
    """A tile's bytes. Of a partial one that is gone, the beginning of the full one."""
    raw = source.read(tile.path)
    if raw is None and tile.width < WIDTH:
        raw = source.read(Tile(tile.level, tile.index).path)
        if raw is not None:
            return first_entries(raw, tile.width) if tile.level < 0 else raw[: tile.width * HASH_SIZE]
    return raw


def tiles_ahead(source: Source, tiles: Iterable[Tile]) -> Iterator[tuple[Tile, bytes | None]]:
    """Tiles in their order; from afar, some are fetched while earlier ones are looked at."""
    if isinstance(source, Directory):
        yield from ((tile, read_tile(source, tile)) for tile in tiles)
        return
    ahead = source.hurried() if isinstance(source, Service) else source
    with ThreadPoolExecutor(4) as threads:
        rest = iter(tiles)
        going = [(tile, threads.submit(read_tile, ahead, tile)) for tile in islice(rest, AHEAD)]
        while going:
            tile, found = going.pop(0)
            try:
                content = found.result()
            except NotNowError:
                content = read_tile(source, tile)
            yield tile, content
            going += [(more, threads.submit(read_tile, ahead, more)) for more in islice(rest, 1)]
