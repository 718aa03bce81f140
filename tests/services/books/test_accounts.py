"""The trial balance of a subtree, and the check that fails loudly when somebody alters a line."""

from typing import Any

import asyncpg
import pytest

from tests.services.conftest import Service


async def balances(service: Service, unit: str, query: str = "") -> dict[str, int]:
    answer = await service.client.get(f"/v1/units/{unit}/accounts{query}")
    assert answer.status_code == 200, answer.text
    return {a["account"]: a["balance"] for a in answer.json()["accounts"] if a["balance"]}


async def test_together_a_transfer_leaves_only_what_is_on_its_way(books: Service) -> None:
    assert await balances(books, "bac-kan-city") == {
        "assets:bank": 3_000_000 - 70_000,
        "assets:cash": 3_500_000,
        "assets:goods": 4_000_000,
        "equity:opening:money": -3_000_000,
        "expenses:award:money:scholarship": 1_500_000,
        "income:goods:organisation": -4_000_000,
        "income:money:organisation": -5_000_000,
        "transit:money:city:ward": 70_000,
    }
    assert await balances(books, "duc-xuan") == {
        "assets:bank": 1_600_000,
        "equity:opening:money": -1_000_000,
        "transit:money:city:ward": -600_000,
    }


async def test_as_of_a_day_and_as_known_at_a_position(books: Service) -> None:
    assert (await balances(books, "bac-kan-city", "?as_of=2017-02-01"))["assets:cash"] == 5_000_000
    then = await books.client.get("/v1/units/bac-kan-city/accounts?as_known=5")
    assert then.json()["funds"] == 1
    assert {a["account"] for a in then.json()["accounts"]} == {"assets:bank", "equity:opening:money"}


async def test_labels_are_words(books: Service) -> None:
    answer = await books.client.get("/v1/units/bac-kan-city/accounts", headers={"Accept-Language": "vi"})
    labels = {a["account"]: a["label"] for a in answer.json()["accounts"]}
    assert labels["assets:cash"] == ["Tài sản", "Tiền mặt"]
    assert labels["expenses:award:money:scholarship"] == ["Chi", "Trao thưởng, hỗ trợ", "Tiền", "Học bổng"]


async def test_debits_equal_credits_at_every_level(books: Service) -> None:
    answer = await books.client.get("/v1/units/bac-kan-city/accounts/check")
    assert answer.status_code == 200, answer.text
    levels = {(x["level"], x["sort"]): (x["debit"], x["credit"]) for x in answer.json()["levels"]}
    assert set(levels) == {("district", "money"), ("district", "goods"), ("commune", "money")}
    assert all(debit == credit for debit, credit in levels.values())
    assert levels["commune", "money"] == (2_600_000, 2_600_000)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "UPDATE read_funds.posting SET amount = amount + 1 WHERE account = 'income:money:organisation'",
            "#",
        ),
        (
            "DELETE FROM read_funds.posting WHERE account = 'transit:money:city:ward' AND fund_id = 'ward'",
            "#",
        ),
        ("UPDATE read_funds.fund_day SET amount = amount - 5 WHERE pocket = 'goods'", "city goods: -5 ₫"),
        ("UPDATE read_funds.fund SET bank = bank + 7 WHERE fund_id = 'ward'", "ward bank: -7 ₫"),
    ],
)
async def test_what_was_altered_is_found_and_named(books: Service, damage: str, named: str) -> None:
    connection: Any = await asyncpg.connect(books.addresses.worker_url)
    try:
        assert not (await connection.execute(damage)).endswith(" 0")
    finally:
        await connection.close()
    answer = await books.client.get("/v1/units/bac-kan-city/accounts/check")
    assert answer.status_code == 500
    assert answer.json()["code"] == "books-unbalanced"
    assert named in answer.json()["detail"]
