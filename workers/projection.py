"""What a projection is: a fold of pages of the log into tables of its own, which anybody may throw away.

A fold reads the log and its own tables, nothing else: no clock, no other projection, no outside world. So a
rebuild from the first event gives the same rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from events.log.read import COLUMNS, Stored, stored


class Projection(ABC):
    """One read model."""

    name: ClassVar[str]
    """Part of its schema's name: `read_<name>`."""
    version: ClassVar[int]
    """Of the definition: raised whenever tables or fold change, which asks for a rebuild."""
    tables: ClassVar[str]
    """DDL of its tables, and of the keys that gathering needs, names unqualified. No clock and no sequence in
    a default."""
    indexes: ClassVar[str] = ""
    """DDL of the indexes and keys that gathering does without: quicker made at once than row by row."""

    chunk: ClassVar[int] = 20_000
    """Positions that a rebuild folds in one transaction: a second's work or less."""
    in_any_order: ClassVar[bool] = False
    """Whether `gather` takes chunks in any order, several at once: rows are sums. Else from the first on."""

    @abstractmethod
    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        """Fold the events with after < position ≤ through into the tables, leaving out `parked` streams.

        Called in order, each event once, inside a transaction whose search_path begins with the tables'
        schema. Whatever is raised for the data's sake (not the connection's) parks the stream of the event;
        only the class of the error and where it was raised are kept, or the text of a `CannotFoldError`.
        """

    async def gather(self, connection: Any, after: int, through: int) -> None:
        """Fold a chunk of a build: the events with after < position ≤ through, each once."""
        await self.fold(connection, after, through, ())

    async def settle(self, connection: Any, through: int) -> None:  # noqa: B027 - most have nothing to do
        """Complete what was gathered of the events up to there; from here on `fold` goes on."""


class CannotFoldError(ValueError):
    """An event does not fit what was folded before. Its text is shown: ids and positions, never a person's
    data or a sealed field."""


def schema_of(name: str) -> str:
    """The schema that holds a projection's live tables."""
    return f"read_{name}"


def build_of(name: str) -> str:
    """The schema in which the next version is built."""
    return f"{schema_of(name)}_next"


def kept_of(name: str) -> str:
    """The schema in which the version before the last switch is kept."""
    return f"{schema_of(name)}_old"


def columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as the `width` columns that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


# `stream = ANY($1)` of thousands would be compared one by one under a generic plan; unnest() is joined.
# The same holds for every list of ids in the projections.


async def page_of(
    connection: Any, after: int, through: int, parked: Sequence[str], kinds: Iterable[str]
) -> list[Stored]:
    """The page's events of those kinds (reversals and withdrawals of them included), by position."""
    return [stored(row) for row in await rows_of_page(connection, after, through, parked, kinds)]


async def rows_of_page(
    connection: Any, after: int, through: int, parked: Sequence[str], kinds: Iterable[str]
) -> list[Any]:
    """The same as rows of `COLUMNS`, their entries not decoded."""
    # The kinds stand in the text: a list that the plan knows is hashed once, not gone through event by event.
    rows: list[Any] = await connection.fetch(
        f"SELECT {COLUMNS} FROM log.events WHERE position > $1 AND position <= $2"
        f" AND kind = ANY('{{{','.join(kinds)}}}') AND stream <> ALL($3) ORDER BY position",
        after,
        through,
        list(parked),
    )
    return rows


async def history_of(
    connection: Any, streams: Iterable[str], through: int, kinds: Iterable[str]
) -> list[Stored]:
    """All events of those streams and kinds up to a position, by position."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM log.events WHERE stream IN (SELECT unnest($1::text[])) AND position <= $2"
        " AND kind = ANY($3) ORDER BY position",
        list(streams),
        through,
        list(kinds),
    )
    return [stored(row) for row in rows]
