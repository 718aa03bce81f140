"""What an auditor is shown: all of it, checkable by hand, and no sealed word."""

import hashlib

import msgspec

from tests.services.conftest import Service

SECRET = "Cháu Nguyễn Thị B, lớp 5A"


async def fund_with_a_reversed_gift(service: Service) -> tuple[str, str]:
    await service.recorded(
        "FundOpened", "2016-01-01", fund_id="quy", unit_id="bac-kan-city", name="Quỹ khuyến học"
    )
    gift = await service.recorded(
        "DonationReceived", "2017-03-01", fund_id="quy", donation_id="d1", amount=500_000, pocket="cash",
        donor={"kind": "anonymous"}, note=SECRET,
    )  # fmt: skip
    undone = await service.recorded(
        "EntryReversed", "2017-03-02", fund_id="quy", event_id=gift["event_id"], reason="Ghi nhầm"
    )
    return gift["event_id"], undone["event_id"]


async def test_everything_about_one_event(service: Service) -> None:
    gift, reversal = await fund_with_a_reversed_gift(service)
    answer = await service.client.get(f"/v1/audit/events/{gift}")
    shown = answer.json()
    assert shown["label"] == "Tiếp nhận ủng hộ"
    assert shown["effect"]["amount"] == 500_000
    assert shown["undone_by"] == reversal
    assert shown["sealed"] == [
        {"field": "note", "ciphertext_hash": shown["data"]["note"]["sealed"], "erased": False}
    ]
    assert SECRET not in answer.text
    related = {(r["type"], r["relation"]) for r in shown["related"]}
    assert related == {("VoucherIssued", "same_command"), ("EntryReversed", "refers_to_it")}
    back = (await service.client.get(f"/v1/audit/events/{reversal}")).json()
    assert ("DonationReceived", "referred_to") in {(r["type"], r["relation"]) for r in back["related"]}


async def test_the_leaf_hash_can_be_made_from_the_entry(service: Service) -> None:
    gift, _ = await fund_with_a_reversed_gift(service)
    shown = (await service.client.get(f"/v1/audit/events/{gift}")).json()
    entry = shown["entry"].encode()
    assert shown["leaf"]["hash"] == hashlib.sha256(b"\x00" + entry).hexdigest()
    assert shown["leaf"]["index"] == shown["position"] - 1
    read = msgspec.json.decode(entry)
    assert read["event_id"] == gift
    assert read["data"] == shown["data"]


async def test_a_history_leaves_nothing_out(service: Service) -> None:
    gift, reversal = await fund_with_a_reversed_gift(service)
    history = (await service.client.get("/v1/audit/streams/fund-quy")).json()["events"]
    assert [(e["type"], e["undone_by"]) for e in history] == [
        ("FundOpened", None), ("DonationReceived", reversal), ("EntryReversed", None)
    ]  # fmt: skip
    assert history[1]["event_id"] == gift


async def test_a_fund_as_of_a_day_and_as_known_at_a_position(service: Service) -> None:
    await fund_with_a_reversed_gift(service)
    await service.fold()

    async def cash(query: str = "") -> int:
        answer = await service.client.get("/v1/funds/quy" + query)
        assert answer.status_code == 200, answer.text
        found: int = answer.json()["balances"]["cash"]
        return found

    assert await cash() == 0
    assert await cash("?as_known=5") == 500_000
    reversed_on = (await service.client.get("/v1/audit/streams/fund-quy")).json()["events"][2]["occurred_on"]
    assert await cash(f"?as_of={reversed_on}") == 0
    assert await cash("?as_of=2017-02-28") == 0
    assert (await service.client.get("/v1/funds/quy?as_known=2")).status_code == 404
    moved = (await service.client.get("/v1/funds/quy/movements?as_known=5")).json()["movements"]
    assert [(m["amount"], m["reversed_by"]) for m in moved] == [(500_000, None)]
    assert moved[0]["voucher"]["series"] == "pt"
