"""Checks the log itself: signature, every tile, every entry, every earlier checkpoint. Any C2SP log will do;
what is particular to ours is checked where the first entry says that it is ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from events.proof.checkpoints import Checkpoint
from events.proof.merkle import complete_root
from events.proof.notes import Note, VerifierKey
from events.proof.tiles import WIDTH, Tile, tiles_of
from services.proof import findings as f
from services.proof.collected import Collected
from services.proof.earlier import CHECKPOINT, check_earlier, read_earlier, read_signed
from services.proof.entries import Entries, EntryTaker
from services.proof.report import Report, WrongError
from services.proof.roots import Roots
from services.proof.sources import Source, read_tile, tiles_ahead


@dataclass(slots=True)
class CheckedLog:
    """A log whose entries are what was signed."""

    checkpoint: Checkpoint
    note: Note
    collected: Collected
    roots: Roots
    ours: bool
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
    raw = source.read(CHECKPOINT)
    if raw is None:
        raise WrongError(f.NO_CHECKPOINT)
    checkpoint, note = read_signed(CHECKPOINT, raw, [key])
    report.origin, report.size, report.root = checkpoint.origin, checkpoint.size, checkpoint.root.hex()
    report.holds(f.SIGNED, size=checkpoint.size, key=f"{key.name}+{key.id.hex()}")
    earlier = read_earlier(source, checkpoint)
    entries = Entries(checkpoint, earlier, taker)
    for tile, bundle in tiles_ahead(source, (t for t in tiles_of(checkpoint.size) if t.level < 0)):
        entries.take(tile, bundle, read_tile(source, Tile(0, tile.index, tile.width)))
        progress(min(checkpoint.size, (tile.index + 1) * WIDTH), checkpoint.size)
    entries.finish()
    _upper_tiles(source, checkpoint.size, entries.roots.tiles)
    report.holds(f.TREE_HOLDS)
    checked = CheckedLog(checkpoint, note, entries.collected, entries.roots, entries.ours, [key])
    _own(checked, report)
    collected = checked.collected if checked.ours else None
    check_earlier(earlier, collected, checkpoint, checked.vkeys, report)
    return checked


def _upper_tiles(source: Source, size: int, hashes: Sequence[bytes]) -> None:
    """Every tile above the lowest level, from the roots of those below."""
    level = 1
    while size >> 8 * level:
        above: list[bytes] = []
        for tile in (t for t in tiles_of(size, entries=False) if t.level == level):
            due = hashes[tile.index * WIDTH : tile.index * WIDTH + tile.width]
            if read_tile(source, tile) != b"".join(due):
                raise WrongError(f.UPPER_TILE, tile.first_leaf + 1, path=tile.path)
            if tile.width == WIDTH:
                above.append(complete_root(due))
        hashes, level = above, level + 1


def _own(checked: CheckedLog, report: Report) -> None:
    """What holds beyond the log, if the entries are ours."""
    if not checked.ours:
        report.leaves(f.FOREIGN)
        return
    collected, signed, key = checked.collected, checked.checkpoint, checked.vkeys[0]
    if signed.size and collected.origin != signed.origin:
        raise WrongError(f.OTHER_NAME, 1, own=str(collected.origin), signed=signed.origin)
    if signed.size and str(key) not in collected.vkeys:
        raise WrongError(f.KEY_NOT_NAMED, key=str(key), named=collected.vkeys)
    named = [*collected.former_vkeys, *collected.vkeys]
    checked.vkeys += [VerifierKey.parse(v) for v in named if v != str(key)]
    report.holds(f.ENTRIES_HOLD)
