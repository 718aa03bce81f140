"""A transfer has two halves; between them the money is in transit and belongs to neither pocket."""

import datetime as dt

from events.catalogue.transfers import in_transit
from tests.events.funds import balance, city_fund, fund_state, give, open_fund, receive, reverse, send
from tests.events.history import History
from tests.events.units import refused


def two_funds(cash: int = 1_000) -> History:
    given = city_fund(cash=cash)
    open_fund(given, "ward", "duc-xuan")
    return given


def test_money_leaves_travels_and_arrives() -> None:
    given = two_funds()
    sent = send(given, 400, "ward")
    assert (balance(given, "cash"), balance(given, "bank", fund_id="ward")) == (600, 0)
    received = receive(given, sent, pocket="bank")  # pockets may differ
    assert balance(given, "bank", fund_id="ward") == 400
    assert (sent.effect.level, received.effect.level) == ("district", "commune")
    assert received.effect.amount == sent.effect.amount == 400


def test_only_another_open_fund_is_sent_to() -> None:
    given = two_funds()
    with refused("transfer-to-itself", "/data/to_fund_id"):
        send(given, 1, "city")
    with refused("unknown-fund", "/data/to_fund_id"):
        send(given, 1, "nowhere")
    given.record("FundClosed", "2017-04-01", fund_id="ward")
    with refused("fund-closed", "/data/to_fund_id"):
        send(given, 1, "ward")


def test_no_more_is_sent_than_is_there() -> None:
    given = two_funds()
    with refused("pocket-below-zero", "/data/amount"):
        send(given, 1_001, "ward")


def test_what_arrives_is_what_was_sent() -> None:
    given = two_funds()
    open_fund(given, "other", "song-cau")
    sent = send(given, 400, "ward")
    with refused("transfer-amount-differs", "/data/amount"):
        receive(given, sent, amount=399)
    with refused("transfer-not-sent", "/data/transfer_id"):
        receive(given, sent, transfer_id="another")
    with refused("transfer-not-sent"):
        receive(given, sent, fund_id="other")
    with refused("transfer-not-sent"):
        receive(given, sent, from_fund_id="other")
    with refused("transfer-received-before-sent", "/occurred_on"):
        receive(given, sent, on="2017-04-30")
    with refused("transfer-goods-stay-goods", "/data/pocket"):
        receive(given, sent, pocket="goods")
    receive(given, sent)
    with refused("transfer-already-received"):
        receive(given, sent)


def test_the_receiving_half_is_reversed_first() -> None:
    given = two_funds()
    sent = send(given, 400, "ward")
    received = receive(given, sent)
    with refused("receiving-half-first", "/data/event_id"):
        reverse(given, sent)
    reverse(given, received)
    again = receive(given, sent, pocket="bank")  # wrong pocket the first time: it is still on its way
    reverse(given, again)
    reverse(given, sent)
    with refused("transfer-not-sent"):
        receive(given, sent)
    assert balance(given, "cash") == 1_000
    with refused("id-already-used", "/data/transfer_id"):
        send(given, 400, "ward", transfer_id=sent.data.transfer_id)  # type: ignore[attr-defined]


def test_money_is_never_in_both_funds_on_any_day() -> None:
    """The receiver's books are closed, so its half is reversed today; the sender's are open."""
    given = two_funds()
    sent = send(given, 400, "ward")
    received = receive(given, sent)
    given.record("PeriodClosed", "2017-12-31", fund_id="ward", through="2017-12-31")
    reverse(given, received)
    with refused("transfer-received-while-held", "/occurred_on"):
        receive(given, sent, on="2018-01-15")
    day = given.today - dt.timedelta(days=1)
    back = reverse(given, sent)
    assert (back.occurred_on, back.effect.year) == (given.today, given.today.year)
    for on, city, ward in ((day, 600, 400), (given.today, 1_000, 0)):
        assert (balance(given, "cash", on), balance(given, "cash", on, "ward")) == (city, ward)


def test_a_fund_with_money_in_transit_does_not_close() -> None:
    given = two_funds()
    sent = send(given, 1_000, "ward")
    with refused("transfers-in-transit", "/data/fund_id"):
        given.record("FundClosed", "2017-12-31", fund_id="city")
    receive(given, sent)
    given.record("FundClosed", "2017-12-31", fund_id="city")


def test_goods_travel_as_goods() -> None:
    given = two_funds()
    give(given, 900, pocket="goods", items=[{"what": "rice", "quantity": 50, "unit": "kg"}])
    receive(given, send(given, 900, "ward", pocket="goods"))
    assert balance(given, "goods", fund_id="ward") == 900


def test_two_senders_may_use_the_same_transfer_id() -> None:
    given = two_funds()
    open_fund(given, "other", "song-cau", cash=500)
    first = send(given, 400, "ward", transfer_id="t")
    second = send(given, 500, "ward", transfer_id="t", fund_id="other")
    receive(given, first)
    receive(given, second)
    assert balance(given, "cash", fund_id="ward") == 900


def test_in_transit_is_what_was_sent_and_not_received() -> None:
    from events.book import Book

    given = two_funds()
    waiting, arrived = send(given, 400, "ward"), send(given, 100, "ward")
    receive(given, arrived)
    book = Book(given.memory, arrived.actor, arrived.event_id, "fund-city", given.today, given.today)
    assert in_transit(book, "city", fund_state(given)) == [waiting]
