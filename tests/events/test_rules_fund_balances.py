"""A pocket never holds less than nothing, on any day, whatever the order of recording."""

import datetime as dt

import pytest

from events.catalogue.fund_state import FundState
from events.refusals import Refused
from tests.events.funds import balance, city_fund, give, pay
from tests.events.units import establish, refused, withdraw


def test_a_fund_pays_out_what_it_received_and_no_more() -> None:
    given = city_fund(cash=1_000_000)
    give(given, 500_000, on="2017-03-01")
    pay(given, 1_500_000, on="2017-03-02")
    assert balance(given, "cash") == 0
    with refused("pocket-below-zero", "/data/amount"):
        pay(given, 1, on="2017-03-03")


def test_the_money_must_be_there_on_the_day_not_only_by_now() -> None:
    given = city_fund()
    give(given, 500_000, on="2017-06-01")
    with refused("pocket-below-zero"):
        pay(given, 500_000, on="2017-05-31")
    pay(given, 500_000, on="2017-06-01")  # the end of the day counts, not the hour


def test_a_late_payment_is_refused_naming_the_payments_in_its_way() -> None:
    given = city_fund(cash=1_000_000)
    in_the_way = pay(given, 800_000, on="2017-09-05")
    with pytest.raises(Refused) as refusal:
        pay(given, 300_000, on="2017-03-01")
    assert refusal.value.code == "pocket-below-zero"
    sentence = refusal.value.sentence("vi")
    assert str(in_the_way.event_id) in sentence
    assert "200.000 ₫" in sentence
    assert "100.000 ₫" in sentence
    assert "05/09/2017" in sentence
    pay(given, 200_000, on="2017-03-01")


def test_each_pocket_stands_for_itself() -> None:
    given = city_fund(cash=100_000, bank=900_000)
    with refused("pocket-below-zero"):
        pay(given, 200_000)
    given.record(
        "CashMoved", "2017-05-01", fund_id="city", from_pocket="bank", to_pocket="cash", amount=100_000
    )
    pay(given, 200_000)
    assert (balance(given, "cash"), balance(given, "bank")) == (0, 800_000)
    with refused("pocket-below-zero"):
        given.record(
            "CashMoved", "2017-05-01", fund_id="city", from_pocket="cash", to_pocket="bank", amount=1
        )
    with refused("cash-moved-to-same-pocket", "/data/to_pocket"):
        given.record(
            "CashMoved", "2017-05-01", fund_id="city", from_pocket="bank", to_pocket="bank", amount=1
        )


def test_goods_are_listed_and_go_out_at_their_appraised_value() -> None:
    given = city_fund()
    bicycles = [{"what": "bicycle", "quantity": 10, "unit": "piece"}]
    effect = give(given, 15_000_000, pocket="goods", items=bicycles).effect
    assert (effect.pocket, effect.amount, effect.subject) == ("goods", 15_000_000, "organisation")
    pay(given, 15_000_000, pocket="goods")
    with refused("goods-need-items", "/data/items"):
        give(given, 1_000, pocket="goods")
    with refused("items-only-with-goods", "/data/items"):
        give(given, 1_000, items=bicycles)
    with refused("unknown-term", "/data/items/0/what"):
        give(given, 1_000, pocket="goods", items=[{"what": "spaceship", "quantity": 1, "unit": "piece"}])


def test_ids_are_used_once() -> None:
    given = city_fund(cash=1_000_000)
    give(given, 1_000, donation_id="d")
    with refused("id-already-used", "/data/donation_id"):
        give(given, 1_000, donation_id="d")
    pay(given, 1_000, award_id="a", part="1")
    pay(given, 1_000, award_id="a", part="2")
    with refused("id-already-used", "/data/award_id"):
        pay(given, 1_000, award_id="a", part="2")


