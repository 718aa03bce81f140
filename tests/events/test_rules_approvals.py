"""Above the unit's threshold a payment is proposed by one person, approved by another, paid as approved."""

from typing import Any
from uuid import UUID

from events.declare import Fact
from tests.events.funds import city_fund, open_fund, pay, reverse, send, spend
from tests.events.history import History
from tests.events.units import refused, withdraw

CLERK, HEAD, HEADS_PHONE = (UUID(f"0192f0c1-0000-7000-8000-0000000000c{n}") for n in (1, 2, 3))
ON = "2017-05-01"


def with_threshold(threshold: int = 1_000) -> History:
    given = city_fund(cash=100_000)
    given.record("ApprovalThresholdSet", "2017-01-01", unit_id="city", amount=threshold)
    return given


def propose(given: History, amount: int = 5_000, payment_id: str = "p", **more: Any) -> Fact:
    proposal = {"fund_id": "city", "kind": "award", "purpose": "scholarship"}
    more = {"actor": CLERK, **more}
    return given.record("PaymentProposed", ON, **proposal | more, payment_id=payment_id, amount=amount)[0]


def approve(given: History, proposal: Fact, actor: UUID = HEAD, on: str = ON) -> Fact:
    payment_id = proposal.data.payment_id  # type: ignore[attr-defined]
    approval = {"fund_id": "city", "payment_id": payment_id, "event_id": str(proposal.event_id)}
    return given.record("PaymentApproved", on, actor=actor, **approval)[0]


def change(given: History, amount: int, actor: UUID = CLERK) -> Fact:
    terms = {"fund_id": "city", "payment_id": "p", "kind": "award", "purpose": "scholarship"}
    return given.record("PaymentChanged", ON, actor=actor, **terms, amount=amount)[0]


def pay_approved(given: History, amount: int = 5_000, **more: Any) -> Fact:
    return pay(given, amount, **{"purpose": "scholarship", "payment_id": "p", **more})


def test_only_above_the_threshold_is_approval_needed() -> None:
    given = with_threshold()
    pay(given, 1_000)
    for payment in (lambda: pay(given, 1_001), lambda: spend(given, 1_001, "administration")):
        with refused("approval-needed", "/data/payment_id"):
            payment()
    open_fund(given, "ward", "duc-xuan", cash=5_000)
    with refused("approval-needed"):
        send(given, 1_001, "ward")
    pay(given, 5_000, fund_id="ward")  # the ward's own unit has no threshold


def test_a_threshold_holds_from_its_day() -> None:
    given = city_fund(cash=100_000)
    given.record("ApprovalThresholdSet", "2017-06-01", unit_id="city", amount=1_000)
    pay(given, 5_000, on="2017-05-31")
    with refused("approval-needed"):
        pay(given, 5_000, on="2017-06-01")


def test_proposed_approved_and_paid_once() -> None:
    given = with_threshold()
    approval = approve(given, proposal := propose(given))
    assert approval.effect.target == proposal.event_id
    paid = pay_approved(given)
    with refused("payment-already-paid", "/data/payment_id"):
        pay_approved(given)
    reverse(given, paid)
    pay_approved(given)  # a reversed payment frees its approval


def test_no_payment_before_its_approval() -> None:
    given = with_threshold()
    with refused("unknown-payment", "/data/payment_id"):
        pay_approved(given)
    proposal = propose(given)
    with refused("payment-not-approved"):
        pay_approved(given)
    with refused("decided-before-proposal", "/occurred_on"):
        approve(given, proposal, on="2017-04-30")
    approve(given, proposal, on="2017-05-10")
    with refused("payment-before-approval", "/occurred_on"):
        pay_approved(given, on="2017-05-09")
    pay_approved(given, on="2017-05-10")


def test_who_proposes_or_changes_does_not_approve() -> None:
    given = with_threshold()
    proposal = propose(given)
    with refused("maker-approves-own-payment"):
        approve(given, proposal, actor=CLERK)
    changed = change(given, 6_000, actor=HEAD)
    for maker in (CLERK, HEAD):
        with refused("maker-approves-own-payment"):
            approve(given, changed, actor=maker)


