"""The revision table: what the figures of each year were at each time they might have been printed, and which
events made the difference."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from events.vocabulary import VIETNAM, day_of
from services.statistics.behind import Contribution, UnknownIndicatorError, contributions
from services.statistics.figures import shown
from services.statistics.scope import (
    KnownChoice,
    Scope,
    TreeChoice,
    UnknownUnitError,
    position_meant,
    scope_of,
)
from services.statistics.yearly import figures_of, find
from workers.indicators import INDICATORS
from workers.reading import snapshot

SHOWN = 100
"""Events listed with one change; their number is always told."""

Reason = Literal["entry", "late_entry", "correction", "reversal", "evaluation_replaced"]
"""Why an event changed a figure. `late_entry`: recorded after the year was over. `correction`: it takes the
place of an earlier record, or withdraws one."""


class RevisingEvent(msgspec.Struct, frozen=True):
    """One event that made a difference."""

    event_id: UUID
    position: int
    type: str
    reason: Reason
    contribution: int
    occurred_on: dt.date
    recorded_on: dt.date
    proof: str


class Change(msgspec.Struct, frozen=True):
    """From one column to the next: the events' contributions and the territory's sum to the difference (of a
    rate, contributions are those to its two counts)."""

    since: int
    known: int
    """Positions."""
    difference: int | Decimal | None
    territory: int | None
    """What came or went because units merged, split, moved or ended; null for a rate."""
    territory_changed: bool
    count: int
    events: list[RevisingEvent]
    """By position, the first 100."""


class RevisedYear(msgspec.Struct, frozen=True):
    """One row: a year, its figure at each time (null: not known, or the unit was not there), the changes."""

    year: int
    values: list[int | Decimal | None]
    changes: list[Change]


class KnownAt(msgspec.Struct, frozen=True):
    """One column: a position, and the day asked for, if it was a day."""

    position: int
    day: dt.date | None


class RevisionTable(msgspec.Struct, frozen=True):
    """Years down, times of knowing across."""

    unit_id: str
    indicator: str
    level: str | None
    measure: str
    tree: str
    known: list[KnownAt]
    years: list[RevisedYear]


# A count of a day that was counted before names no earlier event; it takes its place all the same.
# $2: when the year was over.
_REASON = """
    CASE
        WHEN type = 'EntryReversed' THEN 'reversal'
        WHEN type = 'RecordWithdrawn' THEN 'correction'
        WHEN target IS NOT NULL OR measure_was IS NOT NULL OR (type IN ('MembersCounted', 'PopulationStated')
            AND EXISTS (SELECT FROM log.events b WHERE b.stream = e.stream AND b.version < e.version
                AND b.type = e.type AND b.occurred_on = e.occurred_on))
        THEN CASE type WHEN 'ModelEvaluated' THEN 'evaluation_replaced' ELSE 'correction' END
        WHEN recorded_at >= $2 THEN 'late_entry'
        ELSE 'entry'
    END
"""
_ABOUT = f"""
    SELECT event_id, type, occurred_on, recorded_at, {_REASON} AS reason
    FROM log.events e WHERE event_id = ANY($1)
"""
_BY_REASON = f"""
    SELECT reason, count(*) AS count, sum(contribution)::bigint AS contribution,
        (array_agg(n - 1 ORDER BY position, n))[1:{SHOWN}] AS first
    FROM (
        SELECT c.n, c.contribution, e.position, {_REASON} AS reason
        FROM unnest($1::uuid[], $3::bigint[]) WITH ORDINALITY AS c (event_id, contribution, n)
        JOIN log.events e USING (event_id)
    ) AS told
    GROUP BY reason
