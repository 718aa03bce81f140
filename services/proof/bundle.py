"""Writes the audit bundle: a directory that is a tlog-tiles log, with what an auditor wants beside it.

checkpoint, tile/…      the log, as any C2SP program reads it
checkpoints/<size>      every earlier checkpoint
policy                  whose signatures to ask for
published.csv           the figures that were printed
tables/<unit>/<year>.csv   the yearly tables, which `verify` folds anew
books/all.<program>     all fund books as hledger and beancount read them, likewise
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from events.log.entry import read_entry
from events.proof.checkpoints import Checkpoint, parse_checkpoint
from events.proof.notes import VerifierKey, parse_note
from events.proof.policy import write_policy
from events.proof.tiles import WIDTH, tiles_of, unbundle
from services.proof import books
from services.proof.collected import Collected
from services.proof.sources import Service, SourceError, tiles_ahead
from services.proof.tables import PUBLISHED, path_of, tree_day


def write_bundle(
    service: Service,
    out: Path,
    witnesses: dict[str, VerifierKey],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Checkpoint, list[str]]:
    """Write the log as signed now into the empty directory `out`. Returns its checkpoint and public keys.

    The checkpoint is written last, so that a bundle cut off half-way is none. Raises `SourceError`.
    """
    note = service.read("checkpoint")
    if note is None:
        raise SourceError("the service has no checkpoint yet")
    checkpoint = parse_checkpoint(parse_note(note).text)
    collected = Collected()
    out.mkdir(parents=True, exist_ok=True)
    for tile, content in tiles_ahead(service, tiles_of(checkpoint.size)):
        if content is None:
            raise SourceError(f"{tile.path} is missing")
        _write(out / tile.path, content)
        if tile.level < 0:
            first = tile.index * WIDTH + 1
            _collect(collected, first, content)
            progress(min(first + WIDTH - 1, checkpoint.size), checkpoint.size)
    for _, earlier in service.checkpoints():
        size = parse_checkpoint(parse_note(earlier).text).size
        if size < checkpoint.size:
            _write(out / "checkpoints" / str(size), earlier)
    keys = [VerifierKey.parse(v) for v in collected.vkeys]
    _write(out / "policy", write_policy(keys, witnesses).encode())
    _write(out / PUBLISHED, collected.published().encode())
    for unit, year in collected.tables():
        on, path = tree_day(year, collected), path_of(unit, year)
        table = service.table(path, unit, year, as_known=checkpoint.size, tree=on)
        if table is not None:
            _write(out / path, table)
    for program in books.PROGRAMS:
        journal = out / books.path_of(program)
        journal.parent.mkdir(exist_ok=True)
        with journal.open("wb") as file:
            service.write_books(program, file, as_known=checkpoint.size)
    _write(out / "checkpoint", note)
    return checkpoint, collected.vkeys


def _collect(collected: Collected, first: int, bundle: bytes) -> None:
    """Damaged entries are written as they are: finding them is the check's work."""
    try:
        for position, raw in enumerate(unbundle(bundle), first):
            collected.take(position, read_entry(raw))
    except (msgspec.MsgspecError, ValueError, LookupError):
        return


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
