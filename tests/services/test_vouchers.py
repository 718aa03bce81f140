"""The register of vouchers: complete, or naming what is missing; and each voucher as it is printed."""

from typing import Any

import asyncpg
import pytest

from events.vocabulary import today
from tests.databases import Databases
from tests.services.conftest import Service

ON = "2020-03-01"
YEAR = today().year
SERIES = f"/v1/units/bac-kan-city/vouchers/pc/{YEAR}"
LAN, HOA = "0192f0c1-0000-7000-8000-0000000000a1", "0192f0c1-0000-7000-8000-0000000000a2"
HTML = {"Accept": "text/html"}


@pytest.fixture
async def books(service: Service) -> Service:
    """A city's fund that received 1.000.021 ₫ and made three payments, the second of them reversed."""
    await service.recorded("FundOpened", "2019-01-01", fund_id="quy", unit_id="bac-kan-city", name="Quỹ TP")
    await give(service, 1_000_021, {"kind": "organisation", "name": "Công ty <Hoa> & Bạn"})
    events = [await spend(service, n) for n in (1, 2, 3)]
    await service.recorded("EntryReversed", ON, fund_id="quy", event_id=events[1]["event_id"], reason="Nhầm")
    await service.fold()
    return service


async def give(service: Service, amount: int, donor: Any) -> Any:
    gift = {"fund_id": "quy", "donation_id": f"g{amount}", "amount": amount, "pocket": "cash", "donor": donor}
    return await service.recorded("DonationReceived", ON, **gift)


async def spend(service: Service, n: int, on: str = ON, **more: Any) -> Any:
    payment = {"fund_id": "quy", "expense_id": f"e{n}", "amount": 1_000 * n, "pocket": "cash"}
    return await service.recorded("ExpensePaid", on, **payment, purpose="administration", **more)


async def got(service: Service, path: str, status: int = 200, **query: Any) -> Any:
    answer = await service.client.get(path, params=query or None)
    assert answer.status_code == status, answer.text
    return answer.json()


async def broken(books: Service, databases: Databases, *statements: str) -> None:
    """Damage that no role of ours can do."""
    connection = await asyncpg.connect(databases.superuser_url(books.addresses))
    await connection.execute("SET session_replication_role = replica")
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_a_series_without_gaps(books: Service) -> None:
    report = await got(books, SERIES)
    assert (report["issued"], report["first"], report["last"], report["gaps"]) == (3, 1, 3, [])
    assert [v["number"] for v in report["vouchers"]] == [1, 2, 3]
    assert [v["amount"] for v in report["vouchers"]] == [1_000, 2_000, 3_000]
    assert [v["reversed_by"] is not None for v in report["vouchers"]] == [False, True, False]
    first = report["vouchers"][0]
    assert (first["fund_id"], first["pocket"], first["purpose"]) == ("quy", "cash", "administration")
    assert (first["occurred_on"], first["issued_on"][:4]) == (ON, str(YEAR))
    history = await got(books, "/v1/audit/streams/fund-quy")
    paid = [e for e in history["events"] if e["type"] == "ExpensePaid"]
    assert [v["event_id"] for v in report["vouchers"]] == [e["event_id"] for e in paid]


async def test_a_series_nobody_used_has_no_gaps_and_a_unit_that_is_not_there_no_series(
    books: Service,
) -> None:
    empty = await got(books, f"/v1/units/bac-kan-city/vouchers/pc/{YEAR - 1}")
    assert (empty["issued"], empty["last"], empty["gaps"], empty["vouchers"]) == (0, None, [], [])
    unknown = await got(books, f"/v1/units/nowhere/vouchers/pc/{YEAR}", 404)
    assert unknown["code"] == "unit-not-found"
    assert (await got(books, f"/v1/units/bac-kan-city/vouchers/px/{YEAR}", 400))["code"] == "malformed"
    assert (await got(books, SERIES + "/4", 404))["code"] == "voucher-not-found"
    assert (await got(books, SERIES + "/0", 400))["code"] == "malformed"


async def test_it_pages_by_number(books: Service) -> None:
    seen, page = [], SERIES + "?limit=2"
    while page:
        answer = await books.client.get(page)
        seen.append([v["number"] for v in answer.json()["vouchers"]])
        assert answer.json()["issued"] == 3
        page = answer.links.get("next", {}).get("url", "")
    assert seen == [[1, 2], [3]]


async def test_as_known_before_the_last_voucher_and_before_the_reversal(books: Service) -> None:
    third = (await got(books, SERIES))["vouchers"][2]["position"]
    for known, issued in ((third, 2), (third + 1, 3)):  # the voucher comes behind its entry
        report = await got(books, SERIES, as_known=known)
        assert (report["as_known"], report["issued"], report["gaps"]) == (known, issued, [])
        assert not any(v["reversed_by"] for v in report["vouchers"])
    assert (await got(books, SERIES + "/2", as_known=third))["reversal"] is None
    assert (await got(books, SERIES, 503, as_known=10_000))["code"] == "position-not-reached"


