"""Bodies as they come in: of the right type, not too large, not too slow, whole or known to be cut off."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable

from litestar.types import Receive

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


class CutOff(Exception):  # noqa: N818 - the client went away: nobody to answer, nothing failed
    """The client broke off before the end of its body."""


def require_type(headers: Iterable[tuple[bytes, bytes]], accepted: Collection[str]) -> None:
    """Raises `unsupported-media-type`. A missing type is refused too: browsers send some requests without."""
    sent = next((v for n, v in headers if n == b"content-type"), b"").decode("latin-1")
    main, _, parameters = sent.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if main.strip().lower() not in accepted or charset not in ("", "utf-8", "utf8"):
        raise ApiProblem(UNSUPPORTED_MEDIA_TYPE, headers=CLOSE, expected=next(iter(accepted)), got=sent[:80])


def require_size(headers: Iterable[tuple[bytes, bytes]], limit: int) -> None:
    """Raises `body-too-large` where the announced length already says so."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise ApiProblem(BODY_TOO_LARGE, headers=CLOSE, limit=limit)


async def pieces(receive: Receive) -> AsyncIterator[bytes]:
    """The body in the pieces it comes in. Raises `CutOff` or `too-slow`."""
    more = True
    while more:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                message = await receive()
        except TimeoutError:
            raise ApiProblem(TOO_SLOW, headers=CLOSE, seconds=BODY_SECONDS) from None
        if message["type"] == "http.disconnect":
            raise CutOff
        yield message["body"]  # type: ignore[typeddict-item]
        more = message.get("more_body", False)  # type: ignore[assignment]


async def whole(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises `body-too-large`, `too-slow`, `cut-off`."""
    parts, size = [], 0
    try:
        async for piece in pieces(receive):
            parts.append(piece)
            size += len(piece)
            if size > limit:
                raise ApiProblem(BODY_TOO_LARGE, headers=CLOSE, limit=limit)
    except CutOff:
        raise ApiProblem(CUT_OFF) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


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
        found = []
        for other in others:
            found += self.last()
            self._hold(other)
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
