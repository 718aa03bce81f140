"""The API dies, or its client does: whoever asks again hears what was recorded, and it was recorded once."""

import asyncio

import msgspec
import pytest

from tests.faults.breaking import answers_of_commits_held, recorded_commands, waiting_to_answer
from tests.faults.house import House, until
from tests.faults.invariants import invariants
from tests.faults.load import Load, command


@pytest.mark.short
async def test_killed_between_commit_and_answer(house: House, load: Load) -> None:
    """The commits are on the disk and the answers are held back; then it is killed."""
    async with load.running():
        async with answers_of_commits_held(house) as watcher:
            await until(lambda: waiting_to_answer(watcher), what="a commit without its answer")
            known = set(load.acknowledged)
            killed = await house.kill("service")
        unanswered = await recorded_commands(house) - known
        assert unanswered
        await house.is_back("service", killed)
        await until(lambda: unanswered <= load.repeated, what="every one of them answered as a repeat")
    await invariants(house, load)


async def test_killed_at_any_moment_under_load(house: House, load: Load) -> None:
    async with load.running():
        for _ in range(2):
            killed = await house.kill("service")
            await house.is_back("service", killed)
            done = len(load.acknowledged)
            await until(lambda done=done: len(load.acknowledged) > done + 30)
    await invariants(house, load)


@pytest.mark.short
async def test_a_client_disconnects_half_way_through_a_batch(house: House, load: Load) -> None:
    """What came whole is recorded or not; sending all again records nothing twice."""
    async with load.running(), house.client() as http:
        for part in (0.2, 0.5, 0.9):
            commands = [
                command("MembersCounted", "2018-05-01", unit_id=f"xa-{n % 10}", members=n) for n in range(300)
            ]
            body = b"".join(msgspec.json.encode(one) + b"\n" for one in commands)
            before = await house.ask("SELECT count(*) FROM log.events WHERE quantity < 300")
            await _cut_off(house, http.headers["authorization"], body, part)
            if part > 0.2:  # a first chunk is under way before the rest has come
                seen = "SELECT count(*) > $1 FROM log.events WHERE quantity < 300"
                await until(lambda before=before, seen=seen: house.ask(seen, before), what="its first lines")
            await load.batch(http, commands)
    await invariants(house, load)


async def _cut_off(house: House, authorization: str, body: bytes, part: float) -> None:
    """Sends so much of the body, chunk by chunk, then resets the connection."""
    port = int((house.service_url or "").rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        "POST /v1/commands/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
        f"Authorization: {authorization}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body[: int(len(body) * part)])
    await writer.drain()
    writer.transport.abort()
