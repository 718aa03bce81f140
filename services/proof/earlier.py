"""Earlier checkpoints: each is signed by a key of the log and bears the name that the log had then."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.catalogue.log import LogRestarted
from events.proof.checkpoints import Checkpoint, parse_checkpoint
from events.proof.notes import Note, NoteError, VerifierKey, parse_note
from services.proof import findings as f
from services.proof.collected import Collected
from services.proof.report import Report, WrongError
from services.proof.sources import Source

CHECKPOINT = "checkpoint"


@dataclass(slots=True)
class Earlier:
    """A checkpoint that must be a prefix."""

    where: str
    checkpoint: Checkpoint
    note: Note


def read_signed(where: str, raw: bytes, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, Note]:
    """A checkpoint signed by at least one of the keys. Raises `WrongError`."""
    checkpoint, note = _read(where, raw)
    require_signed(where, note, keys)
    return checkpoint, note


def read_earlier(source: Source, signed: Checkpoint) -> list[Earlier]:
    """All that lie there and are not longer than the log."""
    found = []
    for where, raw in source.checkpoints():
        checkpoint, note = _read(where, raw)
        if checkpoint.size <= signed.size:
            found.append(Earlier(where, checkpoint, note))
        elif not where.startswith("/"):  # a running service may have signed since
            raise WrongError(f.SHORTER, signed.size + 1, where=where, size=checkpoint.size, end=signed.size)
    return found


def require_signed(where: str, note: Note, keys: Sequence[VerifierKey]) -> None:
    """By one of the keys at least, and by none of them wrongly."""
    try:
        signed = [note.signed_by(key) for key in keys]
    except NoteError as e:
        raise WrongError(f.WRONG_SIGNATURE, where=where, why=str(e)) from e
    if not any(signed):
        raise WrongError(
            f.NOT_SIGNED,
            where=where,
            key=[f"{key.name}+{key.id.hex()}" for key in keys],
            there=[f"{one.name}+{one.key_id.hex()}" for one in note.signatures],
        )


def check_earlier(
    earlier: Sequence[Earlier],
    collected: Collected | None,
    signed: Checkpoint,
    keys: Sequence[VerifierKey],
    report: Report,
) -> None:
    """Names and signatures; that each is a prefix was seen while the entries passed. `collected`: if ours."""
    origins = collected.origins if collected else []
    for one in earlier:
        size, due = one.checkpoint.size, signed.origin
        for position, data in origins:
            if position <= max(size, 1):
                due = data.origin
        if one.checkpoint.origin != due:
            raise WrongError(f.OTHER_LOG, where=one.where, origin=one.checkpoint.origin, due=due)
    for position, data in origins:
        if isinstance(data, LogRestarted):
            lost = max(0, data.signed_size - position + 1)
            report.holds(f.RENAMED, position, origin=data.origin, previous=data.previous_origin, lost=lost)
    for one in earlier:
        require_signed(one.where, one.note, keys)
    if earlier:
        report.holds(f.CHECKPOINTS_HOLD, count=len(earlier))
    else:
        report.leaves(f.NO_EARLIER)


def _read(where: str, raw: bytes) -> tuple[Checkpoint, Note]:
    try:
        note = parse_note(raw)
        return parse_checkpoint(note.text), note
    except NoteError as e:
        raise WrongError(f.UNREADABLE_CHECKPOINT, where=where, why=str(e)) from e
