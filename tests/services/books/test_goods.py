"""Gifts in kind: quantities by unit of count, value apart from money, and what became of it."""

from typing import Any

from tests.services.books.conftest import DONOR
from tests.services.conftest import Service

CITY = "/v1/units/bac-kan-city/goods"


async def got(service: Service, **query: Any) -> Any:
    answer = await service.client.get(CITY, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def give(service: Service, n: int, amount: int, on: str, *items: tuple[str, int, str]) -> Any:
    listed = [{"what": what, "quantity": quantity, "unit": unit} for what, quantity, unit in items]
    gift = {"fund_id": "ward", "donation_id": f"g{n}", "amount": amount, "pocket": "goods", "donor": DONOR}
    return await service.recorded("DonationReceived", on, **gift, items=listed)


def lines(made: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(line[n] for n in ("what", "quantity", "unit", "gifts", "value")) for line in made["received"]
    ]


async def test_by_thing_and_unit_of_count(books: Service) -> None:
    added = {"list": "item", "term": "telescope", "label": "Kính thiên văn"}
    await books.recorded("TermDefined", "2017-01-01", **added)
    await give(books, 1, 900_000, "2017-05-01", ("bicycle", 1, "piece"))
    await give(books, 2, 200_000, "2017-05-02", ("rice", 20, "kg"), ("rice", 5, "kg"))
    await give(books, 3, 700_000, "2017-05-03", ("rice", 3, "bag"), ("telescope", 1, "piece"))
    wrong = await give(books, 4, 50_000, "2017-05-04", ("rice", 2, "kg"))
    await give(books, 5, 60_000, "2018-01-01", ("rice", 6, "kg"))
    await books.recorded(
        "EntryReversed", "2017-05-05", fund_id="ward", event_id=wrong["event_id"], reason="x"
    )
    sent = {"transfer_id": "t9", "amount": 100_000, "pocket": "goods"}
    await books.recorded("TransferSent", "2017-06-01", fund_id="ward", to_fund_id="city", **sent)
    award = {"category": "hardship", "recipients": 1, "measure": "person", "pocket": "goods"}
    await books.recorded("AwardGranted", "2017-06-02", fund_id="ward", award_id="a9", amount=300_000, **award)
    await books.fold()

    year = {"from": "2017-01-01", "to": "2017-12-31"}
    made = await got(books, **year)
    assert lines(made) == [
        ("bicycle", 3, "piece", 2, 4_900_000),
        ("rice", 3, "bag", 1, 0),
        ("rice", 25, "kg", 1, 200_000),
        ("telescope", 1, "piece", 1, 0),
    ]
    assert made["value_together"] == 700_000
    assert [(x["label"], x["unit_label"]) for x in made["received"][2:]] == [
        ("Gạo", "kg"),
        ("Kính thiên văn", "chiếc"),
    ]
    assert made["stock"] == {"opening": 0, "received": 5_800_000, "spent": 300_000, "closing": 5_500_000}
    assert [(f["kind"], f["of"], f["goods"]) for f in made["uses"]] == [("award", "hardship", 300_000)]

    before = await got(books, **year, as_known=wrong["position"])
    assert lines(before)[2] == ("rice", 27, "kg", 2, 250_000)
    after = await got(books, **{"from": "2018-01-01"})
    assert lines(after) == [("rice", 6, "kg", 1, 60_000)]
    assert after["stock"]["opening"] == 5_500_000
    assert lines(await got(books))[2] == ("rice", 31, "kg", 2, 260_000)
