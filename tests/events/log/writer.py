"""A process of its own that writes: `python -m tests.events.log.writer URL KEYFILE NUMBER WRITERS EACH`.

Prints the (position, event id) of everything acknowledged.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from events.log.append import Log
from events.sealing.keys import MasterKey
from tests.events.log.commands import must, term

LISTS = ("purpose", "occasion", "item")


async def main(url: str, key_file: str, number: str, writers: str, each: str) -> None:
    log = await Log.open(url, MasterKey.from_file(Path(key_file)))
    acknowledged: list[tuple[int, str]] = []

    async def write(writer: int) -> None:
        for n in range(int(each)):
            name = f"w{number}-{writer}-{n}"
            (recorded,) = await must(log, term(name, LISTS[n % 3]))
            acknowledged.append((recorded.position, str(recorded.event_id)))

    await asyncio.gather(*(write(w) for w in range(int(writers))))
    await log.close()
    sys.stdout.buffer.write(msgspec.json.encode(acknowledged))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
