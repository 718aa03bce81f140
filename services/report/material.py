"""Everything a report is made of, read in one snapshot at one position and on one tree."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from events.log.read import recorded_at
from events.tree import Unit
from events.vocabulary import day_of
from services.books.scope import books_of
from services.statistics.comparison import ComparedFigure, comparison
from services.statistics.contradictions import Contradiction, contradictions
from services.statistics.scope import (
    KnownChoice,
    RollUp,
    Scope,
    TreeChoice,
    position_meant,
    scope_of,
    scope_on,
)
from services.statistics.targets import TargetLine, targets_of
from services.statistics.yearly import YearlyTable, figures_of, parked_touch, table_of
from workers.indicators import INDICATORS
from workers.reading import snapshot

MODELS = ("funds", "statistics")
"""The read models that a report reads."""

MAIN = tuple(
    INDICATORS[name]
    for name in (
        "unit.chapters",
        "member.total",
        "model.family.registered",
        "model.family.achieved",
        "model.family.rate",
        "centre.classes",
        "fund.raised",
        "fund.awarded",
    )
)
"""What is told of each unit below."""

# A reversal is one more movement of its kind, with the sign turned. Each half has the other fund; what was
# received is counted, so that nothing on its way is.
_ELIMINATED = """
    SELECT coalesce(sum(amount), 0)::bigint FROM read_funds.movement
    WHERE fund_id = ANY($1) AND other_fund = ANY($1) AND kind = 'TransferReceived'
        AND occurred_on BETWEEN $2 AND $3 AND position <= $4
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A unit directly below, or the unit's own work (`unit_id` None), with its main figures."""

    unit_id: str | None
    name: str
    table: YearlyTable


@dataclass(frozen=True, slots=True)
class Print:
    """What was printed of the year, beside the log, and where print contradicts itself."""

    compared: list[ComparedFigure]
    contradictions: list[Contradiction]


@dataclass(frozen=True, slots=True)
class Material:
    """`through`: the last day of the year that the log knows of. `eliminated`: đồng moved between the unit's
    own funds within the year. `printed` is None where it was not asked for."""

    scope: Scope
    unit: Unit
    year: int
    through: dt.date
    recorded_at: dt.datetime
    table: YearlyTable
    parts: list[Part]
    eliminated: int
    targets: list[TargetLine]
    next_targets: list[TargetLine]
    printed: Print | None


async def gather(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    with_print: bool = False,
    today: dt.date,
) -> Material:
    """Raises `UnknownUnitError`, `NotYetKnownError`."""
    async with snapshot(connection, *MODELS):
        known = await _position(connection, as_known)
        scope = await scope_of(connection, unit_id, year, as_known=known, tree=tree, today=today)
        figures = await figures_of(connection, scope, year)
        incomplete = await parked_touch(connection, scope)
        at = await recorded_at(connection, known)
        unit = scope.tree.get(unit_id)
        assert unit is not None
        on = scope.tree_on
        same: dict[str, Any] = {"as_known": known, "tree": on, "today": today}
        return Material(
            scope=scope,
            unit=unit,
            year=year,
            through=min(dt.date(year, 12, 31), day_of(at)),
            recorded_at=at,
            table=table_of(scope, year, figures, tuple(INDICATORS.values()), incomplete=incomplete),
            parts=await _parts(connection, scope, year, incomplete=incomplete),
            eliminated=await _eliminated(connection, scope, year),
            targets=(await targets_of(connection, unit_id, year, **same)).targets,
            next_targets=(await targets_of(connection, unit_id, year + 1, **same)).targets,
            printed=await _printed(connection, unit_id, year, same) if with_print else None,
        )


async def _position(connection: Any, as_known: KnownChoice) -> int:
    """One for all read models: where the slower one stands, unless another is asked for."""
    found = [(await position_meant(connection, model, as_known))[0] for model in MODELS]
    return min(found)


async def _parts(connection: Any, scope: Scope, year: int, *, incomplete: bool) -> list[Part]:
    """Those below in the order of their ids, then what the unit did itself: together the whole."""
    tree, on = scope.tree, scope.tree_on
    rest = Counter(scope.units)
    scopes: list[tuple[str | None, str, Scope]] = []
    for child in tree.children(scope.unit_id, on):
        unit = tree.get(child)
        assert unit is not None
        below = scope_on(tree, child, on, known=scope.known, reached=scope.reached, shaped=scope.shaped)
        rest.subtract(below.units)
        scopes.append((child, unit.name(on), below))
    if not scopes:
        return []
    own = replace(scope, rolled=RollUp.of(rest.elements()))
    return [
        Part(unit_id, name, await _main(connection, part, year, incomplete=incomplete))
        for unit_id, name, part in [*scopes, (None, "", own)]
    ]


async def _main(connection: Any, scope: Scope, year: int, *, incomplete: bool) -> YearlyTable:
    figures = await figures_of(connection, scope, year, MAIN)
    return table_of(scope, year, figures, MAIN, incomplete=incomplete)


async def _eliminated(connection: Any, scope: Scope, year: int) -> int:
    books = await books_of(connection, scope.unit_id, as_of=scope.tree_on, as_known=scope.known)
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    found: int = await connection.fetchval(_ELIMINATED, books.fund_ids, first, last, scope.known)
    return found


async def _printed(connection: Any, unit_id: str, year: int, same: dict[str, Any]) -> Print:
    beside, known = await comparison(connection, unit_id, year, **same)
    against: Sequence[Contradiction] = await contradictions(connection, unit_id, known)
    return Print(beside.figures, [c for c in against if c.year == year])
