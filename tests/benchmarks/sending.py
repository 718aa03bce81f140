"""Sends HTTP requests from a process of its own, so that sending is not part of what is measured.

A small HTTP/1.1 client over uvloop: connections that stay open, one request at a time on each, answers read
to their end and their status looked at. `python -m tests.benchmarks.sending` reads jobs from standard input
and writes what came of them, both as pickles; `Sender` is the other end of that.
"""

import asyncio
import pickle
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Job:
    """Requests to send over so many connections: all of them once, or again and again for some seconds."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float | None = None


@dataclass(frozen=True)
class Sent:
    """What came of a job: how long it took, how long each request took, in seconds, and the statuses."""

    seconds: float
    latencies: list[float]
    statuses: Counter[int]

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def all_good(self) -> Self:
        """Raises `RuntimeError` if anything was answered otherwise than with 200 or 201."""
        if bad := {status: n for status, n in self.statuses.items() if status not in (200, 201)}:
            raise RuntimeError(f"answers: {bad}")
        return self


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._needed: int | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        """Status and body, to come."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._needed is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._buffer, 0, end)
            if length is None:
                raise RuntimeError("an answer without a length")
            self._body = end + 4
            self._needed = self._body + int(length[1])
        if len(self._buffer) >= self._needed and self._answer:
            status, body = int(self._buffer[9:12]), bytes(self._buffer[self._body : self._needed])
            del self._buffer[: self._needed]
            self._needed = None
            self._answer.set_result((status, body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the other side"))


async def connected(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def request_of(method: str, path: str, token: str = "", body: bytes = b"", kind: str = "") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += [f"Content-Type: {kind or 'application/json'}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Sender:
    """The process that sends, as a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.sending"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    async def send(self, job: Job) -> Sent:
        return await asyncio.to_thread(self._send, job)

    def _send(self, job: Job) -> Sent:
        assert self._process.stdin
        assert self._process.stdout
        pickle.dump(job, self._process.stdin)
        self._process.stdin.flush()
        found = pickle.load(self._process.stdout)  # our own child's
        if isinstance(found, str):
            raise RuntimeError(found)
        assert isinstance(found, tuple)
        return Sent(*found)


async def _run(job: Job) -> Sent:
    connections = [await connected(job.port) for _ in range(job.connections)]
    latencies: list[float] = []
    statuses: Counter[int] = Counter()
    clock, following = time.perf_counter, iter(job.requests)
    until = clock() + job.seconds if job.seconds else None

    async def client(connection: Connection) -> None:
        nonlocal following
        while True:
            began = clock()
            if until and began > until:
                return
            request = next(following, None)
            if request is None:
                if not until:
                    return
                following = iter(job.requests)
                continue
            status, _ = await connection.ask(request)
            latencies.append(clock() - began)
            statuses[status] += 1

    started = clock()
    await asyncio.gather(*map(client, connections))
    took = clock() - started
    for connection in connections:
        connection.close()
    return Sent(took, latencies, statuses)


def _serve() -> None:
    """Job after job, until standard input ends."""
    # unpickled under the name the parent knows them by, not as __main__
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        found: Any
        try:
            sent = uvloop.run(_run(job))
            found = sent.seconds, sent.latencies, sent.statuses
        except Exception as e:
            found = f"{type(e).__name__}: {e}"
        pickle.dump(found, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