def test_a_fund_opens_once_for_a_living_unit() -> None:
    given = city_fund()
    opening = {"fund_id": "duc-xuan", "unit_id": "duc-xuan", "name": "Quỹ phường"}
    with refused("fund-exists", "/data/fund_id"):
        given.record("FundOpened", "2017-01-01", **opening | {"fund_id": "city"})
    with refused("unit-not-there"):
        given.record("FundOpened", "2001-01-01", **opening)
    with refused("opening-pocket-twice", "/data/opening/1/pocket"):
        given.record("FundOpened", "2017-01-01", **opening, opening=[{"pocket": "cash", "amount": 1}] * 2)
    with refused("purpose-twice", "/data/restricted_to/1"):
        given.record("FundOpened", "2017-01-01", **opening, restricted_to=["scholarship", "scholarship"])
    opened = given.record("FundOpened", "2017-01-01", **opening, opening=[{"pocket": "bank", "amount": 7}])[0]
    assert (opened.effect.amount, opened.effect.unit, opened.effect.level) == (7, "duc-xuan", "commune")
    with refused("unknown-fund", "/data/fund_id"):
        give(given, 1_000, fund_id="nowhere")
    with refused("fund-not-yet-open"):
        give(given, 1_000, fund_id="duc-xuan", on="2016-12-31")


def test_who_gave_is_named_only_if_no_person() -> None:
    given = city_fund()
    give(given, 1_000, donor={"kind": "anonymous"})
    give(given, 1_000, donor={"kind": "household"})
    with refused("name-not-public", "/data/donor/name"):
        give(given, 1_000, donor={"kind": "person", "name": "Bà Hoa"})
    with refused("name-not-public", "/data/donor/name"):
        give(given, 1_000, donor={"kind": "anonymous", "name": "Một nhà hảo tâm"})
    person = "0192f0c1-0000-7000-8000-0000000000aa"
    with refused("unknown-person", "/data/donor/person_id"):
        give(given, 1_000, donor={"kind": "person", "person_id": person})
    given.record("PersonRegistered", "2017-01-01", person_id=person, kind="adult", details={"name": "Hoa"})
    give(given, 1_000, donor={"kind": "person", "person_id": person})
    with refused("person-id-not-fitting", "/data/donor/person_id"):
        give(given, 1_000, donor={"kind": "organisation", "person_id": person})


def test_a_pledge_is_no_money_until_it_is_received() -> None:
    given = city_fund()
    pledge = {"fund_id": "city", "pledge_id": "p", "amount": 5_000, "donor": {"kind": "organisation"}}
    with refused("pledge-due-before-made", "/data/due_on"):
        given.record("DonationPledged", "2017-02-01", **pledge, due_on="2017-01-31")
    pledged = given.record("DonationPledged", "2017-02-01", **pledge, due_on="2017-09-30")[0]
    assert balance(given, "cash") == 0
    with refused("unknown-pledge", "/data/pledge_id"):
        give(given, 1_000, pledge_id="another")
    received = give(given, 3_000, pledge_id="p")
    give(given, 4_000, pledge_id="p")  # gifts may exceed what was promised
    with refused("record-stood-on"):
        withdraw(given, pledged)
    assert str(received.event_id)
    other = given.record("DonationPledged", "2017-02-01", **pledge | {"pledge_id": "q"})[0]
    assert withdraw(given, other).amount == -5_000
    with refused("unknown-pledge"):
        give(given, 1_000, pledge_id="q")
    given.record("DonationPledged", "2017-02-01", **pledge | {"pledge_id": "q"})  # the right one, anew


def test_awards_count_their_recipients_rightly() -> None:
    given = city_fund(cash=1_000_000)
    first, second = (f"0192f0c1-0000-7000-8000-00000000000{n}" for n in (1, 2))
    for person in (first, second):
        given.record("PersonRegistered", "2017-01-01", person_id=person, kind="child", details={"name": "A"})
    award = pay(
        given, 1_000, recipients=2, person_ids=[first, second], school_year="2016-2017", occasion="tet"
    )
    assert (award.effect.quantity, award.effect.measure, award.effect.subject) == (2, "person", "scholarship")
    with refused("more-named-than-recipients", "/data/person_ids"):
        pay(given, 1_000, recipients=1, person_ids=[first, second])
    with refused("recipient-twice", "/data/person_ids/1"):
        pay(given, 1_000, recipients=2, person_ids=[first, first])
    with refused("unknown-person", "/data/person_ids/0"):
        pay(given, 1_000, person_ids=["0192f0c1-0000-7000-8000-000000000009"])
    with refused("school-year-not-consecutive", "/data/school_year"):
        pay(given, 1_000, school_year="2016-2018")
    with refused("unknown-term", "/data/occasion"):
        pay(given, 1_000, occasion="birthday")


