"""The yearly tables of a bundle: which there are, on which ground, and where each lies.

Every unit and year that handed in a report, published statistics, or of which figures were printed; as known
at the bundle's last position, on the tree of that year's end (or of the bundle's day, if that is earlier).
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from events.vocabulary import day_of
from services.cli.tables import as_csv
from services.proof import findings as f
from services.proof.collected import Collected
from services.proof.report import WrongError
from services.statistics.scope import UnknownUnitError
from services.statistics.yearly import yearly_table

PUBLISHED = "published.csv"


def path_of(unit: str, year: int) -> str:
    return f"tables/{unit}/{year}.csv"


def tree_day(year: int, collected: Collected) -> dt.date:
    """Fixed by the log alone, so that whoever computes the table later gets the same."""
    last = collected.last
    day = day_of(last.recorded_at) if last is not None else dt.date.min
    return min(dt.date(year, 12, 31), day)


async def computed(pool: Any, collected: Collected, size: int) -> dict[str, bytes]:
    """Every table by its path, computed on a ledger that holds the first `size` events."""
    found: dict[str, bytes] = {}
    async with pool.acquire() as connection:
        for unit, year in collected.tables():
            on = tree_day(year, collected)
            try:
                table = await yearly_table(connection, unit, year, as_known=size, tree=on, today=on)
            except UnknownUnitError:
                continue  # not on the tree that day: there is no such table
            found[path_of(unit, year)] = as_csv(table).encode()
    return found


def require_same(path: str, theirs: bytes, ours: bytes) -> None:
    """Raises `WrongError` with the first line in which two tables differ."""
    if theirs == ours:
        return
    for their_line, our_line in _lines(theirs, ours):
        if their_line != our_line:
            raise WrongError(f.FILE_DIFFERS, path=path, theirs=their_line, ours=our_line)
    raise WrongError(f.FILE_DIFFERS, path=path, theirs=theirs.hex(), ours=ours.hex())


def _lines(theirs: bytes, ours: bytes) -> Iterator[tuple[str, str]]:
    left, right = (text.decode("utf-8", "replace").split("\n") for text in (theirs, ours))
    for n in range(max(len(left), len(right))):
        yield (left[n] if n < len(left) else "–", right[n] if n < len(right) else "–")
