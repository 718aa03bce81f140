"""A check that asks thousands of times outlives a service that is busy, starts anew or breaks off; one that
was never there is told at once."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from events.proof.merkle import HASH_SIZE
from events.proof.tiles import WIDTH, Tile
from services.proof.sources import Service, SourceError, tiles_ahead

TILES = 40
"""More than are asked for ahead."""


class Moody(ThreadingHTTPServer):
    """Serves tiles that hold their own path; `mood` may spoil an answer first."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.mood: Callable[[_Answers], bool] = lambda request: False
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Moody

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.mood(self):
            return
        body = content(self.path.removeprefix("/log/"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: int, after: str | None = None) -> bool:
        self.send_response(status)
        if after is not None:
            self.send_header("Retry-After", after)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def break_off(self) -> bool:
        """Half of an answer, then nothing."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        return True

    def log_message(self, *_: Any) -> None:
        return


def content(path: str) -> bytes:
    return path.encode().ljust(WIDTH * HASH_SIZE, b".")


@pytest.fixture
def moody() -> Iterator[Moody]:
    server = Moody()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


SPOILT: dict[str, Callable[[_Answers], bool]] = {
    "too-many": lambda request: request.refuse(429, "0"),
    "away": lambda request: request.refuse(503, "0"),
    "broken-off": lambda request: request.break_off(),
}


@pytest.mark.parametrize("how", SPOILT)
def test_every_fourth_answer_is_spoilt(moody: Moody, http: httpx.Client, how: str) -> None:
    """The tiles come all the same, whole and in their order."""
    service = Service(http, moody.url)
    counting = iter(range(10**6))
    moody.mood = lambda request: next(counting) % 4 == 1 and SPOILT[how](request)
    tiles = [Tile(0, n) for n in range(TILES)]
    found = list(tiles_ahead(service, tiles))
    assert found == [(tile, content(tile.path)) for tile in tiles]
    books = io.BytesIO(b"before")
    books.seek(0, io.SEEK_END)
    service.write_books("hledger", books, as_known=1)
    assert books.getvalue().startswith(b"before/v1/books/hledger?as_known=1")
    assert len(moody.asked) > TILES


def test_it_waits_as_long_as_it_is_told(moody: Moody, http: httpx.Client) -> None:
    service = Service(http, moody.url)
    moody.mood = lambda request: len(moody.asked) == 2 and request.refuse(429, "1")
    begun = time.monotonic()
    assert service.read("x") == content("x")
    assert time.monotonic() - begun >= 1


def test_patience_ends(moody: Moody, http: httpx.Client) -> None:
    service = Service(http, moody.url, patience=0.2)
    moody.mood = lambda request: request.refuse(503, "0")
    with pytest.raises(SourceError, match="HTTP 503"):
        list(tiles_ahead(service, [Tile(0, n) for n in range(TILES)]))
    assert len(moody.asked) > 2


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_what_will_not_change_is_not_asked_again(moody: Moody, http: httpx.Client, status: int) -> None:
    service = Service(http, moody.url)
    moody.mood = lambda request: request.refuse(status)
    with pytest.raises(SourceError, match=f"HTTP {status}"):
        service.read("x")
    assert len(moody.asked) == 2


def test_nobody_there_is_told_at_once(moody: Moody, http: httpx.Client) -> None:
    moody.mood = lambda request: request.refuse(503, "0")
    with pytest.raises(SourceError):
        Service(http, moody.url)
    assert len(moody.asked) == 1