def test_a_count_beside_the_books_says_what_the_difference_is() -> None:
    given = city_fund(cash=1_000_000)
    difference = {"fund_id": "city", "pocket": "cash", "reason": "Thiếu khi kiểm kê"}
    counted = given.record("BalanceCounted", "2017-12-31", fund_id="city", pocket="cash", amount=950_000)[0]
    assert counted.effect.amount == 950_000
    with refused("difference-of-zero", "/data/amount"):
        given.record("DifferenceBooked", "2017-12-31", **difference, amount=0)
    with refused("difference-not-as-counted", "/data/amount"):
        given.record("DifferenceBooked", "2017-12-31", **difference, amount=-40_000)
    given.record("DifferenceBooked", "2017-12-31", **difference, amount=-50_000)
    assert balance(given, "cash") == 950_000
    with refused("difference-not-as-counted"):
        given.record("DifferenceBooked", "2017-12-31", **difference, amount=-50_000)
    with refused("record-stood-on"):
        withdraw(given, counted)
    with refused("pocket-below-zero"):
        given.record("DifferenceBooked", "2018-01-01", **difference, amount=-950_001)


def test_a_bank_statement_and_its_lines() -> None:
    given = city_fund()
    statement = {
        "fund_id": "city",
        "statement_id": "s",
        "from_date": "2017-09-01",
        "to_date": "2017-09-30",
        "opening": 0,
        "closing": 5,
    }
    line = {"fund_id": "city", "statement_id": "s", "line": 1, "date": "2017-09-05", "amount": 5, "text": "x"}
    with refused("unknown-statement", "/data/statement_id"):
        given.record("BankLineRecorded", "2017-10-01", **line)
    with refused("statement-ends-before-start", "/data/to_date"):
        given.record("BankStatementRecorded", "2017-10-01", **statement | {"to_date": "2017-08-31"})
    with refused("statement-in-future", "/data/to_date"):
        given.record("BankStatementRecorded", "2017-10-01", **statement | {"to_date": "2030-01-01"})
    recorded = given.record("BankStatementRecorded", "2017-10-01", **statement)[0]
    with refused("line-outside-statement", "/data/date"):
        given.record("BankLineRecorded", "2017-10-01", **line | {"date": "2017-10-01"})
    with refused("line-of-zero", "/data/amount"):
        given.record("BankLineRecorded", "2017-10-01", **line | {"amount": 0})
    written = given.record("BankLineRecorded", "2017-10-01", **line)[0]
    with refused("id-already-used", "/data/line"):
        given.record("BankLineRecorded", "2017-10-01", **line)
    with refused("record-stood-on"):
        withdraw(given, recorded)
    withdraw(given, written)
    given.record("BankLineRecorded", "2017-10-01", **line | {"amount": -5})
    assert balance(given, "bank") == 0  # what the bank says moves nothing


def test_a_closed_period_takes_nothing_more() -> None:
    given = city_fund(cash=1_000_000)
    pledge = {"fund_id": "city", "pledge_id": "p", "amount": 5_000, "donor": {"kind": "organisation"}}
    pledged = given.record("DonationPledged", "2017-02-01", **pledge)[0]
    with refused("period-not-over", "/data/through"):
        given.record("PeriodClosed", "2017-12-20", fund_id="city", through="2017-12-31")
    closing = given.record("PeriodClosed", "2018-01-10", fund_id="city", through="2017-12-31")[0]
    for what in (give, pay):
        with refused("period-closed", "/occurred_on"):
            what(given, 1_000, on="2017-12-31")
    with refused("period-closed"):
        given.record("BalanceCounted", "2017-12-31", fund_id="city", pocket="cash", amount=0)
    with refused("period-closed"):
        withdraw(given, pledged)
    with refused("not-withdrawable"):
        withdraw(given, closing)
    with refused("period-already-closed", "/data/through"):
        given.record("PeriodClosed", "2018-02-01", fund_id="city", through="2017-06-30")
    pay(given, 1_000, on="2018-01-01")


