"""Whose fund it is, and whether the caller's roles reach it."""

from typing import Any

from services.api.access import AnyRequest, require_reach
from services.api.problems import FUND_NOT_FOUND, ApiProblem

_UNIT = """
    SELECT unit_id FROM read_funds.fund WHERE fund_id = $1
        AND fund_id IN (SELECT fund_id FROM read_funds.fund_owner WHERE withdrawn_at IS NULL)
"""


async def require_fund(request: AnyRequest, connection: Any, fund_id: str, roles: frozenset[str]) -> None:
    """Raises `out-of-reach` for one of another's units, `fund-not-found`."""
    unit = await connection.fetchval(_UNIT, fund_id)
    require_reach(request, roles, () if unit is None else [unit])
    if unit is None:
        raise ApiProblem(FUND_NOT_FOUND, fund=fund_id)
