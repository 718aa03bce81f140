"""Tables that went out, and whether the log still gives them.

A publication fixes the position, the tree, the definitions and the digest of the canonical CSV of exactly
those figures. `then` and `now` are meant from the day on which it was recorded. Anybody can compute the table
anew: here, in a bundle taken home, or from another copy of the log.
"""

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from events.catalogue.reports import StatisticsPublished
from events.log.read import COLUMNS, Stored, stored
from events.vocabulary import day_of
from services.statistics.canonical import digest_of
from services.statistics.scope import TREES, TreeChoice, UnknownUnitError, position_meant
from services.statistics.yearly import YearlyTable, yearly_table
from workers.indicators import INDICATORS, Indicator, defined
from workers.reading import snapshot
from workers.sealing.tree import root_at


class DefinitionUsed(msgspec.Struct, frozen=True):
    """An indicator, and which version of its definition."""

    name: str
    version: int


class PublishedTable(msgspec.Struct, frozen=True):
    """One publication.

    `recomputed`: the digest that those definitions give today at that position; null where this software does
    not have them all (`unknown_definitions`), the position lay ahead of the publication, or there is no such
    unit on that tree. `holds`: whether it is the digest published; null where definitions are missing.
    `root_holds`: whether the log's first `position` entries have that root; null until they are signed.
    """

    event_id: UUID
    recorded_position: int
    recorded_at: dt.datetime
    actor: UUID
    position: int
    tree: str
    tree_on: dt.date
    root: str
    root_holds: bool | None
    digest: str
    recomputed: str | None
    holds: bool | None
    definitions: list[DefinitionUsed]
    unknown_definitions: list[str]


class PublishedTables(msgspec.Struct, frozen=True):
    """A page of a unit's publications of one year, the last first."""

    unit_id: str
    year: int
    as_known: int
    published: list[PublishedTable]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class Publication:
    """One as it was recorded."""

    event: Stored
    data: StatisticsPublished

    @property
    def on(self) -> dt.date:
        """The day it was recorded: what `then` and `now` are meant from."""
        return day_of(self.event.recorded_at)

    @property
    def tree(self) -> TreeChoice:
        return tree_of(self.data)

    @property
    def tree_on(self) -> dt.date:
        """The day whose boundaries it has."""
        tree = self.tree
        if isinstance(tree, dt.date):
            return tree
        return min(dt.date(self.data.year, 12, 31), self.on) if tree == "then" else self.on


_PUBLISHED = f"""
    SELECT {COLUMNS} FROM log.events
    WHERE unit = $1 AND year = $2 AND type = 'StatisticsPublished' AND position < $3 AND position <= $4
    ORDER BY position DESC LIMIT $5
"""
LAST = 2**62


async def published_tables(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    before: int | None = None,
    limit: int = 20,
    today: dt.date,
) -> PublishedTables:
    """Each computed anew. `before`: those recorded before that position. Raises `UnknownUnitError`."""
    async with snapshot(connection, "statistics"):
        known, _ = await position_meant(connection, "statistics", None)
        if (await TREES.at(connection, known)).get(unit_id) is None:
            raise UnknownUnitError(unit_id, today, [])
        found = await publications(connection, unit_id, year, known=known, before=before, limit=limit + 1)
        page = [await _held(connection, one) for one in found[:limit]]
    more = page[-1].recorded_position if len(found) > limit else None
    return PublishedTables(unit_id, year, known, page, more)


async def publications(
    connection: Any, unit_id: str, year: int, *, known: int, before: int | None = None, limit: int = 1
) -> list[Publication]:
    """The last first, of the first `known` events."""
    rows = await connection.fetch(_PUBLISHED, unit_id, year, before or LAST, known, limit)
    found = []
    for row in rows:
        event = stored(row)
        assert isinstance(event.fact.data, StatisticsPublished)
        found.append(Publication(event, event.fact.data))
    return found


def declared_in(published: StatisticsPublished) -> tuple[list[Indicator], list[str]]:
    """The definitions it names, in the order of the table; and those this software does not have."""
    order = {name: n for n, name in enumerate(INDICATORS)}
    indicators: list[Indicator] = []
    unknown: list[str] = []
    for one in sorted(published.definitions, key=lambda d: (order.get(d.name, len(order)), d.name)):
        if (found := defined(one.name, one.version)) is not None:
            indicators.append(found)
        else:
            unknown.append(f"{one.name} v{one.version}")
    return indicators, unknown


def tree_of(published: StatisticsPublished) -> TreeChoice:
    match published.tree:
        case "then" | "now" as tree:
            return tree
        case day:
            return dt.date.fromisoformat(day)


async def recomputed(connection: Any, published: StatisticsPublished, on: dt.date) -> YearlyTable:
    """The table as it should have gone out. `on`: the day it was recorded.

    Raises `UnknownUnitError`, `NotYetKnownError`, and `LookupError` where a definition is unknown.
    """
    indicators, unknown = declared_in(published)
    if unknown:
        raise LookupError(", ".join(unknown))
    return await yearly_table(
        connection,
        published.unit_id,
        published.year,
        as_known=published.position,
        tree=tree_of(published),
        today=on,
        indicators=indicators,
    )


async def _held(connection: Any, one: Publication) -> PublishedTable:
    event, data = one.event, one.data
    _, unknown = declared_in(data)
    digest = None
    ahead = data.position >= event.position
    if not unknown and not ahead:
        with contextlib.suppress(UnknownUnitError):  # no such table could have gone out: it does not hold
            digest = digest_of(await recomputed(connection, data, one.on))
    return PublishedTable(
        event.fact.event_id,
        event.position,
        event.recorded_at,
        event.fact.actor,
        data.position,
        data.tree,
        one.tree_on,
        data.root,
        False if ahead else await _root_holds(connection, data),
        data.digest,
        digest,
        None if unknown else digest == data.digest,
        [DefinitionUsed(d.name, d.version) for d in data.definitions],
        unknown,
    )


async def _root_holds(connection: Any, data: StatisticsPublished) -> bool | None:
    signed = await connection.fetchval("SELECT coalesce(max(size), 0) FROM proof.checkpoint")
    if signed < data.position:
        return None
    return (await root_at(connection, data.position)).hex() == data.root
