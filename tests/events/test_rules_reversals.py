"""What moved value is never changed: it is reversed once, on its own day while that is open."""

import datetime as dt

import pytest

from events.refusals import Refused
from tests.events.funds import balance, city_fund, give, open_fund, pay, reverse
from tests.events.units import refused, withdraw


def test_a_reversal_takes_the_entry_back_on_its_own_day() -> None:
    given = city_fund(cash=1_000)
    award = pay(given, 400, on="2017-05-20", recipients=3)
    reversal = reverse(given, award, on="2018-02-02")
    assert reversal.occurred_on == dt.date(2017, 5, 20)
    effect = reversal.effect
    assert (effect.kind, effect.target, effect.year) == ("AwardGranted", award.event_id, 2017)
    assert (effect.amount, effect.quantity, effect.subject) == (-400, -3, "scholarship")
    assert balance(given, "cash", dt.date(2017, 5, 20)) == 1_000


def test_out_of_a_closed_period_it_is_dated_today() -> None:
    given = city_fund(cash=1_000)
    award = pay(given, 400, on="2017-05-20")
    given.record("PeriodClosed", "2018-01-05", fund_id="city", through="2017-12-31")
    reversal = reverse(given, award, on="2018-02-02")
    assert (reversal.occurred_on, reversal.effect.year) == (given.today, given.today.year)
    assert balance(given, "cash", dt.date(2017, 12, 31)) == 600
    assert balance(given, "cash") == 1_000


def test_a_gift_already_spent_is_not_reversed_and_the_payments_are_named() -> None:
    given = city_fund()
    gift = give(given, 1_000, on="2017-02-01")
    spent = pay(given, 800, on="2017-03-01")
    with pytest.raises(Refused) as refusal:
        reverse(given, gift)
    assert refusal.value.code == "pocket-below-zero"
    assert refusal.value.field == "/data/event_id"
    assert str(spent.event_id) in refusal.value.sentence("vi")
    reverse(given, spent)
    reverse(given, gift)


def test_an_entry_is_reversed_once_and_a_reversal_never() -> None:
    given = city_fund(cash=1_000)
    award = pay(given, 400)
    reversal = reverse(given, award)
    with refused("entry-already-reversed", "/data/event_id"):
        reverse(given, award)
    with refused("entry-moves-nothing", "/data/event_id"):
        reverse(given, reversal)
    with refused("not-withdrawable"):
        withdraw(given, reversal)
    with refused("reverse-instead"):
        withdraw(given, pay(given, 1))


def test_only_what_moves_value_and_belongs_to_the_fund() -> None:
    given = city_fund(cash=1_000)
    open_fund(given, "ward", "duc-xuan", cash=10)
    with refused("entry-moves-nothing"):
        reverse(
            given, given.record("BalanceCounted", "2017-05-01", fund_id="city", pocket="cash", amount=0)[0]
        )
    with refused("entry-of-another-fund", "/data/event_id"):
        reverse(given, pay(given, 1), fund_id="ward")
    with refused("unknown-event", "/data/event_id"):
        reverse(given, pay(given, 1), event_id="0192f0c1-0000-7000-8000-00000000ffff")


def test_a_reversed_entrys_id_is_not_used_again() -> None:
    given = city_fund(cash=1_000)
    reverse(given, pay(given, 400, award_id="a"))
    with refused("id-already-used", "/data/award_id"):
        pay(given, 300, award_id="a")


def test_money_moved_between_pockets_and_differences_are_reversed_too() -> None:
    given = city_fund(cash=1_000)
    moved = given.record(
        "CashMoved", "2017-05-01", fund_id="city", from_pocket="cash", to_pocket="bank", amount=700
    )[0]
    found = given.record(
        "DifferenceBooked", "2017-05-01", fund_id="city", pocket="bank", amount=5, reason="?"
    )[0]
    assert (balance(given, "cash"), balance(given, "bank")) == (300, 705)
    reverse(given, moved)
    reverse(given, found)
    assert (balance(given, "cash"), balance(given, "bank")) == (1_000, 0)