async def test_a_voucher_gone_from_the_log_is_named(books: Service, databases: Databases) -> None:
    for number in (2, 3):  # within, and at the end, where the log alone would not miss it
        await broken(
            books,
            databases,
            f"DELETE FROM log.events WHERE stream = 'voucher-bac-kan-city.pc.{YEAR}' AND version = {number}",
        )
        report = await got(books, SERIES)
        assert report["gaps"] == [{"first": 2, "last": number, "missing_from": "log"}]
        assert report["issued"] == 4 - number


async def test_an_entry_gone_from_the_books_or_under_another_number_is_named(
    books: Service, databases: Databases
) -> None:
    of = "voucher_series = 'pc' AND voucher_number ="
    await broken(books, databases, f"DELETE FROM read_funds.movement WHERE {of} 1")
    report = await got(books, SERIES)
    assert report["gaps"] == [{"first": 1, "last": 1, "missing_from": "books"}]
    assert [v["number"] for v in report["vouchers"]] == [2, 3]
    await broken(books, databases, f"UPDATE read_funds.movement SET voucher_number = 5 WHERE {of} 3")
    report = await got(books, SERIES)
    assert report["gaps"] == [
        {"first": 1, "last": 1, "missing_from": "books"},
        {"first": 3, "last": 3, "missing_from": "books"},
        {"first": 4, "last": 5, "missing_from": "log"},
    ]


async def test_what_is_printed_on_a_receipt(books: Service) -> None:
    receipt = await got(books, f"/v1/units/bac-kan-city/vouchers/pt/{YEAR}/1")
    assert (receipt["title"], receipt["number"], receipt["unit_name"]) == (
        "Phiếu thu",
        1,
        "Hội Khuyến học thành phố Bắc Kạn",
    )
    assert receipt["amount_in_words"] == "Một triệu không trăm hai mươi mốt đồng"
    assert receipt["party_words"] == "Công ty <Hoa> & Bạn"
    assert [(p["account"], p["amount"]) for p in receipt["debit"]] == [("assets:cash", 1_000_021)]
    assert [(p["label"], p["amount"]) for p in receipt["credit"]] == [(["Thu", "Tiền", "Tổ chức"], 1_000_021)]
    assert receipt["reversal"] is None
    assert receipt["proof"] == f"/v1/audit/events/{receipt['event_id']}/proof"


async def test_the_page_is_whole_escaped_and_needs_nothing_from_elsewhere(books: Service) -> None:
    answer = await books.client.get(f"/v1/units/bac-kan-city/vouchers/pt/{YEAR}/1", headers=HTML)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert int(answer.headers["ledger-position"]) == await books.positions()
    page = answer.text
    for content in (
        "Phiếu thu",
        "Số: <b>1</b>",
        f"năm {YEAR}",
        "Hội Khuyến học thành phố Bắc Kạn",
        "Công ty &lt;Hoa&gt; &amp; Bạn",
        "Tiếp nhận ủng hộ",
        "1.000.021 ₫",
        "Một triệu không trăm hai mươi mốt đồng",
        "Người nộp tiền",
        "Thủ quỹ",
        "Tài sản / Tiền mặt",
        "01/03/2020",
    ):
        assert content in page, content
    assert "ĐÃ ĐẢO" not in page
    assert not any(foreign in page for foreign in ("<script", "src=", "http:", "https:", "url(", "@import"))


async def test_a_reversed_voucher_says_so(books: Service) -> None:
    voucher = await got(books, SERIES + "/2")
    assert voucher["reversal"]["event_id"] == voucher["reversed_by"]
    page = (await books.client.get(SERIES + "/2", headers=HTML)).text
    assert "ĐÃ ĐẢO ngày 01/03/2020" in page
    assert "Phiếu chi" in page


async def test_an_award_has_quantity_and_unit_price(books: Service) -> None:
    award = {"fund_id": "quy", "award_id": "a", "category": "scholarship", "measure": "award"}
    await books.recorded("AwardGranted", ON, **award, recipients=3, amount=30_000, pocket="cash")
    uneven = award | {"award_id": "b", "recipients": 3, "amount": 20_000, "pocket": "cash"}
    await books.recorded("AwardGranted", ON, **uneven, purpose="scholarship")
    await books.fold()
    first, second = [await got(books, f"{SERIES}/{n}") for n in (4, 5)]
    assert (first["quantity"], first["measure"], first["unit_price"]) == (3, "suất", 10_000)
    assert (first["content"], second["content"]) == (
        "Trao thưởng, học bổng",
        "Trao thưởng, học bổng: Học bổng",
    )
    assert first["party_words"] == "Theo danh sách kèm theo: 3 suất"
    assert second["unit_price"] is None


