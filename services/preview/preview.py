"""Put together: what commands about units would do. It only asks; what they make was decided as a dry run."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from events.declare import Fact
from services.preview.funds import taken_along
from services.preview.series import Ground, conservation, series, supposed
from services.preview.shapes import Preview, TouchedUnit
from services.preview.standing import candidates_left, centres_left, funds_left, roles_left
from services.preview.trees import Trees
from services.statistics.scope import TREES

KINDS = (
    "UnitEstablished",
    "UnitRenamed",
    "UnitMoved",
    "UnitCodeAssigned",
    "UnitMerged",
    "UnitSplit",
    "UnitDissolved",
    "FundHandedOver",
)
"""What can be previewed: what changes territory, and the handing over of funds that goes with it."""


async def preview(
    connection: Any,
    facts: Sequence[Fact],
    *,
    known: int,
    years: Sequence[int],
    today: dt.date,
    reach: Collection[str] | None,
    commands: int,
    recorded_before: int = 0,
) -> Preview:
    """Inside a snapshot of `statistics`, `funds` and `models` that stand at `known`, whose tree is the one
    the facts were decided on. `reach`: the units whose figures may be shown; None: all."""
    trees = Trees(await TREES.at(connection, known), facts, today)
    along = await taken_along(connection, facts, trees.after, known)
    ground = Ground(connection, known, trees, years, supposed(facts) + along)
    return Preview(
        known,
        today,
        list(years),
        commands,
        recorded_before,
        [await _touched(ground, unit, reach) for unit in trees.touched()],
        trees.ends(),
        trees.moves(),
        trees.codes(),
        [await conservation(ground, units) for units in trees.common_ancestors()],
        await funds_left(connection, trees, list(facts)),
        await centres_left(connection, trees),
        await candidates_left(connection, trees),
        await roles_left(connection, trees),
    )


async def _touched(ground: Ground, unit_id: str, reach: Collection[str] | None) -> TouchedUnit:
    trees = ground.trees
    unit = trees.after.get(unit_id)
    assert unit is not None
    was, now = trees.lives_before(unit_id), trees.lives_after(unit_id)
    shown = None
    # One being established is below a parent within reach, or the commands would have been refused.
    if reach is None or unit_id in reach or trees.before.get(unit_id) is None:
        shown = series(
            await ground.before(unit_id), await ground.after(unit_id), ground.years, both=was and now
        )
    fate = "stays" if was and now else "begins" if now else "ends"
    return TouchedUnit(unit_id, trees.name(unit_id), unit.level, fate, shown)  # type: ignore[arg-type]
