"""Answers as bytes: encoded once, with the few headers every answer has. Nothing here decides anything."""

import os
from collections.abc import Iterable
from typing import IO, Any

import msgspec
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from events.refusals import Language
from services.api.problems import PROBLEM, Problem

JSON = "application/json"
PIECE = 256 * 1024
"""Bytes sent at a time."""

ENCODER = msgspec.json.Encoder(decimal_format="number")

Headers = Iterable[tuple[bytes, bytes]]


class Answer(ASGIResponse):
    """A finished answer. Litestar sends it as it is, which keeps the way of a command short."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(
        self, status: int, body: bytes, media_type: bytes = b"application/json", headers: Headers = ()
    ) -> None:
        self._status = status
        self._body = body
        self._headers = [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            *headers,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


class Streamed(Answer):
    """An answer sent piece by piece from a temporary file, which ends with it."""

    __slots__ = ("_file",)

    def __init__(self, file: IO[bytes], media_type: bytes, headers: Headers = ()) -> None:
        self._file = file
        length = file.seek(0, os.SEEK_END)
        self._headers = [(b"content-type", media_type), (b"content-length", b"%d" % length), *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file as file:
            file.seek(0)
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            while piece := file.read(PIECE):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def answer(
    content: Any,
    position: int | None,
    *,
    status: int = 200,
    link: str | None = None,
    media_type: str = JSON,
) -> Answer:
    """Content with the position it reflects; `link` is where the next page is (RFC 8288)."""
    headers: list[tuple[bytes, bytes]] = []
    if position is not None:
        headers.append((b"ledger-position", b"%d" % position))
    if link is not None:
        headers.append((b"link", f'<{link}>; rel="next"'.encode("ascii")))
    return Answer(status, ENCODER.encode(content), media_type.encode(), headers)


def problem_answer(problem: Problem, language: Language, headers: Headers = ()) -> Answer:
    """A problem, in the language it was told in."""
    return Answer(
        problem.status, ENCODER.encode(problem), PROBLEM.encode(), [*language_header(language), *headers]
    )


def language_header(language: Language) -> list[tuple[bytes, bytes]]:
    return [(b"content-language", language.encode()), (b"vary", b"accept-language")]
