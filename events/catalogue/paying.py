"""The rules of every payment out of a fund: its purpose, its approval, and that the money is there.

Above the unit's threshold a payment must have been approved, and be paid exactly as approved.
"""

import msgspec

from events.book import Book
from events.catalogue.approvals import PAYMENT_USED, Proposal, require_proposal
from events.catalogue.fund_purposes import Movement
from events.catalogue.fund_standing import Standing
from events.catalogue.standing import told
from events.catalogue.terms import require_term
from events.catalogue.unit_state import UnitState
from events.refusals import Refused, code
from events.vocabulary import PaymentKind

APPROVAL_NEEDED = code(
    "approval-needed",
    vi="Khoản chi {amount} ₫ vượt mức {threshold} ₫ của đơn vị «{unit}»: phải đề nghị, được duyệt"
    " và nêu payment_id.",
    en="A payment of {amount} ₫ is above the {threshold} ₫ of unit '{unit}': it must be proposed, approved"
    " and name its payment_id.",
)
PAYMENT_DIFFERS = code(
    "payment-differs-from-proposal",
    vi="Đề nghị chi «{payment}» nêu {what} là {proposed}, khoản chi lại là {given}.",
    en="The proposed payment '{payment}' has {what} {proposed}; the payment itself has {given}.",
)
NOT_APPROVED = code(
    "payment-not-approved",
    vi="Đề nghị chi «{payment}» chưa được duyệt (hoặc đã sửa sau khi duyệt).",
    en="The proposed payment '{payment}' is not approved (or was changed since).",
)
PAID_BEFORE_APPROVAL = code(
    "payment-before-approval",
    vi="Khoản chi ngày {day} ở trước ngày duyệt {approved} của đề nghị «{payment}».",
    en="The payment of {day} lies before the approval of '{payment}' on {approved}.",
)


class Payment(msgspec.Struct, frozen=True, gc=False):
    """A payment about to be made, as far as its approval is concerned."""

    kind: PaymentKind
    amount: int
    purpose: str | None
    payment_id: str | None
    award_id: str | None = None
    part: str | None = None


def pay(book: Book, fund: Standing, paying: Payment, movements: list[Movement]) -> None:
    """The rules of every payment: its purpose, its approval, and that the money is there on every day."""
    if paying.purpose is not None:
        require_term(book, "purpose", paying.purpose, "/data/purpose")
    fund.refuse_other_purpose(paying.purpose)
    require_approval(book, fund, paying)
    fund.state.refuse_overdrawn(fund.fund_id, book.occurred_on, movements, "/data/amount")


def require_approval(book: Book, fund: Standing, paying: Payment) -> None:
    """Refuse a payment above the unit's threshold without approval, and one unlike what was approved.

    Parts of one award count together, against the threshold and against what was approved for them.
    """
    parts = (
        fund.state.standing_of(fund.state.award_parts.get(paying.award_id, ()))
        if paying.award_id is not None
        else []
    )
    if paying.payment_id is None:
        threshold = book.state(f"unit-{fund.unit}", UnitState).approval_threshold(book.occurred_on)
        together = paying.amount + sum(f.effect.amount or 0 for f in parts)
        if threshold is not None and together > threshold:
            raise Refused(
                APPROVAL_NEEDED, "/data/payment_id", amount=together, threshold=threshold, unit=fund.unit
            )
        return
    proposal = require_proposal(fund.state, fund.fund_id, paying.payment_id)
    if others := [f for f in proposal.paid if paying.part is None or f not in parts]:
        raise Refused(PAYMENT_USED, "/data/payment_id", payment=paying.payment_id, entries=told(others))
    _refuse_unlike(proposal, paying, sum(f.effect.amount or 0 for f in proposal.paid))
    if proposal.approved is None:
        raise Refused(NOT_APPROVED, "/data/payment_id", payment=paying.payment_id)
    if book.occurred_on < proposal.approved.occurred_on:
        raise Refused(
            PAID_BEFORE_APPROVAL,
            "/occurred_on",
            day=book.occurred_on,
            approved=proposal.approved.occurred_on,
            payment=paying.payment_id,
        )


def _refuse_unlike(proposal: Proposal, paying: Payment, paid_before: int) -> None:
    terms = proposal.terms
    together = paid_before + paying.amount
    fits = together == terms.amount if paying.part is None else together <= terms.amount
    for what, field, proposed, given, same in (
        ("kind", "/data/payment_id", terms.kind, paying.kind, terms.kind == paying.kind),
        ("amount", "/data/amount", terms.amount, together, fits),
        ("purpose", "/data/purpose", terms.purpose, paying.purpose or "–", terms.purpose == paying.purpose),
    ):
        if not same:
            raise Refused(
                PAYMENT_DIFFERS, field, payment=paying.payment_id, what=what, proposed=proposed, given=given
            )
