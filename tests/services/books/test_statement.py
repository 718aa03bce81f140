"""A period's statement: it adds up, stays what it was once closed, and names what was recorded late."""

from typing import Any

import asyncpg

from tests.databases import Databases
from tests.services.books.conftest import DONOR
from tests.services.conftest import Service

CITY = "/v1/units/bac-kan-city/statement"
HALF = {"from": "2017-01-01", "to": "2017-06-30"}
SPRING = {"from": "2017-02-01", "to": "2017-03-31"}


async def got(service: Service, path: str, status: int = 200, **query: Any) -> Any:
    answer = await service.client.get(path, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def places(made: Any) -> dict[str, tuple[int, ...]]:
    names = ("opening", "received", "spent", "moved", "closing")
    return {p["place"]: tuple(p[name] for name in names) for p in made["places"]}


def flows(made: Any, side: str) -> list[tuple[str, str | None, int, int]]:
    return [(f["kind"], f["of"], f["money"], f["goods"]) for f in made[side]]


async def spend(service: Service, expense_id: str, amount: int, on: str, **more: Any) -> Any:
    expense = {"fund_id": "city", "expense_id": expense_id, "amount": amount, "pocket": "cash"}
    return await service.recorded("ExpensePaid", on, **expense | more, purpose="administration")


async def test_a_funds_period_by_pocket_source_and_use(books: Service) -> None:
    wrong = await spend(books, "e1", 50_000, "2017-03-05")
    await books.recorded(
        "EntryReversed", "2020-01-01", fund_id="city", event_id=wrong["event_id"], reason="x"
    )
    moved = {"from_pocket": "cash", "to_pocket": "bank", "amount": 300_000}
    await books.recorded("CashMoved", "2017-03-06", fund_id="city", **moved)
    lost = {"fund_id": "city", "pocket": "cash", "amount": -1_000, "reason": "x"}
    await books.recorded("DifferenceBooked", "2017-03-07", **lost)
    await books.fold()
    made = await got(books, "/v1/funds/city/statement", **SPRING)
    assert places(made) == {
        "cash": (0, 5_000_000, 1_501_000, -300_000, 3_199_000),
        "bank": (1_000_000, 0, 0, 300_000, 1_300_000),
        "money_in_transit": (0, 0, 0, 0, 0),
        "goods": (0, 4_000_000, 0, 0, 4_000_000),
        "goods_in_transit": (0, 0, 0, 0, 0),
    }
    assert flows(made, "sources") == [("donation", "organisation", 5_000_000, 4_000_000)]
    assert flows(made, "uses") == [
        ("award", "scholarship", 1_500_000, 0),
        ("cost", "administration", 0, 0),  # paid and taken back
        ("difference", None, 1_000, 0),
    ]
    assert flows(made, "moved") == [("cash_moved", None, 0, 0)]
    assert made["money"] == {
        "opening": 1_000_000,
        "received": 5_000_000,
        "spent": 1_501_000,
        "closing": 4_499_000,
    }
    assert made["sources"][0]["label"] == "Tổ chức"
    assert made["uses"][1]["label"] == "Chi quản lý"


async def test_together_transfers_within_are_neither_received_nor_spent(books: Service) -> None:
    made = await got(books, CITY, **HALF)
    assert (made["funds"], made["money"]["opening"]) == (3, 0)
    assert flows(made, "sources") == [
        ("opening", None, 3_000_000, 0),
        ("donation", "organisation", 5_000_000, 4_000_000),
    ]
    assert flows(made, "uses") == [("award", "scholarship", 1_500_000, 0)]
    assert places(made)["bank"] == (0, 3_000_000, 0, -70_000, 2_930_000)
    assert places(made)["money_in_transit"] == (0, 0, 0, 70_000, 70_000)
    assert made["money"]["closing"] == 6_500_000
    ward = await got(books, "/v1/units/duc-xuan/statement", **HALF)
    assert flows(ward, "sources")[1] == ("transfer", "city", 600_000, 0)
    assert ward["sources"][1]["label"] == "Nhận chuyển từ Quỹ city"
    first = await got(books, CITY, **{"from": "2017-04-02", "to": "2017-04-02"})
    assert places(first)["money_in_transit"] == (670_000, 0, 0, -600_000, 70_000)


async def test_once_closed_it_stays_and_what_came_late_is_listed(books: Service) -> None:
    path = "/v1/funds/city/statement"
    late = await spend(books, "late", 20_000, "2017-03-09")
    closed = await books.recorded("PeriodClosed", "2017-07-01", fund_id="city", through="2017-06-30")
    await books.fold()
    before = await got(books, path, **HALF, as_known=closed["position"] - 1)
    then = await got(books, path, **HALF, as_known=closed["position"])
    assert (before["closed"], before["still_open"], then["closed"]) == (False, ["city"], True)
    (closing,) = then["closings"]
    assert (closing["event_id"], closing["position"]) == (closed["event_id"], closed["position"])
    assert closing["recorded_by"]

    refused = await books.record(
        "DonationReceived",
        "2017-03-10",
        fund_id="city",
        donation_id="d9",
        amount=1,
        pocket="cash",
        donor=DONOR,
    )
    assert refused.json()["code"] == "period-closed"
    undone = await books.recorded(
        "EntryReversed", "2020-01-01", fund_id="city", event_id=late["event_id"], reason="Nhầm"
    )
    await books.fold()
    now = await got(books, path, **HALF)
    same = ("places", "money", "goods", "sources", "uses", "moved", "closings")
    assert {name: now[name] for name in same} == {name: then[name] for name in same}
    assert now["late_count"] == then["late_count"] + 1
    assert [e["event_id"] for e in then["late"] if e["occurred_on"] == "2017-03-09"] == [late["event_id"]]
    assert not any(e["after_closing"] for e in then["late"])
    last = now["late"][-1]
    assert (last["event_id"], last["why"], last["after_closing"], last["amount"]) == (
        undone["event_id"],
        "reversed_later",
        True,
        20_000,
    )
    earlier = await got(books, path, **HALF, as_known=late["position"] - 1)
    assert earlier["money"]["spent"] == now["money"]["spent"] - 20_000
    whole = await got(books, CITY, **HALF)
    assert (whole["closed"], whole["still_open"]) == (False, ["other", "ward"])


async def test_what_was_recorded_late_is_paged(books: Service) -> None:
    whole = (await got(books, CITY, **HALF))["late"]
    path, seen = CITY + "?from=2017-01-01&to=2017-06-30&limit=3", []
    while path:
        answer = await books.client.get(path)
        assert answer.json()["late_count"] == len(whole)
        seen += answer.json()["late"]
        path = answer.links.get("next", {}).get("url", "")
    assert seen == whole
    assert len(seen) == 9


async def test_it_fails_loudly_where_the_books_do_not_add_up(books: Service, databases: Databases) -> None:
    connection = await asyncpg.connect(databases.superuser_url(books.addresses))
    await connection.execute("UPDATE read_funds.movement SET amount = amount + 7 WHERE type = 'AwardGranted'")
    await connection.close()
    for path in ("/v1/funds/city/statement", CITY):
        problem = await got(books, path, 500, **HALF)
        assert problem["code"] == "books-unbalanced"
        assert "cash: +7 ₫" in problem["detail"]


async def test_questions_that_make_no_sense(books: Service) -> None:
    path = "/v1/funds/city/statement"
    for query, pointer in (
        ({"from": "2017-06-30", "to": "2017-01-01"}, "/query/to"),
        ({"from": "0001-01-01", "to": "2017-01-01"}, "/query/from"),
        ({"from": "2017-01-01", "to": "9999-12-31"}, "/query/to"),
        ({"from": "2017-01-01"}, "/query/to"),
        ({**HALF, "form": "2017-01-01"}, "/query/form"),
    ):
        problem = await got(books, path, 400, **query)
        assert [e["pointer"] for e in problem["errors"]] == [pointer], problem
    assert (await got(books, "/v1/funds/nowhere/statement", 404, **HALF))["code"] == "fund-not-found"
    assert (await got(books, path, 503, **HALF, as_known=9_999))["code"] == "position-not-reached"


async def test_as_a_page_everything_is_escaped(books: Service) -> None:
    opened = {"fund_id": "odd", "unit_id": "duc-xuan", "name": "Quỹ <script>alert(1)</script> & bạn"}
    await books.recorded("FundOpened", "2017-01-01", **opened)
    await books.fold()
    answer = await books.client.get(
        "/v1/funds/odd/statement", params=HALF, headers={"Accept": "text/html,*/*;q=0.5"}
    )
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Quỹ &lt;script&gt;alert(1)&lt;/script&gt; &amp; bạn" in answer.text
    assert "<script" not in answer.text
    page = (await books.client.get(CITY, params=HALF, headers={"Accept": "text/html"})).text
    for text in (
        "6.500.000",
        "Ghi muộn: 9",
        "Từ ngày 01/01/2017 đến ngày 30/06/2017",
        "Chưa khóa hết kỳ này",
    ):
        assert text in page
