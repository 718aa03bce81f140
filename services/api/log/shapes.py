"""What is answered about checkpoints, where it is JSON."""

import datetime as dt

import msgspec


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint as it was signed, with the cosignatures that witnesses added."""

    size: int
    signed_at: dt.datetime
    note: str
    """The signed note, verbatim (C2SP signed-note and tlog-checkpoint)."""


class SignedCheckpoints(msgspec.Struct, frozen=True):
    """A page of all checkpoints ever signed, by size."""

    checkpoints: list[SignedCheckpoint]