def test_persons_are_compared_not_tokens() -> None:
    given = with_threshold()
    head = "0192f0c1-0000-7000-8000-0000000000d1"
    given.record("PersonRegistered", "2017-01-01", person_id=head, kind="adult", details={"name": "Hiền"})
    for token, actor in enumerate((HEAD, HEADS_PHONE)):
        token_id = f"0192f0c1-0000-7000-8000-0000000000e{token}"
        issued = {"actor_id": str(actor), "token_id": token_id, "name": "Máy", "person_id": head}
        given.record("TokenIssued", "2017-01-01", **issued)
    proposal = propose(given, actor=HEAD)
    with refused("maker-approves-own-payment"):
        approve(given, proposal, actor=HEADS_PHONE)
    approve(given, proposal, actor=CLERK)


def test_the_current_version_is_approved_and_a_change_unapproves() -> None:
    given = with_threshold()
    first = propose(given)
    approve(given, first)
    with refused("payment-already-approved"):
        approve(given, first)
    changed = change(given, 6_000)
    with refused("payment-not-approved"):
        pay_approved(given, 6_000)
    with refused("approval-of-other-version", "/data/event_id"):
        approve(given, first)
    approve(given, changed)
    with refused("payment-differs-from-proposal", "/data/amount"):
        pay_approved(given, 5_000)
    pay_approved(given, 6_000)
    with refused("payment-already-paid"):
        change(given, 7_000)


def test_a_payment_is_as_proposed_even_below_the_threshold() -> None:
    given = with_threshold()
    approve(given, propose(given, amount=500))
    with refused("payment-differs-from-proposal", "/data/amount"):
        pay_approved(given, 400)
    with refused("payment-differs-from-proposal", "/data/purpose"):
        pay_approved(given, 500, purpose="teacher_award")
    with refused("payment-differs-from-proposal", "/data/purpose"):
        pay_approved(given, 500, purpose=None)
    with refused("payment-differs-from-proposal", "/data/payment_id"):
        spend(given, 500, "scholarship", payment_id="p")
    pay_approved(given, 500)


def test_a_rejected_proposal_is_over() -> None:
    given = with_threshold()
    proposal = propose(given)
    rejection = {"fund_id": "city", "payment_id": "p", "reason": "Thiếu danh sách"}
    rejected = given.record("PaymentRejected", ON, actor=HEAD, **rejection)[0]
    for attempt in (lambda: approve(given, proposal), lambda: change(given, 1), lambda: pay_approved(given)):
        with refused("payment-rejected", "/data/payment_id"):
            attempt()
    with refused("id-already-used", "/data/payment_id"):
        propose(given)
    withdraw(given, rejected)
    approve(given, proposal)
    pay_approved(given)


def test_what_was_built_on_a_proposal_keeps_it() -> None:
    given = with_threshold()
    proposal = propose(given)
    approval = approve(given, proposal)
    with refused("record-stood-on"):
        withdraw(given, proposal)
    paid = pay_approved(given)
    with refused("record-stood-on"):
        withdraw(given, approval)
    reverse(given, paid)
    withdraw(given, approval)
    with refused("payment-not-approved"):
        pay_approved(given)
    withdraw(given, proposal)
    with refused("unknown-payment"):
        pay_approved(given)


def test_an_award_is_not_cut_into_parts_to_escape_approval() -> None:
    given = with_threshold()
    pay(given, 600, award_id="list", part="1")
    for part in ({"part": "2"}, {}):
        with refused("approval-needed"):
            pay(given, 600, award_id="list", **part)


def test_parts_of_one_award_are_paid_under_one_approval() -> None:
    given = with_threshold()
    approve(given, propose(given, amount=5_000))
    pay_approved(given, 3_000, award_id="list", part="1")
    with refused("payment-differs-from-proposal", "/data/amount"):
        pay_approved(given, 2_001, award_id="list", part="2")
    with refused("payment-already-paid"):
        pay_approved(given, 2_000, award_id="another", part="1")
    pay_approved(given, 2_000, award_id="list", part="2")
