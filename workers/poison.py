"""Finds the single event that cannot be folded, by bisection, so that the rest of a page goes on without it.

What is kept of an error must never show a value: not a sealed one, not a person's.
"""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import asyncpg

from workers.projection import CannotFoldError, Projection

PARKED_LIMIT = 100
"""Streams parked in one page: more is a fault of the fold, not of the events; the projection stands still."""

_OF_THE_DATA = ("22", "23")
"""SQLSTATE classes that blame the values (data exception, integrity). All others blame the installation."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A stream left out from an event on."""

    stream: str
    position: int
    error: str


class TooManyParkedError(RuntimeError):
    """Parking so many streams at once would hide a fault of the fold."""

    def __init__(self, found: list[Parked], next_one: Parked) -> None:
        super().__init__(
            f"more than {len(found)} streams up to position {next_one.position} cannot be folded:"
            f" {next_one.error}"
        )
        self.found = [*found, next_one]


async def fold_around_poison(
    connection: Any,
    projection: Projection,
    after: int,
    through: int,
    parked: Sequence[str],
    limit: int | None = None,
    *,
    gathering: bool = False,
) -> list[Parked]:
    """Fold a page; leave out the streams of events that cannot be folded, and return those.

    `gathering`: it is a chunk of a build, whose tables may have no keys yet; no stream is left out.
    Raises what is not an event's fault, and `TooManyParkedError` beyond `limit` (PARKED_LIMIT) streams.
    """
    found: list[Parked] = []
    pages = [(after, through)]
    while pages:
        low, high = pages.pop()
        try:
            async with connection.transaction():  # a savepoint
                if gathering:
                    await projection.gather(connection, low, high)
                else:
                    await projection.fold(connection, low, high, [*parked, *(p.stream for p in found)])
        except Exception as error:
            if not blames_the_event(error):
                raise
            if high - low > 1:
                middle = (low + high) // 2
                pages += [(middle, high), (low, middle)]
                continue
            stream = await connection.fetchval("SELECT stream FROM log.events WHERE position = $1", high)
            poison = Parked(stream, high, without_values(error))
            if len(found) >= (PARKED_LIMIT if limit is None else limit):
                raise TooManyParkedError(found, poison) from error
            found.append(poison)
    return found


def blames_the_event(error: Exception) -> bool:
    """Whether leaving out an event can help: not if the database is away or the tables are not there."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in _OF_THE_DATA
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # a value that does not fit its column's type
    return not isinstance(error, OSError | MemoryError)


def without_values(error: Exception) -> str:
    """The error's class and where it was raised; its text only where it is known to hold no value."""
    if isinstance(error, CannotFoldError):
        return str(error)
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        blamed = error.constraint_name or error.column_name
        return f"{name} ({error.sqlstate})" + (f" {blamed}" if blamed else "")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    if not frames:
        return name
    return f"{name} in {PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
