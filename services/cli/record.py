"""`khuyenhoc record`: commands from NDJSON through the batch route, an answer for each line.

A line without a command id gets one from the file and its number: a second run records nothing twice.
"""

import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid5

import msgspec

from services.cli.ledger import Ledger, RefusedError, sentence_of
from services.cli.screen import progress

CHUNK = 2_000
"""Lines sent in one request, at most."""
CHUNK_BYTES = 16 * 1024 * 1024
"""And bytes; the service takes four times that."""

_LINES = UUID("6f5c1f0e-6a0c-5b1f-9a66-3d5f0c1c2a10")
_WHITESPACE = b" \t\r\n"
_NULL_ID = re.compile(rb'("command_id"\s*:\s*)null')


class _Identified(msgspec.Struct):
    """Of a command, its id only."""

    command_id: Any = None


def record_file(ledger: Ledger, file: Path, out: IO[str]) -> int:
    """Record a file (`-`: standard input), writing a result per line. Returns how many were refused."""
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    lines = list(_with_ids(content))
    refused, last = 0, 0
    for result in record(ledger, lines):
        refused += result["status"] >= 400
        last = max(last, _last_position(result))
        out.write(json.dumps(result, ensure_ascii=False) + "\n")
    await_read_models(ledger, last)
    return refused


def record(ledger: Ledger, lines: list[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    """Record numbered lines in their order; yields their results, each with its line number."""
    with progress("Ghi vào sổ", len(lines)) as bar:
        done = 0
        for chunk in _chunks(lines):
            for (number, _), result in zip(chunk, _send(ledger, [line for _, line in chunk]), strict=True):
                yield {**result, "line": number}
            done += len(chunk)
            bar.at(done)


def await_read_models(ledger: Ledger, position: int, patience: float = 600.0) -> None:
    """Return when every read model has reached the position. Raises `RefusedError` if that takes too long."""
    until = time.monotonic() + patience
    with progress("Cập nhật số liệu", position) as bar:
        while True:
            models = _projections(ledger)
            reached = min((m["position"] for m in models), default=position)
            bar.at(min(reached, position))
            if reached >= position:
                return
            if stuck := next((m for m in models if m.get("trouble") or m["outdated"]), None):
                why = stuck.get("trouble") or "định nghĩa đã đổi, hãy chạy «khuyenhoc rebuild»"
                raise RefusedError(f"Bảng đọc «{stuck['name']}» đứng ở vị trí {stuck['position']}: {why}")
            if time.monotonic() > until:
                raise RefusedError(
                    f"Số liệu mới đến vị trí {reached}, chờ {position}; Celery có đang chạy không?"
                )
            time.sleep(0.03)


def _projections(ledger: Ledger) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = ledger.get("/v1/projections")["projections"]
    return listed


def _send(ledger: Ledger, lines: list[bytes]) -> list[dict[str, Any]]:
    answer = ledger.http.post(
        "/v1/commands/batch",
        content=b"\n".join(lines) + b"\n",
        headers={"Content-Type": "application/x-ndjson"},
    )
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    return [json.loads(line) for line in answer.content.splitlines() if line]


def _chunks(lines: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """What goes into one request: so many lines and so many bytes, and one line at least."""
    chunk, size = list[tuple[int, bytes]](), 0
    for number, line in lines:
        if chunk and (len(chunk) == CHUNK or size + len(line) >= CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((number, line))
        size += len(line) + 1
    if chunk:
        yield chunk


def _with_ids(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank, each with a command id where it is an object without one."""
    digest = hashlib.sha256(content).hexdigest()
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip(_WHITESPACE):
            continue
        if _lacks_id(line):
            line = _add_id(line, str(uuid5(_LINES, f"{digest}:{number}")).encode())
        yield number, line


def _lacks_id(line: bytes) -> bool:
    """Whether it is an object whose id is left out, or null. What is no object has the service say so."""
    try:
        return msgspec.json.decode(line, type=_Identified).command_id is None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False


def _add_id(line: bytes, command_id: bytes) -> bytes:
    """In the place of a null that stands for the id, else in front. (A null may also be part of the data.)"""
    for null in _NULL_ID.finditer(line):
        made = b'%b"%b"%b' % (line[: null.end(1)], command_id, line[null.end() :])
        if not _lacks_id(made):
            return made
    opening = line.lstrip(_WHITESPACE)
    if opening[1:].lstrip(_WHITESPACE).startswith(b"}"):
        return line  # not a command: the service says what is wrong with it
    return b'{"command_id":"%b",%b' % (command_id, opening[1:])


def _last_position(result: dict[str, Any]) -> int:
    positions: list[int] = [result.get("position", 0), *(a["position"] for a in result.get("also", []))]
    return max(positions)
