"""The yearly list: it sums to the books, and names of persons only whom they let it name."""

import csv
import io
from typing import Any

import pytest

from events.vocabulary import today
from tests.services.books.conftest import DONOR
from tests.services.conftest import Service

CITY = "/v1/units/bac-kan-city/disclosure"
HOA, HO, BE, NAM = (f"0192f0c1-0000-7000-8000-0000000000a{n}" for n in range(1, 5))
"""A grown woman, a household, a pupil, and a man who is asked nothing."""


async def got(service: Service, year: int = 2017, **query: Any) -> Any:
    answer = await service.client.get(f"{CITY}/{year}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def give(service: Service, n: int, amount: int, donor: Any, on: str = "2017-05-01", **more: Any) -> Any:
    gift = {"fund_id": "ward", "donation_id": f"g{n}", "amount": amount, "pocket": "cash", "donor": donor}
    return await service.recorded("DonationReceived", on, **gift | more)


async def consent(service: Service, person: str, *by: str, purpose: str = "disclosure") -> None:
    for who in by:
        await service.recorded("ConsentGiven", "2017-01-02", person_id=person, purpose=purpose, given_by=who)


@pytest.fixture
async def given(books: Service) -> Service:
    """Gifts of persons who let themselves be named, and of others; an organisation that is not named."""
    for person, kind, name in (
        (HOA, "adult", "Hoa <i>"),
        (HO, "household", "Hộ ông Ba"),
        (BE, "child", "Bé Lan"),
        (NAM, "adult", "Nam"),
    ):
        details = (
            {"name": name, "birth_date": f"{today().year - 10}-01-01"} if kind == "child" else {"name": name}
        )
        named = {"person_id": person, "kind": kind, "unit_id": "duc-xuan", "details": details}
        await books.recorded("PersonRegistered", "2017-01-01", **named)
    await consent(books, HOA, "self")
    await consent(books, HO, "representative")
    await consent(books, BE, "self")
    await consent(books, NAM, "self", purpose="publish_award_list")
    for n, (person, kind) in enumerate(((HOA, "person"), (HO, "household"), (BE, "person"), (NAM, "person"))):
        await give(books, n, 1_000 * 2**n, {"kind": kind, "person_id": person}, purpose="scholarship")
    await give(books, 4, 16_000, {"kind": "person"})
    await give(books, 5, 32_000, {"kind": "anonymous"})
    await give(books, 6, 64_000, {"kind": "organisation"})
    await books.fold()
    return books


def named(made: Any) -> list[tuple[str, int, int]]:
    return [(c["donor"], c["money"], c["goods"]) for c in made["contributions"]]


def unnamed(made: Any) -> list[tuple[str, int, int]]:
    return [(u["donor_kind"], u["gifts"], u["money"]) for u in made["unnamed"]]


OF_COMPANY = [("Công ty Bắc Kạn", 5_000_000, 0), ("Công ty Bắc Kạn", 0, 4_000_000)]


async def test_who_agreed_is_named_and_everybody_else_is_counted(given: Service) -> None:
    made = await got(given)
    assert named(made) == [*OF_COMPANY, ("Hoa <i>", 1_000, 0), ("Hộ ông Ba", 2_000, 0)]
    assert unnamed(made) == [("anonymous", 1, 32_000), ("organisation", 1, 64_000), ("person", 3, 28_000)]
    assert (made["contributed_money"], made["contributed_goods"]) == (5_127_000, 4_000_000)
    assert made["contributions"][1]["items"] == [
        {"what": "bicycle", "label": "Xe đạp", "quantity": 2, "unit": "piece", "unit_label": "chiếc"}
    ]
    assert made["contributions"][2]["purpose_label"] == "Học bổng"
    text = str(made)
    assert not any(secret in text for secret in ("Nam'", "Bé Lan", HOA, HO, BE, NAM))


async def test_consent_is_as_it_stands_now_and_a_childs_name_is_read_on_record(given: Service) -> None:
    before = await got(given)
    await consent(given, BE, "representative")
    await given.recorded("ConsentWithdrawn", "2018-01-01", person_id=HOA, purpose="disclosure")
    made = await got(given, as_known=before["as_known"])
    assert named(made) == [*OF_COMPANY, ("Hộ ông Ba", 2_000, 0), ("Bé Lan", 4_000, 0)]
    assert made["contributed_money"] == before["contributed_money"]
    await given.fold()
    history = (await given.client.get(f"/v1/audit/persons/{BE}")).json()
    assert "PersonRead" in str(history)
    assert "PersonRead" not in str((await given.client.get(f"/v1/audit/persons/{HO}")).json())


async def test_what_became_of_it(books: Service) -> None:
    award = {"fund_id": "ward", "category": "scholarship", "measure": "person", "purpose": "scholarship"}
    await books.recorded(
        "AwardGranted", "2017-06-01", **award, award_id="a8", recipients=3, amount=300_000, pocket="bank"
    )
    wrong = await books.recorded(
        "AwardGranted", "2017-06-01", **award, award_id="a9", recipients=40, amount=400_000, pocket="bank"
    )
    await books.recorded(
        "EntryReversed", "2017-06-02", fund_id="ward", event_id=wrong["event_id"], reason="x"
    )
    expense = {"fund_id": "city", "expense_id": "e1", "amount": 5_000, "pocket": "cash"}
    await books.recorded("ExpensePaid", "2017-06-02", **expense, purpose="administration")
    await books.fold()
    made = await got(books)
    assert [(a["label"], a["recipients"], a["measure"], a["money"]) for a in made["awards"]] == [
        ("Học bổng", 5, "person", 1_800_000)
    ]
    assert [(f["kind"], f["label"], f["money"]) for f in made["other_uses"]] == [
        ("cost", "Chi quản lý", 5_000)
    ]
    assert [(f["kind"], f["money"]) for f in made["other_sources"]] == [("opening", 3_000_000)]
    assert made["money"] == {"opening": 0, "received": 8_000_000, "spent": 1_805_000, "closing": 6_195_000}
    ward = (await books.client.get("/v1/units/duc-xuan/disclosure/2017")).json()
    assert [(f["kind"], f["of"], f["money"]) for f in ward["other_sources"]] == [
        ("opening", None, 1_000_000),
        ("transfer", "city", 600_000),
    ]


async def test_a_gift_taken_back_is_listed_where_the_year_was_closed(books: Service) -> None:
    same = await give(books, 1, 10_000, DONOR)
    later = await give(books, 2, 20_000, DONOR)
    await books.recorded("EntryReversed", "2017-05-02", fund_id="ward", event_id=same["event_id"], reason="x")
    await books.recorded("PeriodClosed", "2018-01-02", fund_id="ward", through="2017-12-31")
    undone = await books.recorded(
        "EntryReversed", "2018-02-02", fund_id="ward", event_id=later["event_id"], reason="x"
    )
    await books.fold()
    assert named(await got(books)) == [*OF_COMPANY, ("Công ty Bắc Kạn", 20_000, 0)]
    year = int(undone["recorded_at"][:4])  # in a closed period it is dated the day it is recorded
    made = await got(books, year)
    (taken,) = made["contributions"]
    assert (taken["money"], taken["corrects"], made["contributed_money"]) == (-20_000, True, -20_000)


async def test_as_a_page_and_as_a_table(given: Service) -> None:
    page = await given.client.get(f"{CITY}/2017", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for text in (
        "Hoa &lt;i&gt;",
        "2 chiếc Xe đạp",
        "Cá nhân, không nêu tên: 3 lượt",
        "31/03/2018",
        "5.127.000",
    ):
        assert text in page.text, text
    assert "<i>" not in page.text
    answer = await given.client.get(f"{CITY}/2017", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    sums = [
        sum(int(row[sort]) for row in rows if row["part"].startswith("contribution"))
        for sort in ("money", "goods")
    ]
    assert sums == [5_127_000, 4_000_000]
    assert {row["what"] for row in rows} >= {"Công ty Bắc Kạn", "Hộ ông Ba", "Học bổng"}
    refused = await given.client.get("/v1/units/nowhere/disclosure/2017")
    assert (refused.status_code, refused.json()["code"]) == (404, "unit-not-found")


async def test_a_name_that_a_spreadsheet_would_reckon_with_is_text(books: Service) -> None:
    await give(books, 1, 1, {"kind": "organisation", "name": '=HYPERLINK("x")'})
    await books.fold()
    answer = await books.client.get(f"{CITY}/2017", headers={"Accept": "text/csv"})
    assert "'=HYPERLINK" in answer.text
