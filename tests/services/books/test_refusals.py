"""What goes wrong with money gets a stable code and a sentence in both languages, and leaves no trace."""

from typing import Any

import pytest

from tests.services.conftest import Service

AWARD = {"category": "scholarship", "recipients": 1, "measure": "person", "purpose": "scholarship"}
HALF = {"transfer_id": "t9", "amount": 50_000, "pocket": "bank"}


async def refused(service: Service, type_: str, on: str, **data: Any) -> tuple[str, str, str]:
    """(code, Vietnamese sentence, English sentence); the log holds as much as before."""
    before = await service.positions()
    told = {}
    for language in ("vi", "en"):
        answer = await service.client.post(
            "/v1/commands",
            json={"type": type_, "occurred_on": on, "data": data},
            headers={"Accept-Language": language},
        )
        assert answer.status_code == 409, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        told[language] = answer.json()
        assert told[language]["errors"][0]["pointer"].startswith("/")
    assert told["vi"]["code"] == told["en"]["code"]
    assert await service.positions() == before
    return told["vi"]["code"], told["vi"]["detail"], told["en"]["detail"]


@pytest.mark.parametrize(
    ("code", "type_", "on", "data", "named"),
    [
        (
            "pocket-below-zero",
            "AwardGranted",
            "2017-05-01",
            {"fund_id": "city", "award_id": "a9", "amount": 9_000_000, "pocket": "cash", **AWARD},
            ("5.500.000", "3.500.000"),  # missing, and there
        ),
        (
            "transfer-to-itself",
            "TransferSent",
            "2017-05-01",
            {"fund_id": "city", "to_fund_id": "city", **HALF},
            ("city",),
        ),
        (
            "unknown-fund",
            "TransferSent",
            "2017-05-01",
            {"fund_id": "city", "to_fund_id": "nowhere", **HALF},
            ("nowhere",),
        ),
        (
            "transfer-already-received",
            "TransferReceived",
            "2017-05-01",
            {"fund_id": "ward", "from_fund_id": "city", **HALF, "transfer_id": "t1", "amount": 600_000},
            ("t1",),
        ),
        (
            "transfer-amount-differs",
            "TransferReceived",
            "2017-05-01",
            {"fund_id": "ward", "from_fund_id": "city", **HALF, "transfer_id": "t2", "amount": 71_000},
            ("70.000", "71.000"),
        ),
    ],
)
async def test_refused_in_words(
    books: Service, code: str, type_: str, on: str, data: dict[str, Any], named: tuple[str, ...]
) -> None:
    found, vi, en = await refused(books, type_, on, **data)
    assert found == code
    assert vi != en
    for value in named:
        assert value in vi, vi
        assert value in en or value.replace(".", ",") in en, en


async def test_reversed_once_and_a_reversal_never(books: Service) -> None:
    gift = {"fund_id": "other", "donor": {"kind": "anonymous"}, "pocket": "cash"}
    given = await books.recorded("DonationReceived", "2017-03-01", **gift, donation_id="d9", amount=10_000)
    undone = {"fund_id": "other", "reason": "Ghi nhầm"}
    back = await books.recorded("EntryReversed", "2017-03-02", **undone, event_id=given["event_id"])
    again, *_ = await refused(books, "EntryReversed", "2017-03-03", **undone, event_id=given["event_id"])
    assert again == "entry-already-reversed"
    forth, *_ = await refused(books, "EntryReversed", "2017-03-03", **undone, event_id=back["event_id"])
    assert forth == "entry-moves-nothing"


async def test_nothing_is_dated_inside_a_closed_period(books: Service) -> None:
    await books.recorded("PeriodClosed", "2018-01-05", fund_id="other", through="2017-12-31")
    gift = {"fund_id": "other", "donor": {"kind": "anonymous"}, "pocket": "cash", "donation_id": "d9"}
    code, vi, _ = await refused(books, "DonationReceived", "2017-12-31", **gift, amount=10_000)
    assert code == "period-closed"
    assert "31/12/2017" in vi
    assert await books.recorded("DonationReceived", "2018-01-01", **gift, amount=10_000)