"""


async def revision_table(
    connection: Any,
    unit_id: str,
    indicator: str,
    *,
    level: str | None,
    measure: str | None,
    years: Sequence[int],
    known: Sequence[KnownChoice],
    tree: TreeChoice = "then",
    today: dt.date,
) -> RevisionTable:
    """`known`: the columns, in any order; without any, the end of January after each year, and now.

    Raises `UnknownIndicatorError`, `NotYetKnownError`, `TooManyEventsError`.
    """
    declared = INDICATORS.get(indicator)
    if declared is None:
        raise UnknownIndicatorError(indicator)
    async with snapshot(connection, "statistics"):
        chosen: Sequence[KnownChoice] = known or [
            *(dt.date(year + 1, 1, 31) for year in years if dt.date(year + 1, 1, 31) < today),
            None,
        ]
        columns = await _columns(connection, chosen)
        rows = [
            await _row(connection, unit_id, indicator, level, measure, year, columns, tree, today)
            for year in years
        ]
    return RevisionTable(
        unit_id,
        indicator,
        level,
        declared.measure or measure or "",
        tree.isoformat() if isinstance(tree, dt.date) else tree,
        columns,
        rows,
    )


async def _columns(connection: Any, chosen: Sequence[KnownChoice]) -> list[KnownAt]:
    """By position, each once; days before the log began are one empty column."""
    found: dict[int, KnownAt] = {}
    for known in chosen:
        at, _ = await position_meant(connection, "statistics", known)
        found.setdefault(at, KnownAt(at, known if isinstance(known, dt.date) else None))
    return [found[at] for at in sorted(found)]


async def _row(
    connection: Any,
    unit_id: str,
    indicator: str,
    level: str | None,
    measure: str | None,
    year: int,
    columns: Sequence[KnownAt],
    tree: TreeChoice,
    today: dt.date,
) -> RevisedYear:
    values: list[Any] = []
    changes: list[Change] = []
    before: tuple[Scope, Any] | None = None
    for column in columns:
        try:
            scope = await scope_of(
                connection, unit_id, year, as_known=column.position, tree=tree, today=today
            )
        except UnknownUnitError:  # not there yet, as far as was known
            values.append(None)
            before = None
            continue
        figure = find(await figures_of(connection, scope, year), indicator, level, measure)
        exact = None if figure is None else figure.value
        unit_of = figure.measure if figure else "count"
        values.append(shown(exact, unit_of))
        if before is not None:
            was = before[1]
            between = await contributions(
                connection, scope, year, indicator, level=level, measure=measure, after=before[0].known
            )
            moved = _moved(before[0], scope)
            if between or was != exact:
                step = None if exact is None else exact - (was or 0)
                territory = None
                if INDICATORS[indicator].of is None and step is not None:
                    territory = int(step) - sum(c.contribution for c in between)
                changes.append(
                    Change(
                        before[0].known,
                        scope.known,
                        shown(step, unit_of),
                        territory,
                        moved,
                        len(between),
                        await revising_events(connection, between[:SHOWN], year),
                    )
                )
        before = scope, exact
    return RevisedYear(year, values, changes)


def _moved(before: Scope, after: Scope) -> bool:
    """Whether units came, left or were divided otherwise; one that was not known before brings no past."""
    both = [{pair for pair in scope.units if before.tree.get(pair[0])} for scope in (before, after)]
    return both[0] != both[1]


class ByReason(msgspec.Struct, frozen=True):
    """The contributions with one reason: how many, their sum, and the places of the first of them."""

    count: int
    contribution: int
    first: list[int]


async def by_reason(connection: Any, found: Sequence[Contribution], year: int) -> dict[Reason, ByReason]:
    """What contributions to a figure of that year add up to by reason; of each the first 100, by position."""
    ids, added = [c.event_id for c in found], [c.contribution for c in found]
    rows = await connection.fetch(_BY_REASON, ids, _over(year), added)
    return {row["reason"]: ByReason(row["count"], row["contribution"], row["first"]) for row in rows}


async def revising_events(connection: Any, found: Sequence[Contribution], year: int) -> list[RevisingEvent]:
    """The events behind contributions to a figure of that year, each with its reason."""
    rows = await connection.fetch(_ABOUT, [c.event_id for c in found], _over(year))
    about = {row["event_id"]: row for row in rows}
    events = []
    for c in found:
        row = about[c.event_id]
        events.append(
            RevisingEvent(
                c.event_id,
                c.position,
                row["type"],
                row["reason"],
                c.contribution,
                row["occurred_on"],
                day_of(row["recorded_at"]),
                c.proof,
            )
        )
    return events


def _over(year: int) -> dt.datetime:
    """When a year is over, in Vietnam."""
    return dt.datetime(year + 1, 1, 1, tzinfo=VIETNAM)
