"""A signed log as a directory, written without service or database: for tests and benchmarks of its check."""

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from events.deciding import Command
from events.declare import CATALOGUE
from events.log.entry import Preparer, stamp
from events.proof.checkpoints import Checkpoint
from events.proof.merkle import HASH_SIZE, leaf_hashes, root_of
from events.proof.notes import SignerKey
from events.proof.tiles import WIDTH, Tile, bundle, grow
from events.sealing.keys import MasterKey, SealingKey
from events.vocabulary import LOCAL_ACTOR, day_of
from tests.events.history import History

FIRST_INSTANT = dt.datetime(2026, 1, 5, 1, 0, tzinfo=dt.UTC)
BETWEEN = dt.timedelta(seconds=10)
"""From one command to the next."""


class Told:
    """Commands in, entries out; begins with the two entries that every log begins with."""

    def __init__(self, key: SignerKey) -> None:
        self._key = key
        self._history = History()
        self._preparer = Preparer(MasterKey(os.urandom(32)))
        self._at = FIRST_INSTANT

    def begin(self) -> Iterator[bytes]:
        yield from self.tell("LogStarted", "2026-01-01", log_id="written", origin=self._key.name)
        yield from self.tell("LogKeyAdded", "2026-01-01", vkey=str(self._key.verifier))

    def tell(self, type_: str, on: str, command_id: UUID | None = None, /, **data: Any) -> Iterator[bytes]:
        """The entries of one command."""
        self._history.today = day_of(self._at)
        command_id, keys = command_id or uuid4(), dict[UUID, SealingKey]()
        facts = self._history.record(type_, on, command_id=command_id, **data)
        self._history.log.clear()
        command = Command(CATALOGUE[type_], facts[0].data, facts[0].occurred_on, command_id, LOCAL_ACTOR)
        for ordinal, fact in enumerate(facts):
            yield self._preparer.prepare(command, fact, ordinal, keys).at(stamp(self._at))
        self._at += BETWEEN


def write_log(folder: Path, key: SignerKey, entries: Iterable[bytes]) -> int:
    """Tiles, bundles and a checkpoint; returns how many entries there were."""
    leaves: list[bytes] = []
    for index, page in enumerate(_pages(entries)):
        leaves += leaf_hashes(page)
        _write(folder, Tile(-1, index, len(page)), bundle(page))
    for (level, index), hashes in grow(0, {}, leaves)[0].items():
        _write(folder, Tile(level, index, len(hashes) // HASH_SIZE), hashes)
    note = Checkpoint(key.name, len(leaves), root_of(leaves)).signed([key])
    (folder / "checkpoint").write_text(note)
    return len(leaves)


def _pages(entries: Iterable[bytes]) -> Iterator[list[bytes]]:
    page: list[bytes] = []
    for entry in entries:
        page.append(entry)
        if len(page) == WIDTH:
            yield page
            page = []
    if page:
        yield page


def _write(folder: Path, tile: Tile, content: bytes) -> None:
    path = folder / tile.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
