"""A unit's funds as one: nothing counted twice, what is on its way still held, both times respected."""

from typing import Any

from tests.services.conftest import Service

CITY = "/v1/units/bac-kan-city"


async def got(service: Service, path: str) -> Any:
    answer = await service.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_is_on_its_way_is_shown_and_still_held(books: Service) -> None:
    answer = await got(books, f"{CITY}/balances")
    assert answer["together"]["held"] == {
        "cash": 3_500_000,
        "bank": 2_930_000,
        "money": 6_430_000,
        "goods": 4_000_000,
    }
    assert answer["together"]["money_in_transit"] == 70_000
    (transit,) = answer["together"]["transits"]
    assert (transit["transfer_id"], transit["from_fund_id"], transit["to_fund_id"]) == ("t2", "city", "ward")
    assert [(f["fund_id"], f["level"], f["balances"]["money"]) for f in answer["funds"]] == [
        ("city", "district", 3_830_000),
        ("other", "commune", 1_000_000),
        ("ward", "commune", 1_600_000),
    ]


async def test_before_it_was_received_a_transfer_was_on_its_way(books: Service) -> None:
    answer = await got(books, f"{CITY}/balances?as_of=2017-04-01")
    assert answer["together"]["money_in_transit"] == 670_000
    ward = await got(books, "/v1/units/duc-xuan/balances")
    assert ward["together"]["transits"] == []  # the city's fund is not among the ward's


async def test_a_transfer_is_received_as_known_before_its_receipt_was_reversed(books: Service) -> None:
    half = {"transfer_id": "t3", "amount": 5_000, "pocket": "bank"}
    there = {"fund_id": "other", "from_fund_id": "ward", **half}
    sent = await books.recorded("TransferSent", "2017-05-01", fund_id="ward", to_fund_id="other", **half)
    first = await books.recorded("TransferReceived", "2017-05-02", **there)
    undone = {"fund_id": "other", "event_id": first["event_id"], "reason": "Nhầm"}
    reversal = await books.recorded("EntryReversed", "2017-05-02", **undone)
    second = await books.recorded("TransferReceived", "2017-05-03", **there)
    await books.fold()
    halves = {sent["position"]: None, first["position"]: first["event_id"]}
    halves |= {reversal["position"]: None, second["position"]: second["event_id"]}
    for known, half_then in halves.items():
        for path in ("/v1/funds/ward", "/v1/units/duc-xuan"):
            found = (await got(books, f"{path}/movements?as_known={known}"))["movements"]
            assert [m["other_half"] for m in found if m["event_id"] == sent["event_id"]] == [half_then]


async def test_movements_together_leave_out_what_stayed_within(books: Service) -> None:
    answer = await got(books, f"{CITY}/movements")
    assert [(m["type"], m["amount"], m["balance"], m["money"]) for m in answer["movements"]] == [
        ("FundOpened", 1_000_000, 1_000_000, 1_000_000),
        ("FundOpened", 1_000_000, 2_000_000, 2_000_000),
        ("FundOpened", 1_000_000, 3_000_000, 3_000_000),
        ("DonationReceived", 5_000_000, 8_000_000, 8_000_000),
        ("DonationReceived", 4_000_000, 4_000_000, 8_000_000),
        ("AwardGranted", -1_500_000, 6_500_000, 6_500_000),
    ]
    assert all(m["recorded_by"] for m in answer["movements"])
    ward = await got(books, "/v1/units/duc-xuan/movements")
    assert [(m["type"], m["money"]) for m in ward["movements"]] == [
        ("FundOpened", 1_000_000),
        ("TransferReceived", 1_600_000),
    ]


async def test_pages_begin_with_what_was_held_before_them(books: Service) -> None:
    path, seen, openings = f"{CITY}/movements?limit=2", [], []
    while path:
        answer = await books.client.get(path)
        page = answer.json()
        openings.append(page["opening"]["held"]["money"])
        seen += [m["money"] for m in page["movements"]]
        link = answer.headers.get("link")
        path = link[1 : link.index(">")] if link else ""
    assert seen == [1_000_000, 2_000_000, 3_000_000, 8_000_000, 8_000_000, 6_500_000]
    assert openings == [0, 2_000_000, 8_000_000]


async def test_as_known_before_the_award(books: Service) -> None:
    whole = await got(books, f"{CITY}/movements")
    award = whole["movements"][-1]["position"]
    before = await got(books, f"{CITY}/balances?as_known={award - 1}")
    assert before["together"]["held"]["cash"] == 5_000_000
    assert before["together"]["transits"] == []
    one = await got(books, f"/v1/funds/city?as_known={award - 1}")
    assert one["balances"]["cash"] == 5_000_000
    assert (await got(books, "/v1/funds/city"))["balances"]["cash"] == 3_500_000


async def test_a_fund_that_never_was_is_in_the_books_as_known_before_it_was_withdrawn(books: Service) -> None:
    never = {"fund_id": "never", "unit_id": "song-cau", "name": "Quỹ nhầm"}
    cash = [{"pocket": "cash", "amount": 20_000}]
    opened = await books.recorded("FundOpened", "2017-05-01", **never, opening=cash)
    await books.recorded("RecordWithdrawn", "2017-05-02", event_id=opened["event_id"], reason="Nhầm")
    await books.fold()
    for known, named in ((f"?as_known={opened['position']}", "Quỹ nhầm"), ("", None)):
        answer = await got(books, f"/v1/units/song-cau/balances{known}")
        told = {f["name"]: f["balances"]["cash"] for f in answer["funds"]}
        assert told == {"Quỹ other": 0} | ({named: 20_000} if named else {})
        one = await books.client.get(f"/v1/funds/never{known}")
        assert (one.status_code, one.json().get("name")) == ((200, named) if named else (404, None))
    assert (await books.client.get("/v1/funds/never/counts")).status_code == 404


async def test_a_fund_handed_over_goes_with_its_past(books: Service) -> None:
    await books.recorded("FundHandedOver", "2018-01-01", fund_id="other", to_unit_id="duc-xuan")
    await books.fold()
    now = await got(books, "/v1/units/duc-xuan/balances")
    assert [f["fund_id"] for f in now["funds"]] == ["other", "ward"]
    then = await got(books, "/v1/units/duc-xuan/balances?as_of=2017-12-31")
    assert [f["fund_id"] for f in then["funds"]] == ["ward"]
