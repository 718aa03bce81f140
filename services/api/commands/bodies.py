"""Bodies as they come in: of the right type, not too large, not too slow, whole or known to be cut off."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from litestar.types import Receive

from services.api.faults import Malformed
from services.api.problems import (
    BODY_TOO_LARGE,
    CUT_OFF,
    TOO_SLOW,
    UNSUPPORTED_MEDIA_TYPE,
    ApiProblem,
)

BODY_SECONDS = 30
"""How long the next piece of a body may take."""

CLOSE = {"Connection": "close"}


DRAINED = 128 * 1024 * 1024
"""Bytes of a refused body that are taken in and thrown away, so that its sender gets to read why."""
DRAIN_SECONDS = 10


class CutOff(Exception):  # noqa: N818 - the client went away: nobody to answer, nothing failed
    """The client broke off before the end of its body."""


def require_type(headers: Iterable[tuple[bytes, bytes]], accepted: tuple[str, ...]) -> None:
    """Raises `unsupported-media-type`. A missing type is refused too: browsers send some requests without."""
    sent = next((v for n, v in headers if n == b"content-type"), b"")
    if not _is_one_of(sent, accepted):
        got = sent[:80].decode("latin-1")
        raise ApiProblem(UNSUPPORTED_MEDIA_TYPE, headers=CLOSE, expected=accepted[0], got=got)


@lru_cache(64)
def _is_one_of(sent: bytes, accepted: tuple[str, ...]) -> bool:
    main, _, parameters = sent.decode("latin-1").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    return main.strip() in accepted and charset in ("", "utf-8", "utf8")


def require_size(headers: Iterable[tuple[bytes, bytes]], limit: int) -> None:
    """Raises `body-too-large` where the announced length already says so."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise ApiProblem(BODY_TOO_LARGE, headers=CLOSE, limit=limit)


class Body:
    """The body of one request, read once."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def pieces(self) -> AsyncIterator[bytes]:
        """In the pieces it comes in. Raises `CutOff` or `too-slow`."""
        while not self._ended:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    piece = await self._next()
            except TimeoutError:
                raise ApiProblem(TOO_SLOW, headers=CLOSE, seconds=BODY_SECONDS) from None
            if piece is None:
                raise CutOff
            yield piece

    async def whole(self, limit: int) -> bytes:
        """All of it; how long it may take is the caller's to say. Raises `body-too-large`, `cut-off`."""
        parts, size = [], 0
        while not self._ended:
            piece = await self._next()
            if piece is None:
                raise ApiProblem(CUT_OFF)
            parts.append(piece)
            size += len(piece)
            if size > limit:
                raise ApiProblem(BODY_TOO_LARGE, headers=CLOSE, limit=limit)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def hear_out(self, refusal: ApiProblem | Malformed) -> None:
        """Before a refusal goes out, what is still coming is thrown away. Answered in the middle of a body,
        most clients see a broken connection instead of the answer."""
        if not (isinstance(refusal, ApiProblem) and refusal.code == TOO_SLOW):
            await self.drain()

    async def drain(self) -> None:
        """Throw away the rest, within `DRAINED` bytes and `DRAIN_SECONDS`."""
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._ended and size < DRAINED:
                    size += len(await self._next() or b"")

    async def _next(self) -> bytes | None:
        """The next piece; None if the client has gone."""
        message: Any = await self._receive()
        if message["type"] == "http.disconnect":
            self._ended = True
            return None
        self._ended = not message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        return piece


class Lines:
    """Cuts pieces into numbered lines, blank ones left out; holds one unfinished line at most."""

    def __init__(self, limit: int) -> None:
        self.number = 0
        """Of the last line that was finished."""
        self._limit = limit
        self._rest = b""
        self._overlong = False

    def feed(self, piece: bytes) -> list[tuple[int, bytes | None]]:
        """The lines that are finished now; None for one longer than the limit."""
        first, *others = piece.split(b"\n")
        self._hold(first)
        if not others:
            return []
        found, rest, limit = self.last(), others.pop(), self._limit
        for line in others:
            self.number += 1
            if line and not line.isspace():
                found.append((self.number, line if len(line) <= limit else None))
        self._hold(rest)
        return found

    def last(self) -> list[tuple[int, bytes | None]]:
        """The line held so far, as finished."""
        line, overlong = self._rest, self._overlong
        self._rest, self._overlong = b"", False
        self.number += 1
        if overlong:
            return [(self.number, None)]
        return [] if line.isspace() or not line else [(self.number, line)]

    def _hold(self, more: bytes) -> None:
        self._rest += more
        if len(self._rest) > self._limit:
            self._rest, self._overlong = b"", True
