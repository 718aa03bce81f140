"""Thousands that say nothing, and readers that do not read: whoever has something to record is served."""

import asyncio
import resource
import socket
from contextlib import AsyncExitStack

import psutil
import pytest

from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load

IDLE = 2_000
READERS = 40
"""More than the service has connections for queries."""
NEEDED = 4 * IDLE

IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity
    WHERE usename = 'khuyenhoc_service' AND clock_timestamp() - xact_start > interval '5 seconds'
"""


@pytest.fixture(scope="module")
def environment() -> dict[str, dict[str, str]]:
    """Enough open files, for us and for what we start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < NEEDED:
        resource.setrlimit(resource.RLIMIT_NOFILE, (NEEDED, max(hard, NEEDED)))
    return {}


def _port(house: House) -> int:
    return int((house.service_url or "").rpartition(":")[2])


async def _connected(house: House, ending: AsyncExitStack, said: bytes) -> socket.socket:
    one = socket.socket()
    one.setblocking(False)
    ending.callback(one.close)
    await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", _port(house)))
    if said:
        await asyncio.get_running_loop().sock_sendall(one, said)
    return one


@pytest.mark.short
async def test_two_thousand_idle_connections(house: House, load: Load) -> None:
    """Half of them silent, half in the middle of a request; all stay, and the work goes on."""
    service = psutil.Process(house.part("service").pid)

    def open_there() -> int:
        family = [service, *service.children(recursive=True)]
        return sum(p.num_fds() for p in family)

    before = open_there()
    async with load.running(), AsyncExitStack() as ending:
        for n in range(IDLE):
            await _connected(house, ending, b"POST /v1/commands HTTP/1.1\r\nHost: 127" if n % 2 else b"")
        await until(lambda: open_there() >= before + IDLE, what="all of them connected", pause=0.2)
        done = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > done + 200, what="recording goes on")
        async with house.client(timeout=30) as http:
            assert (await http.get("/health")).status_code == 200
    await until(lambda: open_there() < before + IDLE // 10, what="the service let go of them")
    assert load.troubles == 0
    await invariants(house, load)


@pytest.mark.short
async def test_slow_readers_of_the_event_feed(house: House, load: Load) -> None:
    """They hold neither a connection of the database nor anybody up; in the end they get everything."""
    async with load.running(least=500), AsyncExitStack() as ending, house.client(timeout=30) as http:
        whole = (await http.get("/v1/events", params={"limit": 500})).content
        request = (
            "GET /v1/events?limit=500 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Authorization: {http.headers['authorization']}\r\n\r\n"
        )
        slow = [await _connected(house, ending, request.encode()) for _ in range(READERS)]
        done = len(load.acknowledged)
        await until(lambda: len(load.acknowledged) > done + 200, what="recording goes on")
        for _ in range(READERS):
            assert (await http.get("/v1/events", params={"limit": 1})).status_code == 200
        await asyncio.sleep(6)  # what is held would now show
        assert await house.ask(IN_TRANSACTION) == 0
        assert all([await _reads(one) == whole for one in slow[:3]])
    assert load.troubles == 0
    await invariants(house, load)


async def _reads(one: socket.socket) -> bytes:
    """A few kilobytes at a time, to the end. The body of the answer."""
    loop, found = asyncio.get_running_loop(), bytearray()
    while piece := await loop.sock_recv(one, 16_384):
        found += piece
        await asyncio.sleep(0.002)
    head, _, body = bytes(found).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    return _unchunked(body) if b"chunked" in head.lower() else body


def _unchunked(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        found, body = found + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return found
