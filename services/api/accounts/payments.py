"""The route of payments that wait for a second person, or had one."""

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from services.api.access import AnyRequest
from services.api.accounts.asked import books_asked
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.parameters import Cursor, Identifier, Limit, MinPosition, next_page, understood, written
from services.books.payments import PaymentState, ProposedPayment, payments


class Payments(msgspec.Struct, frozen=True):
    """A page of proposed payments, by fund and payment id."""

    unit_id: str
    payments: list[ProposedPayment]


@get(
    "/v1/units/{unit_id:str}/payments",
    operation_id="listPayments",
    summary="Payments proposed, approved, rejected",
    tags=["funds"],
    responses=documented({200: Payments}, 400, 404, 503),
)
async def list_payments(
    request: AnyRequest,
    unit_id: Identifier,
    status: Annotated[PaymentState | None, QueryParameter(description="Only those that stand so")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """What somebody proposed to pay from the funds of the unit and all below, who decided, what was paid."""
    after = understood(cursor, tuple[str, str]) or ("", "")
    async with books_asked(request, unit_id, None, None, min_position) as (connection, scope):
        found, last = await payments(connection, scope, status, after, limit)
    link = None if last is None else next_page(request, cursor=written(last))
    return answer(Payments(unit_id, found), scope.known, link=link)


HANDLERS: list[Any] = [list_payments]
