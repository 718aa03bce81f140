"""What a question about books is asked of: a unit's funds on a day of life, as known from so many events.

A fund belongs to whom it belonged that day; its whole past goes with it. One that nobody handed over when its
unit ended is in the books of whom that unit rolls up to; a fund is not divided, so after a split it is with
the successor named first.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from services.books.known import Known, known_up_to
from services.statistics.scope import TREES, KnownChoice, UnknownUnitError, position_meant


@dataclass(frozen=True, slots=True)
class Owned:
    """A fund with its owner of the day."""

    fund_id: str
    unit_id: str
    level: str


@dataclass(frozen=True, slots=True)
class BooksScope:
    """The funds of a unit and all below it."""

    unit_id: str
    as_of: dt.date
    known: int
    cut: Known  # the same, as sums by day are cut
    funds: dict[str, Owned]

    @property
    def fund_ids(self) -> list[str]:
        return sorted(self.funds)


# Of several days the latest counts; on one day what was recorded last.
_OWNERS = """
    SELECT DISTINCT ON (fund_id) fund_id, unit_id FROM read_funds.fund_owner
    WHERE since <= $1 AND position <= $2 AND (withdrawn_at IS NULL OR withdrawn_at > $2)
    ORDER BY fund_id, since DESC, position DESC
"""


async def books_of(
    connection: Any, unit_id: str, *, as_of: dt.date, as_known: KnownChoice = None
) -> BooksScope:
    """Settle what a question means. Must be called inside a snapshot of `funds` (workers/reading.py).

    Raises `UnknownUnitError` for a unit that is not there that day, `NotYetKnownError`.
    """
    known, reached = await position_meant(connection, "funds", as_known)
    tree = await TREES.at(connection, known)
    unit = tree.get(unit_id)
    if unit is None or not unit.lives(as_of):
        raise UnknownUnitError(unit_id, as_of, tree.successors(unit_id, as_of) if unit else [])
    below = {
        found
        for found, path in tree.rolled_up(unit_id, as_of)
        if all(successor == 0 for _, successor in path)
    }
    funds = {}
    for row in await connection.fetch(_OWNERS, as_of, known):
        owner = tree.get(row["unit_id"])
        if owner is not None and owner.unit_id in below:
            funds[row["fund_id"]] = Owned(row["fund_id"], owner.unit_id, owner.level)
    return BooksScope(unit_id, as_of, known, await known_up_to(connection, known, reached), funds)
