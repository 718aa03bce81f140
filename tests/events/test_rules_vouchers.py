"""Every cash or bank receipt and payment has its voucher, numbered without gaps."""

import datetime as dt

from events.declare import CATALOGUE, Fact
from tests.events.funds import city_fund, give, open_fund, pay, receive, reverse, send, spend
from tests.events.history import History
from tests.events.units import establish


def vouchers(given: History) -> list[Fact]:
    return [f for f in given.log if f.type == "VoucherIssued"]


def numbers(given: History) -> list[tuple[str, int]]:
    return [(f.stream, f.data.number) for f in vouchers(given)]  # type: ignore[attr-defined]


def test_receipts_and_payments_each_count_on_their_own() -> None:
    given = city_fund(cash=1_000)
    give(given, 100)
    pay(given, 50)
    give(given, 100, pocket="bank")
    spend(given, 50, "administration")
    assert numbers(given) == [
        ("voucher-city.pt.2026", 1),
        ("voucher-city.pc.2026", 1),
        ("voucher-city.pt.2026", 2),
        ("voucher-city.pc.2026", 2),
    ]


def test_a_voucher_is_issued_today_whatever_the_day_of_the_entry() -> None:
    given = city_fund()
    give(given, 100, on="2017-05-01")
    voucher = vouchers(given)[0]
    assert voucher.occurred_on == given.today
    assert voucher.effect.year == 2026
    given.today = dt.date(2027, 1, 2)
    give(given, 100, on="2026-12-31")
    assert numbers(given)[-1] == ("voucher-city.pt.2027", 1)


def test_it_names_the_entry_it_came_with() -> None:
    given = city_fund()
    gift = give(given, 100)
    voucher = vouchers(given)[0]
    assert voucher.effect.target == gift.event_id
    assert voucher.data.event_id == str(gift.event_id)  # type: ignore[attr-defined]
    assert (voucher.effect.unit, voucher.effect.level, voucher.effect.subject) == ("city", "district", "pt")


def test_both_halves_of_a_transfer_have_one_each() -> None:
    given = city_fund(cash=1_000)
    open_fund(given, "ward", "duc-xuan")
    receive(given, send(given, 400, "ward"))
    assert numbers(given) == [("voucher-city.pc.2026", 1), ("voucher-duc-xuan.pt.2026", 1)]


def test_goods_counts_and_movements_within_have_none() -> None:
    given = city_fund(cash=1_000)
    give(given, 100, pocket="goods", items=[{"what": "book", "quantity": 9, "unit": "copy"}])
    pay(given, 100, pocket="goods")
    given.record("CashMoved", "2017-05-01", fund_id="city", from_pocket="cash", to_pocket="bank", amount=9)
    given.record("BalanceCounted", "2017-05-01", fund_id="city", pocket="cash", amount=991)
    assert numbers(given) == []


def test_a_reversal_leaves_the_number_taken() -> None:
    given = city_fund(cash=1_000)
    reverse(given, pay(given, 50))
    pay(given, 50)
    assert [n for _, n in numbers(given)] == [1, 2]


def test_after_a_handover_the_new_unit_issues() -> None:
    given = city_fund(cash=1_000)
    establish(given, "new", "commune", "city", on="2025-07-01")
    given.record("FundHandedOver", "2025-07-01", fund_id="city", to_unit_id="new")
    pay(given, 50, on="2025-06-30")
    pay(given, 50, on="2025-07-02")
    assert numbers(given) == [("voucher-new.pc.2026", 1), ("voucher-new.pc.2026", 2)]


def test_nobody_records_one_by_hand() -> None:
    assert CATALOGUE["VoucherIssued"].internal
