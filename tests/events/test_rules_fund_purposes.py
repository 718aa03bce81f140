"""Money given for a purpose pays for that and nothing else, on every day."""

import pytest

from events.refusals import Refused
from tests.events.funds import (
    balance,
    city_fund,
    fund_state,
    give,
    open_fund,
    pay,
    receive,
    reverse,
    send,
    spend,
)
from tests.events.history import History
from tests.events.units import refused


def bound(given: History, fund_id: str = "city", purse: str = "money") -> dict[str, int]:
    return fund_state(given, fund_id).purses[purse].bound_on(given.today)  # type: ignore[index]


def test_a_restricted_fund_pays_only_for_its_purposes() -> None:
    given = city_fund(cash=1_000, restricted_to=["scholarship"])
    pay(given, 100, purpose="scholarship")
    with refused("purpose-outside-fund", "/data/purpose"):
        spend(given, 100, "administration")
    with refused("purpose-outside-fund", "/data/purpose"):
        pay(given, 100)
    with refused("purpose-outside-fund", "/data/purpose"):
        give(given, 100, purpose="administration")
    give(given, 100, purpose="scholarship")


def test_purposes_are_terms_of_a_list_that_can_grow() -> None:
    given = city_fund(cash=1_000)
    with refused("unknown-term", "/data/purpose"):
        spend(given, 100, "library")
    given.record("TermDefined", "2017-01-01", list="purpose", term="library", label="Tủ sách")
    spend(given, 100, "library")


def test_a_donors_purpose_binds() -> None:
    given = city_fund()
    give(given, 1_000, purpose="scholarship")
    give(given, 300)
    spend(given, 300, "administration")
    with pytest.raises(Refused) as refusal:
        spend(given, 1, "administration")
    assert refusal.value.code == "money-bound-to-purpose"
    assert refusal.value.values["purposes"] == ["scholarship"]
    assert refusal.value.values["bound"] == 1_000
    with refused("money-bound-to-purpose", "/data/amount"):
        pay(given, 1)  # for no purpose at all
    pay(given, 1_000, purpose="scholarship")
    assert balance(given, "cash") == 0


def test_opening_balances_are_free() -> None:
    given = city_fund(cash=500)
    give(given, 1_000, purpose="scholarship")
    spend(given, 500, "administration")


def test_cash_and_bank_are_one_purse() -> None:
    given = city_fund(bank=1_000)
    give(given, 1_000, purpose="scholarship")  # in cash
    pay(given, 1_000, purpose="scholarship", pocket="bank")  # paid from the bank
    spend(given, 1_000, "administration")  # the cash is free now
    assert bound(given) == {}


def test_moving_bound_money_between_pockets_is_free() -> None:
    given = city_fund()
    give(given, 1_000, purpose="scholarship")
    given.record(
        "CashMoved", "2017-05-01", fund_id="city", from_pocket="cash", to_pocket="bank", amount=1_000
    )
    assert bound(given) == {"scholarship": 1_000}
    pay(given, 1_000, purpose="scholarship", pocket="bank")


def test_goods_are_a_purse_of_their_own() -> None:
    given = city_fund(cash=1_000)
    items = [{"what": "bicycle", "quantity": 1, "unit": "piece"}]
    give(given, 1_000, pocket="goods", items=items, purpose="hardship_support")
    with refused("money-bound-to-purpose"):
        pay(given, 1_000, pocket="goods", purpose="scholarship")
    spend(given, 1_000, "administration")  # money is not bound by goods
    pay(given, 1_000, pocket="goods", purpose="hardship_support")


def test_money_given_later_does_not_pay_for_what_was_paid_before() -> None:
    given = city_fund(cash=1_000)
    pay(given, 1_000, purpose="scholarship", on="2017-03-01")
    give(given, 1_000, purpose="scholarship", on="2017-04-01")
    assert bound(given) == {"scholarship": 1_000}
    with refused("money-bound-to-purpose"):
        spend(given, 1, "administration", on="2017-05-01")


