"""Proposed payments: asked for by one person, approved or rejected by another.

The history of one payment (proposal, changes, approval, rejection) is read off its standing facts, so that a
withdrawn one simply no longer counts.
"""

from typing import Any
from uuid import UUID

import msgspec

from events.book import Book
from events.catalogue.access import person_of
from events.catalogue.fund_standing import Standing, fund_taking
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.standing import refuse_if_stood_on, told
from events.catalogue.terms import require_term
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Dong, EventRef, Id, PaymentKind, Term

UNKNOWN_PAYMENT = code(
    "unknown-payment",
    vi="Quỹ «{fund}» không có đề nghị chi «{payment}».",
    en="Fund '{fund}' has no proposed payment '{payment}'.",
)
PAYMENT_USED = code(
    "payment-already-paid",
    vi="Đề nghị chi «{payment}» đã được chi: {entries}.",
    en="The proposed payment '{payment}' has already been paid: {entries}.",
)
PAYMENT_REJECTED = code(
    "payment-rejected",
    vi="Đề nghị chi «{payment}» đã bị từ chối ngày {day}; hãy lập đề nghị mới.",
    en="The proposed payment '{payment}' was rejected on {day}; make a new proposal.",
)
ALREADY_APPROVED = code(
    "payment-already-approved",
    vi="Đề nghị chi «{payment}» đã được duyệt ngày {day}.",
    en="The proposed payment '{payment}' was already approved on {day}.",
)
NOT_THE_CURRENT = code(
    "approval-of-other-version",
    vi="Phải duyệt bản hiện hành của đề nghị «{payment}»: {current}; nhận được: {given}.",
    en="The current version of proposal '{payment}' must be approved: {current}; given: {given}.",
)
SAME_PERSON = code(
    "maker-approves-own-payment",
    vi="Người duyệt đề nghị «{payment}» cũng là người lập hoặc sửa nó; phải là người khác.",
    en="Whoever proposed or changed '{payment}' may not approve it; another person must.",
)
BEFORE_PROPOSAL = code(
    "decided-before-proposal",
    vi="Ngày {day} ở trước ngày {proposed} của bản đề nghị «{payment}» hiện hành.",
    en="{day} lies before {proposed}, the day of the current version of proposal '{payment}'.",
)

_PROPOSAL: dict[str, Any] = {
    "fund_id": "quy-bac-kan-city",
    "payment_id": "de-nghi-2017-07",
    "kind": "award",
    "amount": 17_500_000,
    "purpose": "excellence_award",
}


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """Where one proposed payment stands."""

    current: Fact  # the proposal, or its latest change
    makers: tuple[UUID, ...]  # actors who proposed or changed it
    approved: Fact | None
    rejected: Fact | None
    paid: tuple[Fact, ...]

    @property
    def terms(self) -> "PaymentProposed | PaymentChanged":
        assert isinstance(self.current.data, PaymentProposed | PaymentChanged)
        return self.current.data


def proposal_of(fund: FundState, payment_id: str) -> Proposal | None:
    """The proposal as it stands; None: never made, or withdrawn."""
    history = fund.standing_of(fund.proposals.get(payment_id, ()))
    versions = [f for f in history if isinstance(f.data, PaymentProposed | PaymentChanged)]
    if not versions:
        return None
    current = versions[-1]
    return Proposal(
        current=current,
        makers=tuple(f.actor for f in versions),
        approved=_last(history, "PaymentApproved", current),
        rejected=_last(history, "PaymentRejected", None),
        paid=tuple(fund.standing_of(fund.paid.get(payment_id, ()))),
    )


def _last(history: list[Fact], type_: str, of: Fact | None) -> Fact | None:
    found = [f for f in history if f.type == type_ and (of is None or f.effect.target == of.event_id)]
    return found[-1] if found else None


def require_proposal(fund: FundState, fund_id: str, payment_id: str) -> Proposal:
    """Raises `unknown-payment`, `payment-rejected`."""
    proposal = proposal_of(fund, payment_id)
    if proposal is None:
        raise Refused(UNKNOWN_PAYMENT, "/data/payment_id", fund=fund_id, payment=payment_id)
    if proposal.rejected is not None:
        raise Refused(
            PAYMENT_REJECTED, "/data/payment_id", payment=payment_id, day=proposal.rejected.occurred_on
        )
    return proposal


