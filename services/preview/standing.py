"""What units that end leave behind: funds, open payments, centres, candidates, roles."""

from typing import Any

from events.declare import Fact
from events.log.read import COLUMNS, stored
from services.preview.shapes import CandidatesLeft, CentreLeft, FundLeft, RolesLeft
from services.preview.trees import Trees

_FUNDS = """
    SELECT f.fund_id, f.name, f.unit_id, f.cash, f.bank, f.goods, array(
        SELECT p.payment_id FROM read_funds.payment p
        WHERE p.fund_id = f.fund_id AND p.state = 'proposed' ORDER BY 1) AS open_payments
    FROM read_funds.fund f WHERE f.unit_id = ANY($1) AND f.closed_on IS NULL
        AND f.fund_id IN (SELECT fund_id FROM read_funds.fund_owner WHERE withdrawn_at IS NULL)
    ORDER BY f.unit_id, f.fund_id
"""
_CENTRES = f"""
    SELECT {COLUMNS} FROM log.events e WHERE type = 'LearningCentreOpened' AND unit = ANY($1)
        AND NOT EXISTS (SELECT FROM log.events w
            WHERE w.stream = e.stream AND w.type = 'RecordWithdrawn' AND w.target = e.event_id)
    ORDER BY unit, stream
"""
_CANDIDATES = """
    SELECT unit_id, model, year::int AS year, count(*)::int AS candidates FROM read_models.candidate_year
    WHERE unit_id = ANY($1) AND year >= $2 AND evaluation IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_ROLES = """
    SELECT unit AS unit_id, subject AS role, count(*)::int AS actors FROM (
        SELECT unit, subject, stream FROM log.events
        WHERE unit = ANY($1) AND type IN ('RoleGranted', 'RoleWithdrawn')
        GROUP BY 1, 2, 3 HAVING sum(CASE type WHEN 'RoleGranted' THEN 1 ELSE -1 END) > 0
    ) AS held GROUP BY 1, 2 ORDER BY 1, 2
"""


async def funds_left(connection: Any, trees: Trees, facts: list[Fact]) -> list[FundLeft]:
    handed: dict[str, str] = {
        f.data.fund_id: f.data.to_unit_id  # type: ignore[attr-defined]
        for f in facts
        if f.type == "FundHandedOver"
    }
    return [
        FundLeft(**row, handed_over_to=handed.get(row["fund_id"]))
        for row in await connection.fetch(_FUNDS, trees.ended)
    ]


async def centres_left(connection: Any, trees: Trees) -> list[CentreLeft]:
    """Of the units that end, and of those that had ended and been merged into them."""
    holders: dict[str, None] = {}
    for ending in trees.ended:
        for unit, path in trees.before.rolled_up(ending, trees.on):
            if not path and trees.before.standing_for(unit, trees.on)[0][0] == ending:
                holders[unit] = None
    openings: list[Any] = [stored(row).fact.data for row in await connection.fetch(_CENTRES, list(holders))]
    return [CentreLeft(o.centre_id, o.name, o.unit_id, _merged_into(trees, o.unit_id)) for o in openings]


async def candidates_left(connection: Any, trees: Trees) -> list[CandidatesLeft]:
    rows = await connection.fetch(_CANDIDATES, trees.ended, trees.on.year - 1)
    return [CandidatesLeft(**row) for row in rows]


async def roles_left(connection: Any, trees: Trees) -> list[RolesLeft]:
    return [RolesLeft(**row) for row in await connection.fetch(_ROLES, trees.ended)]


def _merged_into(trees: Trees, unit_id: str) -> str | None:
    """Along mergers, to a unit that lives; a centre follows no other end (events/catalogue/centres.py)."""
    unit = trees.after.get(unit_id)
    while unit is not None and unit.ended_on is not None and unit.ending == "merged":
        unit = trees.after.get(unit.into[0][0])
    return unit.unit_id if unit is not None and unit.lives(trees.on) else None