def test_a_fund_closes_only_when_nothing_is_left() -> None:
    given = city_fund(cash=1_000)
    with refused("fund-not-empty"):
        given.record("FundClosed", "2018-01-01", fund_id="city")
    pay(given, 1_000, on="2017-12-31")
    give(given, 500, on="2018-03-01")
    last = pay(given, 500, on="2018-03-01")
    with refused("entries-after-closing", "/occurred_on"):
        given.record("FundClosed", "2018-01-01", fund_id="city")
    closed = given.record("FundClosed", "2018-03-01", fund_id="city")[0]
    for on in ("2018-02-01", "2018-03-02"):
        with refused("fund-closed"):
            give(given, 1_000, on=on)
    with refused("fund-closed"):
        given.record(
            "EntryReversed", "2018-03-02", fund_id="city", event_id=str(last.event_id), reason="Nhầm"
        )
    withdraw(given, closed)
    give(given, 1_000, on="2018-03-02")


def test_an_opening_is_withdrawn_only_while_nothing_stands_on_it() -> None:
    given = city_fund(cash=1_000)
    opened = given.log[-1]
    gift = give(given, 500)
    with refused("record-stood-on"):
        withdraw(given, opened)
    assert gift.effect.amount == 500

    fresh = city_fund(cash=1_000)
    assert withdraw(fresh, fresh.log[-1]).amount == -1_000
    with refused("unknown-fund"):
        give(fresh, 1_000)
    fresh.record("FundOpened", "2017-01-01", fund_id="city", unit_id="city", name="Quỹ thành phố")
    assert balance(fresh, "cash") == 0


def test_a_fund_is_handed_over_after_its_units_end() -> None:
    given = city_fund(cash=1_000)
    establish(given, "new", "commune", "city", on="2025-07-01")
    given.record("FundOpened", "2017-01-01", fund_id="dx", unit_id="duc-xuan", name="Quỹ phường")
    before = give(given, 1_000, fund_id="dx", on="2025-06-01")
    given.record("UnitMerged", "2025-07-01", unit_id="duc-xuan", into_unit_id="new")
    with refused("unit-not-there"):
        give(given, 1_000, fund_id="dx", on="2025-08-01")
    with refused("new-owner-not-there", "/data/to_unit_id"):
        given.record("FundHandedOver", "2025-06-01", fund_id="dx", to_unit_id="new")
    with refused("fund-handed-to-itself", "/data/to_unit_id"):
        given.record("FundHandedOver", "2025-08-01", fund_id="dx", to_unit_id="duc-xuan")
    handed = given.record("FundHandedOver", "2025-08-01", fund_id="dx", to_unit_id="new")[0]
    assert (handed.effect.unit, handed.effect.subject) == ("duc-xuan", "new")
    with refused("handover-before-last", "/occurred_on"):
        given.record("FundHandedOver", "2025-07-15", fund_id="dx", to_unit_id="city")
    after = give(given, 1_000, fund_id="dx", on="2025-08-01")
    assert (before.effect.unit, after.effect.unit) == ("duc-xuan", "new")
    with refused("record-stood-on"):
        withdraw(given, handed)


def test_a_hundred_thousand_entries_are_no_burden() -> None:
    """Not a benchmark: it hangs only where the cost of an entry grows with their number."""
    fund, start = FundState(), dt.date(2015, 1, 1)
    line = fund.pockets["cash"]
    for n in range(100_000):
        late = 365 if n % 100 == 0 else 0
        day = start + dt.timedelta(days=max(0, n * 3650 // 100_000 - late))
        assert line.first_below_zero(day, 1) is None
        line.add(day, 1)
    assert line.last == 100_000
    assert line.first_below_zero(start, -1) is None
    assert line.first_below_zero(start, -129) == (start, 128)
