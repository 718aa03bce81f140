"""How fast a bundle is verified, tables folded anew, beside merely hashing and parsing its entries."""

import re
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from events.log.entry import read_entry
from events.proof.merkle import leaf_hashes
from events.proof.notes import SignerKey
from events.proof.tiles import tiles_of, unbundle
from services.demo.history import history
from services.proof.sources import Directory
from services.proof.verify import verify
from tests.benchmarks.results import Ground, Result
from tests.written_log import Told, write_log

_IDS = frozenset({
    "unit_id", "parent_id", "into_unit_id", "to_unit_id", "fund_id", "to_fund_id", "from_fund_id",
    "centre_id", "programme_id", "source_id", "candidate_id",
})  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def bundles(ground: Ground) -> list[Result]:
    """The demo's history, told of as many cities as it takes."""
    folder, key = ground.folder / "bundle", SignerKey.generate("bench.example/log")
    folder.mkdir()
    size = write_log(folder, key, islice(_entries(key), ground.events))
    started = time.perf_counter()
    _bare(folder, size)
    bare = time.perf_counter() - started
    started = time.perf_counter()
    report = verify(Directory(folder), key.verifier)
    seconds = time.perf_counter() - started
    assert report.wrong is None, report.wrong
    return [
        Result(
            "verify a bundle, tables folded anew",
            size / seconds,
            ratio=bare / seconds,
            beside="hashing and parsing its entries, one process",
        )
    ]


def _entries(key: SignerKey) -> Iterator[bytes]:
    told = Told(key)
    commands = [c for c in history() if c["type"] != "UnitCodeAssigned"]  # a code is one unit's at a time
    cities = (
        told.tell(c["type"], c["occurred_on"], _of_city(city, c["command_id"]), **_renamed(city, c["data"]))
        for city in range(1, 10_000)
        for c in commands
    )
    return chain(told.begin(), chain.from_iterable(cities))


def _renamed(city: int, value: Any, name: str = "") -> Any:
    """Every id its own."""
    if isinstance(value, dict):
        return {k: _renamed(city, v, k) for k, v in value.items() if k != "code"}
    if isinstance(value, list):
        return [_renamed(city, v, name) for v in value]
    if name == "event_id":
        return f"command:{_of_city(city, value.removeprefix('command:'))}"
    if isinstance(value, str) and _UUID.fullmatch(value):
        return str(_of_city(city, value))
    return f"{value}-{city}" if name in _IDS else value


def _of_city(city: int, text: str) -> UUID:
    return UUID(int=UUID(text).int ^ city << 8)


def _bare(folder: Path, size: int) -> None:
    for tile in tiles_of(size):
        if tile.level < 0:
            entries = unbundle((folder / tile.path).read_bytes())
            leaf_hashes(entries)
            for entry in entries:
                read_entry(entry)
