"""A proxy before PostgreSQL that understands just enough of its protocol to stop a client at a statement:
before the server gets it, or before the client gets the answer. Or to cut everything in mid-sentence.

It runs in a thread of its own, so that it goes on whatever a test does.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

SSL_REQUEST, CANCEL_REQUEST = 80877103, 80877102
Where = Literal["rows", "statement", "before", "after"]
T = TypeVar("T")


@dataclass(eq=False)
class Breakpoint:
    """Stops one client in a transaction, at the statement with `inside` or at the COMMIT after it.

    `rows`: of what that statement copies into a table, the server gets the first half of one message.
    `statement`: the server never sees it. `before`: it never sees the COMMIT. `after`: it has carried that
    out, and only the answer is held. Nothing more passes; the client is to be killed, or cut off.
    """

    inside: bytes
    where: Where
    program: str = ""
    """What the stopped client calls itself (application_name)."""
    reached: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False)
class _Line:
    """One client's connection, in the proxy's thread."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    program: str = ""
    begun: bool = False
    texts: dict[bytes, bytes] = field(default_factory=dict)  # prepared statements by name
    ran: list[bytes] = field(default_factory=list)  # in the transaction so far
    stopped_at: Breakpoint | None = None
    holding: bool = False
    cut_in: int | None = None  # so many bytes from the client pass yet

    def cut(self) -> None:
        for side in (self.client, self.server):
            side.transport.abort()


class Proxy:
    """Listens on a port of this machine; `reach` says where the server is at the moment."""

    def __init__(self, reach: Callable[[], str | tuple[str, int]]) -> None:
        self._reach = reach
        self._lines: set[_Line] = set()
        self._breakpoints: list[Breakpoint] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, sock=self._socket), self._loop
        ).result()

    def stop(self, inside: bytes, where: Where) -> Breakpoint:
        """The next client that comes there is stopped; `reached` tells when."""
        made = Breakpoint(inside, where)
        self._run(lambda: self._breakpoints.append(made))
        return made

    def cut(self) -> int:
        """Breaks off every connection at once. Returns how many there were."""

        def cutting() -> int:
            lines = list(self._lines)
            for line in lines:
                line.cut()
            return len(lines)

        return self._run(cutting)

    def cut_after(self, count: int | None) -> None:
        """Breaks off each of the connections there are after so many more bytes from its client; None: those
        that were to be are spared."""

        def marking() -> None:
            for line in self._lines:
                line.cut_in = count

        self._run(marking)

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, what: Callable[[], T]) -> T:
        async def doing() -> T:
            return what()

        return asyncio.run_coroutine_threadsafe(doing(), self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        where = self._reach()
        try:
            if isinstance(where, str):
                answers, server = await asyncio.open_unix_connection(where)
            else:
                answers, server = await asyncio.open_connection(*where)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(writer, server)
        self._lines.add(line)
        try:
            pumps = [self._to_server(line, reader), self._to_client(line, answers)]
            for done in asyncio.as_completed(pumps):
                with contextlib.suppress(OSError):
                    await done
                line.cut()
        finally:
            self._lines.discard(line)

    async def _to_server(self, line: _Line, reader: asyncio.StreamReader) -> None:
        buffer = bytearray()
        while piece := await reader.read(65536):
            if line.cut_in is not None:
                line.cut_in -= len(piece)
                if line.cut_in < 0:
                    line.server.write(bytes(buffer) + piece[: len(piece) // 2])
                    with contextlib.suppress(OSError):
                        await line.server.drain()
                    return
            buffer += piece
            while message := _first(buffer, line.begun):
                del buffer[: len(message)]
                self._understand(line, message)
                found = self._stops(line, message)
                if found is None or found.where == "after":
                    line.server.write(message)
                    continue
                if found.where == "rows":
                    line.server.write(message[: len(message) // 2])
                await line.server.drain()
                found.reached.set()
                while await reader.read(65536):  # until the client is gone; nothing of it is passed on
                    pass
                return
            await line.server.drain()

    async def _to_client(self, line: _Line, answers: asyncio.StreamReader) -> None:
        while piece := await answers.read(65536):
            if line.holding:
                assert line.stopped_at is not None
                if b"COMMIT\0" in piece:
                    line.stopped_at.reached.set()
                continue  # never passed on: the client is to be killed
            line.client.write(piece)
            await line.client.drain()

    def _understand(self, line: _Line, message: bytes) -> None:
        if not line.begun:
            code = struct.unpack_from("!I", message, 4)[0]
            if code not in (SSL_REQUEST, CANCEL_REQUEST):
                line.begun = True
                words = message[8:].split(b"\0")
                named = dict(zip(words[::2], words[1::2], strict=False))
                line.program = named.get(b"application_name", b"").decode()
        elif message[:1] == b"P":
            name, text = message[5:].split(b"\0", 2)[:2]
            line.texts[name] = text
        elif message[:1] == b"B":
            line.ran.append(line.texts.get(message[5:].split(b"\0", 2)[1], b""))
        elif message[:1] == b"Q":
            text = message[5:-1]
            line.ran = [] if text.upper().startswith(b"BEGIN") else [*line.ran, text]

    def _stops(self, line: _Line, message: bytes) -> Breakpoint | None:
        if not line.begun or not line.ran:
            return None
        kind, last = message[:1], line.ran[-1]
        commits = kind == b"Q" and last.strip(b"; ").upper() == b"COMMIT"
        for one in self._breakpoints:
            if one.where == "rows":
                there = kind == b"d" and one.inside in last
            elif one.where == "statement":
                there = kind in (b"B", b"Q") and one.inside in last
            else:
                there = commits and any(one.inside in text for text in line.ran)
            if there:
                self._breakpoints.remove(one)
                line.stopped_at, one.program = one, line.program
                line.holding = one.where == "after"
                return one
        return None


def _first(buffer: bytearray, begun: bool) -> bytes | None:
    """The first whole message, None while it is not whole."""
    head = 1 if begun else 0
    if len(buffer) < head + 4:
        return None
    length = head + int(struct.unpack_from("!I", buffer, head)[0])
    return bytes(buffer[:length]) if len(buffer) >= length else None
