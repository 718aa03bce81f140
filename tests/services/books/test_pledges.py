"""Pledges: open, fulfilled in parts, overdue, withdrawn; on any day, as known at any position."""

from typing import Any

import pytest

from tests.services.books.conftest import BICYCLES, DONOR
from tests.services.conftest import Service

CITY = "/v1/units/bac-kan-city/pledges"


async def got(service: Service, path: str, **query: Any) -> Any:
    answer = await service.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def promise(service: Service, pledge_id: str, amount: int, due: str | None = None, **more: Any) -> Any:
    pledge: dict[str, Any] = {"fund_id": "city", "pledge_id": pledge_id, "amount": amount, "donor": DONOR}
    return await service.recorded(
        "DonationPledged", "2017-05-01", **pledge | more | ({"due_on": due} if due else {})
    )


async def give(service: Service, pledge_id: str, amount: int, on: str, **more: Any) -> Any:
    gift = {
        "fund_id": "city",
        "donation_id": f"{pledge_id}-{amount}-{on}",
        "pledge_id": pledge_id,
        "amount": amount,
        "pocket": "bank",
        "donor": DONOR,
    }
    return await service.recorded("DonationReceived", on, **gift | more)


@pytest.fixture
async def promised(books: Service) -> Service:
    """Five promises to the city's fund, one to a ward's; gifts on three of them, one gift reversed."""
    await promise(books, "none", 10_000, "2017-12-31")
    await promise(books, "parts", 100_000, "2017-09-30")
    await promise(books, "more", 50_000)
    wrong = await promise(books, "wrong", 9_000_000)
    await books.recorded("RecordWithdrawn", "2017-05-02", event_id=wrong["event_id"], reason="Nhầm")
    await promise(books, "wrong", 900_000, donor={"kind": "collective", "name": "Lớp 9A"})
    await promise(books, "ward", 70_000, fund_id="ward")
    await give(books, "parts", 30_000, "2017-06-01")
    taken = await give(books, "parts", 40_000, "2017-07-01")
    await give(books, "parts", 20_000, "2017-08-01", pocket="goods", items=BICYCLES)
    await give(books, "more", 60_000, "2017-06-01")
    await give(books, "wrong", 900_000, "2017-06-02")
    await books.recorded(
        "EntryReversed", "2017-08-02", fund_id="city", event_id=taken["event_id"], reason="x"
    )
    await books.fold()
    return books


def told(page: Any) -> list[tuple[Any, ...]]:
    names = ("pledge_id", "state", "amount", "money", "goods", "outstanding")
    return [tuple(p[name] for name in names) for p in page["pledges"]]


async def test_each_stands_as_it_was_fulfilled(promised: Service) -> None:
    page = await got(promised, "/v1/funds/city/pledges", as_of="2017-09-30")
    assert told(page) == [
        ("none", "open", 10_000, 0, 0, 10_000),
        ("parts", "part", 100_000, 30_000, 20_000, 50_000),
        ("more", "fulfilled", 50_000, 60_000, 0, 0),
        ("wrong", "withdrawn", 9_000_000, 0, 0, 0),
        ("wrong", "fulfilled", 900_000, 900_000, 0, 0),
    ]
    parts = page["pledges"][1]
    assert [(p["amount"], p["pocket"], p["reversal_of"] is None) for p in parts["parts"]] == [
        (30_000, "bank", True),
        (40_000, "bank", True),
        (-40_000, "bank", False),
        (20_000, "goods", True),
    ]
    assert (parts["donor"], parts["due_on"], parts["pledged_on"]) == (DONOR, "2017-09-30", "2017-05-01")
    assert page["totals"] == [
        {"state": s, "count": n, "amount": a, "money": m, "goods": g, "outstanding": o}
        for s, n, a, m, g, o in (
            ("open", 1, 10_000, 0, 0, 10_000),
            ("part", 1, 100_000, 30_000, 20_000, 50_000),
            ("fulfilled", 2, 950_000, 960_000, 0, 0),
            ("withdrawn", 1, 9_000_000, 0, 0, 0),
        )
    ]


async def test_the_day_after_it_was_due_it_is_overdue(promised: Service) -> None:
    async def overdue(day: str) -> list[str]:
        page = await got(promised, CITY, as_of=day, state="overdue")
        return [p["pledge_id"] for p in page["pledges"]]

    assert [await overdue(day) for day in ("2017-09-30", "2017-10-01", "2017-12-31")] == [
        [], ["parts"], ["parts"]
    ]  # fmt: skip
    assert await overdue("2018-01-01") == ["none", "parts"]


async def test_on_an_earlier_day_and_as_known_before(promised: Service) -> None:
    june = await got(promised, CITY, as_of="2017-06-30", state="part")
    assert told(june) == [("parts", "part", 100_000, 30_000, 0, 70_000)]
    assert (await got(promised, CITY, as_of="2017-04-30"))["totals"] == []
    whole = await got(promised, CITY, as_of="2017-09-30")
    reversal = whole["pledges"][1]["parts"][2]
    before = await got(promised, CITY, as_of="2017-09-30", as_known=reversal["position"] - 1)
    assert told(before)[1] == ("parts", "part", 100_000, 70_000, 20_000, 10_000)
    wrong = whole["pledges"][3]
    then = await got(promised, CITY, as_known=wrong["position"])
    assert told(then)[3] == ("wrong", "open", 9_000_000, 0, 0, 9_000_000)


async def test_a_units_pledges_are_those_of_all_its_funds_paged(promised: Service) -> None:
    path, seen = CITY + "?limit=2", []
    while path:
        answer = await promised.client.get(path)
        seen.append([p["pledge_id"] for p in answer.json()["pledges"]])
        assert sum(t["count"] for t in answer.json()["totals"]) == 6
        path = answer.links.get("next", {}).get("url", "")
    assert seen == [["none", "parts"], ["more", "wrong"], ["wrong", "ward"]]
    ward = await got(promised, "/v1/units/duc-xuan/pledges")
    assert told(ward) == [("ward", "open", 70_000, 0, 0, 70_000)]


async def test_a_state_that_is_none_is_refused(books: Service) -> None:
    answer = await books.client.get(CITY, params={"state": "late"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