def test_a_late_payment_may_not_eat_what_a_later_one_drew_upon() -> None:
    given = city_fund()
    give(given, 1_000, purpose="scholarship", on="2017-02-01")
    give(given, 1_000, purpose="teacher_award", on="2017-02-01")
    later = pay(given, 1_000, purpose="scholarship", on="2017-09-01")
    with pytest.raises(Refused) as refusal:
        pay(given, 1, purpose="scholarship", on="2017-03-01")
    assert refusal.value.code == "money-bound-to-purpose"
    assert str(later.event_id) in refusal.value.sentence("en")


def test_a_gift_already_spent_is_not_taken_back_out_of_other_bound_money() -> None:
    given = city_fund()
    gift = give(given, 1_000, purpose="scholarship", on="2017-02-01")
    pay(given, 1_000, purpose="scholarship", on="2017-03-01")
    give(given, 1_000, purpose="teacher_award", on="2017-02-01")
    with refused("money-bound-to-purpose", "/data/event_id"):
        reverse(given, gift)
    give(given, 1_000, on="2017-02-01")
    reverse(given, gift)
    assert bound(given) == {"teacher_award": 1_000}


def test_a_reversed_payment_gives_back_what_it_drew() -> None:
    given = city_fund(cash=1_000)
    give(given, 600, purpose="scholarship", on="2017-02-01")
    payment = pay(given, 1_000, purpose="scholarship", on="2017-03-01")
    assert bound(given) == {}
    reverse(given, payment)
    assert bound(given) == {"scholarship": 600}


def test_reversed_out_of_a_closed_period_free_money_comes_back_free() -> None:
    given = city_fund(cash=1_000)
    give(given, 600, purpose="scholarship", on="2017-02-01")
    payment = pay(given, 1_000, purpose="scholarship", on="2017-03-01")
    given.record("PeriodClosed", "2018-01-01", fund_id="city", through="2017-12-31")
    assert reverse(given, payment).occurred_on == given.today
    assert bound(given) == {"scholarship": 600}
    spend(given, 1_000, "administration", on=given.today)


def test_what_is_lost_asks_nobodys_purpose_but_then_blocks_free_spending() -> None:
    given = city_fund(cash=100)
    give(given, 1_000, purpose="scholarship")
    loss = {"fund_id": "city", "pocket": "cash", "amount": -400, "reason": "Mất trộm"}
    given.record("DifferenceBooked", "2017-06-01", **loss)
    with refused("money-bound-to-purpose"):
        spend(given, 1, "administration", on="2017-06-02")
    give(given, 350, on="2017-06-03")
    spend(given, 50, "administration", on="2017-06-04")
    pay(given, 1_000, purpose="scholarship", on="2017-06-05")
    assert balance(given, "cash") == 0


def test_a_purpose_travels_with_a_transfer() -> None:
    given = city_fund()
    open_fund(given, "ward", "duc-xuan")
    give(given, 1_000, purpose="scholarship", on="2017-03-01")
    with refused("money-bound-to-purpose"):
        send(given, 1_000, "ward", purpose="administration")
    received = receive(given, send(given, 1_000, "ward", purpose="scholarship"))
    assert received.effect.measure == "scholarship"
    assert bound(given, "ward") == {"scholarship": 1_000}
    with refused("money-bound-to-purpose"):
        spend(given, 1, "administration", on="2017-06-01", fund_id="ward")


def test_nothing_is_sent_to_a_fund_that_may_not_use_it() -> None:
    given = city_fund(cash=1_000)
    open_fund(given, "ward", "duc-xuan", restricted_to=["teacher_award"])
    with refused("purpose-outside-fund", "/data/purpose"):
        send(given, 1_000, "ward", purpose="scholarship")
    send(given, 500, "ward", purpose="teacher_award")
    send(given, 500, "ward")
