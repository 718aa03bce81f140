"""Payments that two people decide: proposed, approved or rejected, paid, in a unit's funds and all below."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

import msgspec

from services.books.scope import BooksScope

PaymentState = Literal["proposed", "approved", "rejected"]


class ProposedPayment(msgspec.Struct, frozen=True):
    """One payment, as it stands."""

    fund_id: str
    payment_id: str
    kind: str
    """`award`, `expense` or `transfer`."""
    amount: int
    purpose: str | None
    state: PaymentState
    """`proposed` again once it was changed after an approval."""
    proposal: UUID
    """The event of the proposal as it stands: what an approval must name."""
    proposed_on: dt.date
    proposed_by: UUID
    decision: UUID | None
    """The event that approved or rejected it; a rejection's reason is sealed with it."""
    decided_on: dt.date | None
    decided_by: UUID | None
    paid: int
    """What was paid under it so far, in đồng."""


_PAYMENTS = """
    SELECT p.fund_id, p.payment_id, p.kind, p.amount, p.purpose, p.state, p.proposal, p.proposed_on,
        p.proposed_by, p.decision, p.decided_on, p.decided_by,
        (SELECT coalesce(-sum(m.amount), 0)::bigint FROM read_funds.movement m
         WHERE m.fund_id = p.fund_id AND m.payment_id = p.payment_id) AS paid
    FROM read_funds.payment p
    WHERE p.fund_id IN (SELECT unnest($1::text[])) AND ($2::text IS NULL OR p.state = $2)
        AND (p.fund_id, p.payment_id) > ($3, $4)
    ORDER BY p.fund_id, p.payment_id LIMIT $5
"""


async def payments(
    connection: Any, scope: BooksScope, state: PaymentState | None, after: tuple[str, str], limit: int
) -> tuple[list[ProposedPayment], tuple[str, str] | None]:
    """A page by fund and payment, and where the next one begins (None at the end). As known now."""
    rows = await connection.fetch(_PAYMENTS, scope.fund_ids, state, *after, limit + 1)
    found = [ProposedPayment(**row) for row in rows[:limit]]
    return found, (found[-1].fund_id, found[-1].payment_id) if len(rows) > limit else None
