"""How every route about one fund is asked: one snapshot, the fund within reach, the events meant."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from events.log.read import position_at_end_of
from services.api.access import BOOKS, AnyRequest, ledger_of, require_reach
from services.api.ledger import AGAIN
from services.api.problems import FUND_NOT_FOUND, NOT_REACHED, ApiProblem
from services.books.known import Known, known_up_to
from services.statistics.scope import KnownChoice

MODEL = ("funds",)

_FUND = """
    SELECT fund_id, name, unit_id, restricted_to, opened_on, closed_on, closed_through
    FROM read_funds.fund WHERE fund_id = $1
        AND EXISTS (SELECT FROM read_funds.fund_owner o WHERE o.fund_id = $1 AND o.position <= $2
            AND (o.withdrawn_at IS NULL OR o.withdrawn_at > $2))
"""


@asynccontextmanager
async def fund_asked(
    request: AnyRequest, fund_id: str, as_known: KnownChoice, min_position: int | None
) -> AsyncIterator[tuple[Any, Any, Known]]:
    """A snapshot to ask on, the fund's row, and the events meant.

    Raises `out-of-reach` for one of another's units, `fund-not-found`, `position-not-reached`.
    """
    async with ledger_of(request).reading_models(MODEL, min_position) as (connection, reached):
        known = await _known(connection, as_known, reached)
        fund = await connection.fetchrow(_FUND, fund_id, known.position)
        require_reach(request, BOOKS, [fund["unit_id"]] if fund else ())
        if fund is None:
            raise ApiProblem(FUND_NOT_FOUND, fund=fund_id)
        yield connection, fund, known


async def _known(connection: Any, as_known: KnownChoice, reached: int) -> Known:
    """The events meant. Raises `ApiProblem` for a position that the read model has not reached."""
    if isinstance(as_known, dt.date):
        position = min(await position_at_end_of(connection, as_known), reached)
    elif as_known is not None and as_known > reached:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=as_known, reached=reached)
    else:
        position = reached if as_known is None else as_known
    return await known_up_to(connection, position, reached)
