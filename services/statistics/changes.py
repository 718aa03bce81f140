"""What changed since a table went out: every figure that is another now, and the events that made it so."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from services.statistics.behind import Contribution, contributions
from services.statistics.canonical import digest_of
from services.statistics.figures import Figure, shown
from services.statistics.published import Publication, declared_in, publications
from services.statistics.revisions import SHOWN, Reason, RevisingEvent, by_reason, revising_events
from services.statistics.scope import KnownChoice, Scope, TreeChoice, position_meant, scope_of
from services.statistics.yearly import ALL, figures_of, table_of
from workers.indicators import Indicator, key_of
from workers.reading import snapshot

ORDER: tuple[Reason, ...] = ("late_entry", "correction", "reversal", "evaluation_replaced", "entry")


class NothingPublishedError(LookupError):
    """No table of that unit and year ever went out."""


class DefinitionsGoneError(LookupError):
    """A table went out under definitions that this software does not have."""


class ReasonTotal(msgspec.Struct, frozen=True):
    """Events with one reason. `contribution`: what they add together; null for a rate."""

    reason: Reason
    count: int
    contribution: int | None


class ChangedFigure(msgspec.Struct, frozen=True):
    """A figure that is another now.

    `year`: the year of the table, or the one before, whose figures the table shows beside its own. `events`:
    by reason, then position, the first 100; of a rate, those of its two counts. What they contribute and
    `territory` sum to `difference`; both are null for a rate's parts. `territory`: what came or went because
    units merged, split, moved or ended, or because another unit's statement now speaks for the area. A
    difference of 0: recorded and undone again, or both counts of a rate grew alike.
    """

    indicator: str
    level: str | None
    measure: str
    year: int
    published: int | Decimal | None
    now: int | Decimal | None
    difference: int | Decimal | None
    territory: int | None
    count: int
    reasons: list[ReasonTotal]
    events: list[RevisingEvent]


class ChangesSince(msgspec.Struct, frozen=True):
    """`position`: since when. `publication`: the event that published it, null where the position asked about
    is not one of a publication. `same`: whether the table made now would have the same digest."""

    unit_id: str
    year: int
    position: int
    as_known: int
    tree: dt.date
    publication: UUID | None
    published_at: dt.datetime | None
    same: bool
    territory_changed: bool
    figures: list[ChangedFigure]


async def changes_since(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    position: int | None = None,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
) -> ChangesSince:
    """Since the last publication, or since `position`: by the definitions and the tree of what was published
    at it, else by today's definitions and on `tree`.

    Raises `NothingPublishedError`, `DefinitionsGoneError`, `UnknownUnitError`, `NotYetKnownError`,
    `TooManyEventsError`.
    """
    async with snapshot(connection, "statistics"):
        known, _ = await position_meant(connection, "statistics", as_known)
        one = await _publication(connection, unit_id, year, known, position)
        indicators: Sequence[Indicator] = ALL
        since = position or 0
        if one is not None:
            indicators, unknown = declared_in(one.data)
            if unknown:
                raise DefinitionsGoneError(", ".join(unknown))
            since, tree, today = one.data.position, one.tree, one.on
        before = await scope_of(connection, unit_id, year, as_known=since, tree=tree, today=today)
        now = await scope_of(connection, unit_id, year, as_known=known, tree=before.tree_on, today=today)
        was = await figures_of(connection, before, year, indicators)
        are = await figures_of(connection, now, year, indicators)
        changed = _Changed(connection, now, year, since)
        figures = [found async for found in changed.figures(indicators, was, are)]
    tables = [table_of(s, year, f, indicators, incomplete=False) for s, f in ((before, was), (now, are))]
    return ChangesSince(
        unit_id,
        year,
        since,
        known,
        before.tree_on,
        one.event.fact.event_id if one else None,
        one.event.recorded_at if one else None,
        digest_of(tables[0]) == digest_of(tables[1]),
        set(before.units) != set(now.units),
        figures,
    )


async def _publication(
    connection: Any, unit_id: str, year: int, known: int, position: int | None
) -> Publication | None:
    found = await publications(connection, unit_id, year, known=known, limit=1000 if position else 1)
    if position is None:
        if not found:
            raise NothingPublishedError(unit_id, year)
        return found[0]
    return next((one for one in found if one.data.position == position), None)


class _Changed:
    """Finds, for each figure that differs, the events since that made it so."""

    def __init__(self, connection: Any, now: Scope, year: int, since: int) -> None:
        self._connection, self._now, self._year, self._since = connection, now, year, since
        self._events: dict[tuple[str, int], list[Contribution]] = {}

    async def figures(self, indicators: Iterable[Indicator], was: list[Figure], are: list[Figure]) -> Any:
        before, after = _by_cell(was), _by_cell(are)
        declared = {i.name: i for i in indicators}
        places = {name: n for n, name in enumerate(declared)}
        for cell in sorted({**before, **after}, key=lambda c: places[c[0]]):  # stable: levels keep theirs
            indicator = declared[cell[0]]
            old, new = before.get(cell), after.get(cell)
            if _told(old) != _told(new):
                yield await self._one(indicator, cell, self._year, _value(old), _value(new))
            if _previous(old) != _previous(new):
                yield await self._one(indicator, cell, self._year - 1, _previous(old), _previous(new))

    async def _one(self, indicator: Indicator, cell: "Cell", year: int, old: Any, new: Any) -> ChangedFigure:
        found = [c for c in await self._since_then(indicator, year) if _belongs(c, indicator, cell)]
        told = await by_reason(self._connection, found, year)
        reasons = [reason for reason in ORDER if reason in told]
        first = [found[n] for reason in reasons for n in told[reason].first][:SHOWN]
        step = None if new is None else new - (old or 0)
        rate = indicator.of is not None
        name, level, measure = cell
        return ChangedFigure(
            name,
            level,
            measure,
            year,
            shown(old, measure),
            shown(new, measure),
            shown(step, measure),
            None if rate or step is None else int(step) - sum(c.contribution for c in found),
            len(found),
            [ReasonTotal(r, told[r].count, None if rate else told[r].contribution) for r in reasons],
            await revising_events(self._connection, first, year),
        )

    async def _since_then(self, indicator: Indicator, year: int) -> list[Contribution]:
        asked = key_of(indicator), year
        if asked not in self._events:
            self._events[asked] = await contributions(
                self._connection, self._now, year, asked[0], after=self._since
            )
        return self._events[asked]


Cell = tuple[str, str | None, str]


def _by_cell(figures: Iterable[Figure]) -> dict[Cell, Figure]:
    return {(f.indicator, f.level, f.measure): f for f in figures}


def _told(figure: Figure | None) -> tuple[Any, ...]:
    """What a table says of the year itself."""
    if figure is None:
        return (None, 0, None, None)
    return (figure.value, figure.events, figure.numerator, figure.denominator)


def _value(figure: Figure | None) -> Any:
    return None if figure is None else figure.value


def _previous(figure: Figure | None) -> Any:
    return None if figure is None else figure.previous


def _belongs(c: Contribution, indicator: Indicator, cell: Cell) -> bool:
    if indicator.of is not None:
        return True
    return (c.level, c.measure or indicator.measure or "count") == cell[1:]
