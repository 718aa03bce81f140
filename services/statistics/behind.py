"""The events behind a figure, with what each contributes; they sum to the figure, always."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from events.tree import Path, allocate
from services.statistics.scope import KnownChoice, Scope, TreeChoice, scope_of
from services.statistics.summing import speaking
from workers.handed_over import BALANCES, taken_along
from workers.indicators import INDICATORS, Indicator, Sort, by_key, key_of
from workers.reading import planned_anew, snapshot
from workers.terms import contributions_to, kinds_read_by

MOST_EVENTS = 500_000
"""Behind one difference that is told as a whole; each takes the service some hundreds of bytes meanwhile."""


class UnknownIndicatorError(LookupError):
    """There is no indicator of that name."""


class TooManyEventsError(ValueError):
    """More events made a difference than are told as a whole."""

    def __init__(self, indicator: str, year: int, most: int) -> None:
        super().__init__(f"more than {most} events behind {indicator} of {year}")
        self.indicator = indicator
        self.year = year
        self.most = most


class Contribution(msgspec.Struct, frozen=True):
    """One event behind a figure; `indicator` tells a rate's two counts apart."""

    event_id: UUID
    position: int
    contribution: int
    indicator: str
    level: str | None
    measure: str
    proof: str
    """Where its proof of inclusion is."""


class EventsBehind(msgspec.Struct, frozen=True):
    """A page of them, by position. `next_after`: continue from there; null at the end."""

    unit_id: str
    year: int
    indicator: str
    as_known: int
    tree: dt.date
    events: list[Contribution]
    next_after: int | None


_BEHIND = """
    SELECT * FROM ({contributions}) AS p
    WHERE contribution <> 0
        AND CASE WHEN indicator = ANY($6) THEN coalesce(until_year > $5, true) ELSE year = $5 END
        AND ($7::text IS NULL OR level = $7) AND ($8::text IS NULL OR measure = $8)
    ORDER BY position, indicator LIMIT $9
"""
_OF = """
    r.unit = ANY($1) AND r.kind = ANY($2) AND r.year BETWEEN $10 AND $5
    AND r.position > $3 AND r.position <= $4
"""


async def events_behind(
    connection: Any,
    unit_id: str,
    year: int,
    indicator: str,
    *,
    level: str | None = None,
    measure: str | None = None,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    after: int = 0,
    limit: int = 100,
    today: dt.date,
) -> EventsBehind:
    """A page of the events behind one figure. Raises `UnknownUnitError`, `UnknownIndicatorError`."""
    if indicator not in INDICATORS:
        raise UnknownIndicatorError(indicator)
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        page = await contributions(
            connection, scope, year, indicator, level=level, measure=measure, after=after, limit=limit + 2
        )
    shown = page[:limit]
    if len(page) > limit and page[limit].position == shown[-1].position:
        shown.append(page[limit])  # an event may add to two counts, or to two levels
    return EventsBehind(
        unit_id,
        year,
        indicator,
        scope.known,
        scope.tree_on,
        shown,
        shown[-1].position if len(page) > len(shown) else None,
    )


async def contributions(
    connection: Any,
    scope: Scope,
    year: int,
    indicator: str,
    *,
    level: str | None = None,
    measure: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Contribution]:
    """What each event with a position above `after` adds to the figure, by position; at most `limit`.

    Without one all of them, for whoever adds them up. Raises `TooManyEventsError`.
    """
    most = MOST_EVENTS + 1 if limit is None else limit
    declared = by_key(indicator)
    names = list(declared.of or (indicator,))
    counts = [by_key(name) for name in names]
    paths = {name: _paths(scope.units) for name in names}
    for count in counts:
        if count.covers:
            spoken = await speaking(connection, scope, year, count)
            paths[key_of(count)] = _paths(spoken)
    whole = scope.rolled.divided or any(count.covers or count in BALANCES for count in counts)
    stocks = [key_of(count) for count in counts if count.sort is Sort.STOCK]
    await planned_anew(connection)
    found = await connection.fetch(
        _behind(counts),
        [unit for unit, _ in scope.units],
        kinds_read_by(counts),
        0 if whole else after,  # shares and speakers depend on all that came before
        scope.known,
        year,
        stocks,
        level,
        measure if not declared.of else None,
        None if whole else most,
        0 if stocks else year,
    )
    told = [c for c in _shared(found, paths) if c.position > after][:most]
    if limit is None and len(told) > MOST_EVENTS:
        raise TooManyEventsError(indicator, year, MOST_EVENTS)
    return told


def _behind(counts: list[Indicator]) -> str:
    parts = [contributions_to(counts, _OF)]
    if any(count in BALANCES for count in counts):
        along = taken_along("$3", "$4")
        parts.append(f"""
            SELECT * FROM ({along}) AS t
            WHERE t.unit = ANY($1) AND t.year <= $5 AND t.indicator = ANY($6)  -- balances are stocks
        """)
    return _BEHIND.format(contributions=" UNION ALL ".join(parts))


def _paths(units: Iterable[tuple[str, Path]]) -> dict[str, list[Path]]:
    paths: dict[str, list[Path]] = defaultdict(list)
    for unit, path in units:
        paths[unit].append(path)
    return paths


def _shared(rows: list[Any], paths: Mapping[str, Mapping[str, list[Path]]]) -> list[Contribution]:
    """What each event contributes. Of a divided unit, an event adds what its unit's share grows by."""
    totals: dict[tuple[str, str, str, str], int] = defaultdict(int)
    found: dict[tuple[UUID, str, str, str], int] = defaultdict(int)
    positions: dict[UUID, int] = {}
    for row in rows:
        cell = (row["unit"], row["indicator"], row["level"], row["measure"])
        before = totals[cell]
        totals[cell] += row["contribution"]
        ways = paths[row["indicator"]].get(row["unit"], ())
        added = sum(allocate(totals[cell], p) - allocate(before, p) for p in ways)
        found[row["event_id"], row["indicator"], row["level"], row["measure"]] += added
        positions[row["event_id"]] = row["position"]
    return [
        Contribution(
            event_id,
            positions[event_id],
            contribution,
            key.partition("@")[0],
            level or None,
            measure,
            f"/v1/audit/events/{event_id}/proof",
        )
        for (event_id, key, level, measure), contribution in found.items()
        if contribution
    ]
