"""The entries in their order, bundle by bundle: each is the one that was hashed, and can be read."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import msgspec

from events.log.entry import Entry, read_entry
from events.proof.checkpoints import Checkpoint
from events.proof.merkle import HASH_SIZE, leaf_hashes
from events.proof.tiles import WIDTH, BadBundleError, Tile, unbundle
from services.proof import findings as f
from services.proof.collected import Collected
from services.proof.earlier import Earlier
from services.proof.report import WrongError
from services.proof.roots import Roots

EntryTaker = Callable[[int, Entry, bytes], None]
"""Given every entry of ours: position, entry, its bytes."""


class Entries:
    """Takes bundle after bundle. Raises `WrongError`."""

    def __init__(self, signed: Checkpoint, earlier: Sequence[Earlier], taker: EntryTaker | None) -> None:
        self.collected = Collected()
        self.roots = Roots()
        self.ours = True
        self._versions: dict[str, int] = {}
        self._recorded_at: dt.datetime | None = None
        self._taker = taker
        self._signed = signed
        self._due = sorted(earlier, key=lambda one: one.checkpoint.size)
        self._trusted = 0
        """The last earlier checkpoint that held: what is wrong lies behind it."""

    def take(self, tile: Tile, bundle: bytes | None, hashes: bytes | None) -> None:
        first = tile.index * WIDTH + 1
        if bundle is None:
            raise WrongError(f.BUNDLE_MISSING, first, path=tile.path)
        try:
            entries = unbundle(bundle)
        except BadBundleError as e:
            raise WrongError(f.BUNDLE_BROKEN, first, path=tile.path, why=str(e)) from e
        leaves = leaf_hashes(entries)
        _same_hashes(tile, leaves, hashes, first)
        if len(entries) < tile.width:
            raise WrongError(f.ENTRY_MISSING, first + len(entries))
        self._prefixes(leaves)
        self.roots.take(leaves)
        if self.ours:
            self._read(first, entries)

    def finish(self) -> None:
        """All were taken: their root is the signed one."""
        self._prefixes([])
        computed = self.roots.tree.root()
        if computed != self._signed.root:
            raise WrongError(
                f.ROOT_DIFFERS,
                computed=computed.hex(),
                signed=self._signed.root.hex(),
                trusted=self._trusted,
            )

    def _prefixes(self, leaves: Sequence[bytes]) -> None:
        """Hold earlier checkpoints that end within the next leaves against the tree."""
        while self._due and self._due[0].checkpoint.size <= self.roots.tree.size + len(leaves):
            one = self._due.pop(0)
            tree = self.roots.tree.copy()
            size, origin = one.checkpoint.size, one.checkpoint.origin
            for leaf in leaves[: size - tree.size]:
                tree.push(leaf)
            if tree.root() != one.checkpoint.root:
                if origin != self._signed.origin:
                    raise WrongError(f.OTHER_LOG, where=one.where, origin=origin, due=self._signed.origin)
                first = self._trusted + 1
                raise WrongError(f.NOT_A_PREFIX, first, where=one.where, size=size, first=first)
            self._trusted = size

    def _read(self, first: int, entries: Iterable[bytes]) -> None:
        versions = self._versions
        for position, raw in enumerate(entries, first):
            try:
                entry = read_entry(raw)
            except (msgspec.DecodeError, UnicodeDecodeError) as e:
                if position == 1:
                    self.ours = False
                    return
                raise WrongError(f.ENTRY_UNREADABLE, position, why=str(e)) from e
            due = versions.get(entry.stream, 0) + 1
            if entry.version != due:
                raise WrongError(f.VERSION_GAP, position, stream=entry.stream, version=entry.version, due=due)
            versions[entry.stream] = due
            if self._recorded_at is not None and entry.recorded_at < self._recorded_at:
                raise WrongError(f.BACKWARDS, position)
            self._recorded_at = entry.recorded_at
            try:
                self.collected.take(position, entry)
            except (msgspec.MsgspecError, LookupError) as e:
                raise WrongError(f.DATA_UNREADABLE, position, why=str(e)) from e
            if self._taker is not None:
                self._taker(position, entry, raw)


def _same_hashes(tile: Tile, leaves: Sequence[bytes], hashes: bytes | None, first: int) -> None:
    if hashes is None or len(hashes) != tile.width * HASH_SIZE:
        raise WrongError(f.TILE_MISSING, first, path=Tile(0, tile.index, tile.width).path)
    if hashes == b"".join(leaves):
        return
    for offset, leaf in enumerate(leaves):
        if hashes[offset * HASH_SIZE : (offset + 1) * HASH_SIZE] != leaf:
            raise WrongError(f.NOT_IN_TREE, first + offset)