async def test_a_transfer_names_the_other_fund_and_the_new_owner_issues(books: Service) -> None:
    ward = {"unit_id": "duc-xuan", "name": "Phường Đức Xuân", "level": "commune"}
    await books.recorded("UnitEstablished", "2001-01-01", **ward, parent_id="bac-kan-city")
    await books.recorded("FundOpened", "2019-01-01", fund_id="q2", unit_id="duc-xuan", name="Quỹ phường")
    sent = {"fund_id": "quy", "transfer_id": "t", "to_fund_id": "q2", "amount": 500, "pocket": "cash"}
    await books.recorded("TransferSent", ON, **sent)
    got_it = {"fund_id": "q2", "transfer_id": "t", "from_fund_id": "quy", "amount": 500, "pocket": "cash"}
    await books.recorded("TransferReceived", ON, **got_it)
    await books.recorded("FundHandedOver", "2020-06-01", fund_id="quy", to_unit_id="duc-xuan")
    await spend(books, 9)
    await books.fold()
    assert (await got(books, SERIES + "/4"))["party_words"] == "Quỹ phường (quỹ q2)"
    assert (await got(books, SERIES))["issued"] == 4
    receipt = await got(books, f"/v1/units/duc-xuan/vouchers/pt/{YEAR}/1")
    assert (receipt["unit_name"], receipt["superiors"]) == (
        "Phường Đức Xuân",
        ["Hội Khuyến học thành phố Bắc Kạn"],
    )
    theirs = await got(books, f"/v1/units/duc-xuan/vouchers/pc/{YEAR}/1")
    assert (theirs["owner_unit_id"], theirs["fund_name"]) == ("bac-kan-city", "Quỹ TP")


async def test_a_person_is_named_only_for_a_purpose_and_a_child_not_without_a_record(books: Service) -> None:
    for person, kind, name in ((LAN, "child", "Nguyễn Thị Lan"), (HOA, "adult", "Trần Thị Hoa")):
        told = {"person_id": person, "kind": kind, "details": {"name": name}}
        await books.recorded("PersonRegistered", ON, **told, unit_id="bac-kan-city")
    await spend(books, 4, payee={"kind": "person", "person_id": LAN})
    await spend(books, 5, payee={"kind": "person", "person_id": HOA})
    await books.fold()
    assert (await got(books, SERIES + "/4"))["party_words"] == f"Cá nhân (mã {LAN})"
    assert "Nguyễn" not in (await books.client.get(SERIES + "/4", headers=HTML)).text
    before = await books.positions()
    assert (await got(books, SERIES + "/5", purpose="signature"))["party_words"] == "Trần Thị Hoa"
    assert await books.positions() == before
    page = await books.client.get(SERIES + "/4?purpose=signature", headers=HTML)
    assert "Nguyễn Thị Lan" in page.text
    assert await books.positions() == before + 1
    read = (await got(books, f"/v1/audit/streams/person-{LAN}"))["events"][-1]
    assert (read["type"], read["data"]["fields"]) == ("PersonRead", ["name"])
    assert read["data"]["purpose"] == "signature"


async def test_a_person_is_named_to_who_reaches_the_money_wherever_the_record_is_kept(books: Service) -> None:
    """Both vouchers are the new owner's; the first one's entry, dated before the handover, is not."""
    ward = {"unit_id": "duc-xuan", "name": "Phường Đức Xuân", "level": "commune"}
    await books.recorded("UnitEstablished", "2001-01-01", **ward, parent_id="bac-kan-city")
    told = {"person_id": HOA, "kind": "adult", "details": {"name": "Trần Thị Hoa"}}
    await books.recorded("PersonRegistered", ON, **told, unit_id="bac-kan-city")
    await books.recorded("FundHandedOver", "2020-06-01", fund_id="quy", to_unit_id="duc-xuan")
    for n, on in ((4, "2020-05-31"), (5, "2020-06-01")):
        await spend(books, n, on, payee={"kind": "person", "person_id": HOA})
    await books.fold()
    wanted = {"name": "Kế toán phường", "role": "auditor", "unit_id": "duc-xuan"}
    token = (await books.client.post("/v1/tokens", json=wanted)).json()["token"]
    shown = {}
    for number in (1, 2):
        path = f"/v1/units/duc-xuan/vouchers/pc/{YEAR}/{number}?purpose=signature"
        theirs = await books.client.get(path, headers={"Authorization": f"Bearer {token}"})
        shown[number] = theirs.json()["party_words"]
        assert (await got(books, path))["party_words"] == "Trần Thị Hoa"
    assert shown == {1: f"Cá nhân (mã {HOA})", 2: "Trần Thị Hoa"}
    report = await books.client.get(
        f"/v1/units/duc-xuan/vouchers/pc/{YEAR}", headers={"Authorization": f"Bearer {token}"}
    )
    assert (report.json()["issued"], report.json()["gaps"]) == (2, [])