class PaymentRecord(FundRecord, frozen=True):
    """What a proposal, its changes and the decisions on it share: later ones stand on earlier ones."""

    fund_id: Id
    payment_id: Id

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.proposals[self.payment_id].append(fact)

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        history = fund.standing_of(fund.proposals[self.payment_id])
        paid = fund.standing_of(fund.paid.get(self.payment_id, ()))
        refuse_if_stood_on([*(f for f in history if f.version > fact.version), *paid])


@event("fund-{fund_id}", vi="Đề nghị chi", en="Payment proposed", example=_PROPOSAL)
class PaymentProposed(PaymentRecord, frozen=True):
    """A payment someone asks for; paid only once another person approved it."""

    kind: PaymentKind
    amount: Dong
    purpose: Term
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        require_term(book, "purpose", self.purpose, "/data/purpose")
        fund.refuse_other_purpose(self.purpose)
        return Effect(unit=fund.unit, level=fund.level, subject=self.kind, amount=self.amount)

    def used_id(self) -> tuple[str, ...]:
        return ("payment_id", self.payment_id)


@event(
    "fund-{fund_id}", vi="Sửa đề nghị chi", en="Payment changed", example=_PROPOSAL | {"amount": 16_000_000}
)
class PaymentChanged(PaymentRecord, frozen=True):
    """New terms for a proposal not yet paid; an approval already given no longer holds."""

    kind: PaymentKind
    amount: Dong
    purpose: Term
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        proposal = _undecided(book, fund, self.payment_id)
        require_term(book, "purpose", self.purpose, "/data/purpose")
        fund.refuse_other_purpose(self.purpose)
        return Effect(
            unit=fund.unit,
            level=fund.level,
            subject=self.kind,
            amount=self.amount,
            target=proposal.current.event_id,
        )


@event(
    "fund-{fund_id}",
    vi="Duyệt chi",
    en="Payment approved",
    example={
        "fund_id": "quy-bac-kan-city",
        "payment_id": "de-nghi-2017-07",
        "event_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
    },
)
class PaymentApproved(PaymentRecord, frozen=True):
    """Another person than its makers agrees to the proposal as it stands; `event_id` names that version."""

    event_id: EventRef
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        proposal = _undecided(book, fund, self.payment_id)
        if UUID(self.event_id) != proposal.current.event_id:
            raise Refused(
                NOT_THE_CURRENT,
                "/data/event_id",
                payment=self.payment_id,
                current=str(proposal.current.event_id),
                given=self.event_id,
            )
        if proposal.approved is not None:
            raise Refused(
                ALREADY_APPROVED,
                "/data/payment_id",
                payment=self.payment_id,
                day=proposal.approved.occurred_on,
            )
        if person_of(book, book.actor) in {person_of(book, maker) for maker in proposal.makers}:
            raise Refused(SAME_PERSON, "/data/payment_id", payment=self.payment_id)
        return Effect(
            unit=fund.unit,
            level=fund.level,
            subject=proposal.terms.kind,
            amount=proposal.terms.amount,
            target=proposal.current.event_id,
        )


@event(
    "fund-{fund_id}",
    vi="Từ chối chi",
    en="Payment rejected",
    example={
        "fund_id": "quy-bac-kan-city",
        "payment_id": "de-nghi-2017-07",
        "reason": "Danh sách học sinh chưa đủ chữ ký",
    },
)
class PaymentRejected(PaymentRecord, frozen=True):
    """The proposal will not be paid. Whoever still wants it proposes anew."""

    reason: SealedText
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        proposal = _undecided(book, fund, self.payment_id)
        return Effect(
            unit=fund.unit,
            level=fund.level,
            subject=proposal.terms.kind,
            amount=proposal.terms.amount,
            target=proposal.current.event_id,
        )


def _undecided(book: Book, fund: Standing, payment_id: str) -> Proposal:
    """A proposal neither rejected nor paid, not dated after the command."""
    proposal = require_proposal(fund.state, fund.fund_id, payment_id)
    if proposal.paid:
        raise Refused(PAYMENT_USED, "/data/payment_id", payment=payment_id, entries=told(proposal.paid))
    if book.occurred_on < proposal.current.occurred_on:
        raise Refused(
            BEFORE_PROPOSAL,
            "/occurred_on",
            day=book.occurred_on,
            proposed=proposal.current.occurred_on,
            payment=payment_id,
        )
    return proposal
