"""What funds would take along: handed over, all that is recorded of them goes to the unit that gets them."""

from collections.abc import Sequence
from typing import Any

from events.declare import Fact
from events.tree import Tree
from services.statistics.scope import Supposed
from workers.handed_over import BALANCES, HANDED_OVER
from workers.terms import contributions_to

_HELD = f"""
    SELECT split_part(indicator, '.', 3) AS pocket, greatest(year, $2)::int AS year,
        sum(contribution)::bigint AS amount
    FROM ({contributions_to(BALANCES, "r.stream = $1 AND r.position <= $3")}) AS c GROUP BY 1, 2
"""


async def taken_along(
    connection: Any, facts: Sequence[Fact], after: Tree, known: int
) -> tuple[Supposed, ...]:
    """Beside what the events change by themselves. `after`: the tree once they are recorded."""
    found = []
    for fact in facts:
        if fact.type != HANDED_OVER:
            continue
        for row in await connection.fetch(_HELD, fact.stream, fact.occurred_on.year, known):
            for unit, sign in ((fact.effect.unit, -1), (fact.effect.subject, 1)):
                taken = after.get(str(unit))
                assert taken is not None
                found.append(
                    Supposed(
                        unit=taken.unit_id,
                        year=row["year"],
                        kind=HANDED_OVER,
                        level=taken.level,
                        pocket=row["pocket"],
                        amount=sign * row["amount"],
                    )
                )
    return tuple(found)
