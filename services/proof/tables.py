"""The yearly tables of a bundle: which there are, on which ground, and where each lies.

Every unit and year that handed in a report, published statistics, or of which figures were printed; as known
at the bundle's last position, on the tree of that year's end (or of the bundle's day, if that is earlier).
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from events.vocabulary import day_of
from services.cli.tables import as_csv
from services.proof.collected import Collected
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


def differing_line(theirs: bytes, ours: bytes) -> str:
    """The first line in which two tables differ, for people."""
    for their_line, our_line in _lines(theirs, ours):
        if their_line != our_line:
            return f"it says «{their_line}», the entries give «{our_line}»"
    return "the bytes differ"


def _lines(theirs: bytes, ours: bytes) -> Iterator[tuple[str, str]]:
    left, right = (text.decode("utf-8", "replace").split("\n") for text in (theirs, ours))
    for n in range(max(len(left), len(right))):
        yield (left[n] if n < len(left) else "(nothing)", right[n] if n < len(right) else "(nothing)")
