"""Checks the log itself: signature, every tile, every entry, every earlier checkpoint. Any C2SP log will do;
what is particular to ours is checked where the first entry says that it is ours.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from events.log.entry import Entry, read_entry
from events.proof.checkpoints import Checkpoint, parse_checkpoint, read_checkpoint
from events.proof.merkle import HASH_SIZE, CompactRange, complete_root, leaf_hashes
from events.proof.notes import Note, NoteError, VerifierKey, parse_note
from events.proof.tiles import WIDTH, BadBundleError, Tile, tiles_of, unbundle
from services.proof.collected import Collected
from services.proof.report import Report, WrongError
from services.proof.sources import Source, read_tile, tiles_ahead

EntryTaker = Callable[[int, Entry, bytes], None]
"""Given every entry of ours: position, entry, its bytes."""


@dataclass(slots=True)
class Earlier:
    """A checkpoint that must be a prefix."""

    where: str
    checkpoint: Checkpoint
    note: Note


@dataclass(slots=True)
class CheckedLog:
    """A log whose entries are what was signed."""

    checkpoint: Checkpoint
    note: Note
    collected: Collected
    ours: bool
    earlier: int = 0
    vkeys: list[VerifierKey] = field(default_factory=list)


def check_log(
    source: Source,
    key: VerifierKey,
    report: Report,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    taker: EntryTaker | None = None,
) -> CheckedLog:
    """Raises `WrongError` for the first thing that does not hold, `SourceError`."""
    raw = source.read("checkpoint")
    if raw is None:
        raise WrongError("there is no checkpoint")
    try:
        checkpoint, note = read_checkpoint(raw, [key])
    except NoteError as e:
        raise WrongError(f"the checkpoint: {e}") from e
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    report.held.append(f"the checkpoint of {checkpoint.size} entries is signed by {key.name}+{key.id.hex()}")
    earlier = _earlier(source, checkpoint)
    entries = _Entries(checkpoint, earlier, taker)
    for tile, bundle in tiles_ahead(source, (t for t in tiles_of(checkpoint.size) if t.level < 0)):
        entries.take(tile, bundle, read_tile(source, Tile(0, tile.index, tile.width)))
        progress(min(checkpoint.size, (tile.index + 1) * WIDTH), checkpoint.size)
    entries.finish()
    _upper_tiles(source, checkpoint.size, entries.tile_roots)
    report.held.append("every hash tile is that of its entries, and their root is the signed one")
    checked = CheckedLog(checkpoint, note, entries.collected, entries.ours, len(earlier), [key])
    _own(checked, report)
    _signatures(checked, earlier, report)
    return checked


class _Entries:
    """The entries in their order, bundle by bundle."""

    def __init__(self, signed: Checkpoint, earlier: Sequence[Earlier], taker: EntryTaker | None) -> None:
        self.collected = Collected()
        self.tile_roots: list[bytes] = []
        self.ours = True
        self._tree = CompactRange()
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
            raise WrongError(f"the entries of {tile.path} are missing", first)
        try:
            entries = unbundle(bundle)[: tile.width]
        except BadBundleError as e:
            raise WrongError(f"{tile.path}: {e}", first) from e
        leaves = leaf_hashes(entries)
        _same_hashes(tile, leaves, hashes, first)
        if len(entries) < tile.width:
            raise WrongError("the entry is missing, and all that follow it", first + len(entries))
        self._prefixes(leaves)
        if tile.width == WIDTH:
            root = complete_root(leaves)
            self.tile_roots.append(root)
            self._tree.push(root, 8)
        else:
            for leaf in leaves:
                self._tree.push(leaf)
        if self.ours:
            self._read(first, entries)

    def finish(self) -> None:
        self._prefixes([])
        if self._tree.root() != self._signed.root:
            behind = f", first different behind position {self._trusted}" if self._trusted else ""
            raise WrongError(
                f"the entries' root is {self._tree.root().hex()}, signed is {self._signed.root.hex()}{behind}"
            )

    def _prefixes(self, leaves: Sequence[bytes]) -> None:
        """Hold earlier checkpoints that end within the next leaves against the tree."""
        while self._due and self._due[0].checkpoint.size <= self._tree.size + len(leaves):
            one = self._due.pop(0)
            tree = self._tree.copy()
            for leaf in leaves[: one.checkpoint.size - tree.size]:
                tree.push(leaf)
            if tree.root() != one.checkpoint.root:
                between = f"somewhere from position {self._trusted + 1} to {one.checkpoint.size}"
                raise WrongError(
                    f"{one.where}: the log does not begin with its first {one.checkpoint.size} entries; "
                    f"changed {between}",
                    self._trusted + 1,
                )
            self._trusted = one.checkpoint.size

    def _read(self, first: int, entries: Iterable[bytes]) -> None:
        versions = self._versions
        for position, raw in enumerate(entries, first):
            try:
                entry = read_entry(raw)
            except (msgspec.DecodeError, UnicodeDecodeError) as e:
                if position == 1:
                    self.ours = False
                    return
                raise WrongError(f"the entry cannot be read: {e}", position) from e
            due = versions.get(entry.stream, 0) + 1
            if entry.version != due:
                raise WrongError(f"{entry.stream} goes on with version {entry.version}, not {due}", position)
            versions[entry.stream] = due
            if self._recorded_at is not None and entry.recorded_at < self._recorded_at:
                raise WrongError("recorded before the one in front of it", position)
            self._recorded_at = entry.recorded_at
            try:
                self.collected.take(position, entry)
            except (msgspec.MsgspecError, LookupError) as e:
                raise WrongError(f"the entry's data cannot be read: {e}", position) from e
            if self._taker is not None:
                self._taker(position, entry, raw)


def _same_hashes(tile: Tile, leaves: Sequence[bytes], hashes: bytes | None, first: int) -> None:
    path = Tile(0, tile.index, tile.width).path
    if hashes is None or len(hashes) != tile.width * HASH_SIZE:
        raise WrongError(f"{path} is missing or of the wrong length", first)
    for offset, leaf in enumerate(leaves):
        if hashes[offset * HASH_SIZE : (offset + 1) * HASH_SIZE] != leaf:
            raise WrongError("the entry is not the one whose hash is in the tree", first + offset)


def _upper_tiles(source: Source, size: int, hashes: list[bytes]) -> None:
    """Every tile above the lowest level, from the roots of those below."""
    level = 1
    while size >> 8 * level:
        above: list[bytes] = []
        for tile in (t for t in tiles_of(size, entries=False) if t.level == level):
            due = hashes[tile.index * WIDTH : tile.index * WIDTH + tile.width]
            if read_tile(source, tile) != b"".join(due):
                raise WrongError(f"{tile.path} is not made of the tiles below it", tile.first_leaf + 1)
            if tile.width == WIDTH:
                above.append(complete_root(due))
        hashes, level = above, level + 1


def _earlier(source: Source, signed: Checkpoint) -> list[Earlier]:
    found = []
    for where, raw in source.checkpoints():
        try:
            note = parse_note(raw)
            checkpoint = parse_checkpoint(note.text)
        except NoteError as e:
            raise WrongError(f"{where}: {e}") from e
        if checkpoint.origin != signed.origin:
            raise WrongError(f"{where} is of another log, {checkpoint.origin}")
        if checkpoint.size <= signed.size:
            found.append(Earlier(where, checkpoint, note))
        elif not where.startswith("/"):  # a running service may have signed since
            raise WrongError(
                f"{where} is of {checkpoint.size} entries, but the log ends at {signed.size}", signed.size + 1
            )
    return found


def _own(checked: CheckedLog, report: Report) -> None:
    """What holds beyond the log, if the entries are ours."""
    if not checked.ours:
        report.unchecked.append("the entries are not of this ledger: what they say was not checked")
        return
    collected = checked.collected
    if checked.checkpoint.size and collected.origin != checked.checkpoint.origin:
        raise WrongError(
            f"the log calls itself {collected.origin}, its checkpoint {checked.checkpoint.origin}", 1
        )
    key = checked.vkeys[0]
    if checked.checkpoint.size and str(key) not in collected.vkeys:
        raise WrongError(
            f"the log never names the key {key}; it names {', '.join(collected.vkeys) or 'none'}"
        )
    checked.vkeys += [VerifierKey.parse(v) for v in collected.vkeys if v != str(key)]
    report.held.append("every entry can be read; versions are dense, and so are positions; time runs forward")


def _signatures(checked: CheckedLog, earlier: Sequence[Earlier], report: Report) -> None:
    for one in earlier:
        try:
            signed = sum(
                one.note.signed_by(key) for key in checked.vkeys
            )  # each, so that no wrong one passes
        except NoteError as e:
            raise WrongError(f"{one.where}: {e}") from e
        if not signed:
            raise WrongError(f"{one.where} is signed by no key of this log")
    if earlier:
        report.held.append(f"each of {len(earlier)} checkpoints is signed, and the log extends it")
    else:
        report.unchecked.append("no earlier checkpoint: the log could have been rewritten before this one")
