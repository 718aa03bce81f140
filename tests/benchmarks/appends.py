"""How fast commands are decided and made durable, in one process."""

import asyncio
import time
from collections.abc import Sequence

from events.deciding import Command
from events.log.append import Log
from events.log.outcome import Recorded
from events.sealing.keys import MasterKey
from tests.benchmarks.results import Ground, Result
from tests.events.log.commands import must, term

IN_FLIGHT = 256
STREAMS = ("purpose", "occasion", "item", "item_unit", "activity", "audience")


async def single_appends(ground: Ground) -> list[Result]:
    """One command at a time, 256 in flight; then with one in a hundred a repeat of an earlier one."""
    log = await _open(ground)
    await _rate(log, _terms("warm", 2000))
    plain = _terms("plain", ground.events)
    rate = await _rate(log, plain)
    fresh = _terms("repeats", ground.events)
    repeats = await _rate(log, [plain[n] if n % 100 == 0 else c for n, c in enumerate(fresh)])
    await log.close()
    return [
        Result("append, 256 in flight", rate, "commands/s"),
        Result("append, 1 in 100 a repeat", repeats, "commands/s", repeats / rate, "without repeats", 0.7),
    ]


async def batches(ground: Ground) -> list[Result]:
    """A thousand commands at a time, beside one at a time with 256 in flight."""
    log = await _open(ground)
    await _rate(log, _terms("warm", 2000))
    single = await _rate(log, _terms("single", ground.events))
    commands = _terms("batch", ground.events)
    started = time.perf_counter()
    chunks = [commands[n : n + 1000] for n in range(0, len(commands), 1000)]
    await asyncio.gather(*(must(log, *chunk) for chunk in chunks))
    rate = len(commands) / (time.perf_counter() - started)
    await log.close()
    return [Result("batches of 1,000", rate, "commands/s", rate / single, "one at a time, 256 in flight")]


async def _open(ground: Ground) -> Log:
    master = MasterKey.from_file(ground.folder / "master.key", create=True)
    return await Log.open(ground.addresses.database_url, master)


def _terms(name: str, count: int) -> list[Command]:
    return [term(f"{name}-{n}", STREAMS[n % len(STREAMS)]) for n in range(count)]


async def _rate(log: Log, commands: Sequence[Command]) -> float:
    """Commands per second, `IN_FLIGHT` senders each waiting for its answer."""
    waiting = iter(commands)

    async def send() -> None:
        for command in waiting:
            (outcome,) = await log.record([command])
            assert isinstance(outcome, Recorded), outcome

    started = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    return len(commands) / (time.perf_counter() - started)
