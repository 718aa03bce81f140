"""Two people pay: over HTTP, as two tokens, from the threshold to the list of what was decided."""

from typing import Any

import httpx

from tests.services.conftest import Service

PAID = {"fund_id": "city", "award_id": "a9", "category": "hardship", "recipients": 1, "measure": "person"}


async def token(service: Service, role: str) -> dict[str, str]:
    made = await service.client.post(
        "/v1/tokens", json={"name": f"Người {role}", "role": role, "unit_id": "bac-kan-city"}
    )
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['token']}", "Accept-Language": "en"}


async def record(
    service: Service, who: dict[str, str], type_: str, on: str = "2017-09-01", **data: Any
) -> httpx.Response:
    command = {"type": type_, "occurred_on": on, "data": {"fund_id": "city", **data}}
    return await service.client.post("/v1/commands", json=command, headers=who)


async def test_nobody_approves_their_own_whatever_their_role(books: Service) -> None:
    await books.recorded("ApprovalThresholdSet", "2017-01-01", unit_id="bac-kan-city", amount=100_000)
    maker, checker = await token(books, "administrator"), await token(books, "approver")
    award = {**PAID, "amount": 300_000, "pocket": "cash", "purpose": "hardship_support"}

    alone = await record(books, maker, "AwardGranted", **award)
    assert (alone.status_code, alone.json()["code"]) == (409, "approval-needed")

    proposal = {"payment_id": "p1", "kind": "award", "amount": 300_000, "purpose": "hardship_support"}
    proposed = await record(books, maker, "PaymentProposed", **proposal)
    assert proposed.status_code == 201, proposed.text
    approval = {"payment_id": "p1", "event_id": proposed.json()["event_id"]}
    own = await record(books, maker, "PaymentApproved", **approval)
    assert (own.status_code, own.json()["code"]) == (409, "maker-approves-own-payment")

    unapproved = await record(books, maker, "AwardGranted", **award, payment_id="p1")
    assert unapproved.json()["code"] == "payment-not-approved"
    assert (await record(books, checker, "PaymentApproved", **approval)).status_code == 201
    changed = await record(books, maker, "PaymentChanged", **proposal | {"amount": 310_000})
    assert changed.status_code == 201
    stale = await record(books, maker, "AwardGranted", **award, payment_id="p1")
    assert stale.status_code == 409  # a changed proposal is unapproved
    again = {"payment_id": "p1", "event_id": changed.json()["event_id"]}
    assert (await record(books, checker, "PaymentApproved", **again)).status_code == 201
    paid = await record(books, maker, "AwardGranted", **award | {"amount": 310_000}, payment_id="p1")
    assert paid.status_code == 201, paid.text

    await record(books, maker, "PaymentProposed", **proposal | {"payment_id": "p2"})
    rejected = await record(books, checker, "PaymentRejected", payment_id="p2", reason="Chưa đủ chữ ký")
    assert rejected.status_code == 201
    await books.fold()

    answer = (await books.client.get("/v1/units/bac-kan-city/payments")).json()["payments"]
    assert [(p["payment_id"], p["state"], p["amount"], p["paid"]) for p in answer] == [
        ("p1", "approved", 310_000, 310_000),
        ("p2", "rejected", 300_000, 0),
    ]
    assert all(p["proposed_by"] != p["decided_by"] for p in answer)
    assert answer[1]["decision"] == rejected.json()["event_id"]
    waiting = await books.client.get("/v1/units/bac-kan-city/payments?status=proposed")
    assert waiting.json()["payments"] == []
    line = (await books.client.get("/v1/funds/city/movements")).json()["movements"][-1]
    assert line["approved_by"] == answer[0]["decided_by"]
    assert line["recorded_by"] == answer[0]["proposed_by"]
