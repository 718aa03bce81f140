"""Cash that was counted, against the book of that day."""

from tests.services.banking.conftest import FUND, Desk


async def test_a_count_is_held_against_the_book_and_settled_by_a_difference(desk: Desk) -> None:
    path = f"/v1/funds/{FUND}/counts"
    cash = {"pocket": "cash"}
    await desk.record("CashMoved", "2017-09-20", from_pocket="bank", to_pocket="cash", amount=1_000_000)
    await desk.record("BalanceCounted", "2017-09-30", **cash, amount=900_000)
    await desk.record("BalanceCounted", "2017-09-30", **cash, amount=950_000)
    await desk.service.fold()
    first, second = (await desk.get(path))["counts"]
    assert (first["booked"], first["difference"], first["settled"]) == (1_000_000, -100_000, 0)
    assert (second["difference"], second["remaining"], second["settled_by"]) == (-50_000, -50_000, [])
    booked = await desk.record(
        "DifferenceBooked", "2017-09-30", **cash, amount=-50_000, reason="Thiếu, chưa rõ"
    )
    await desk.service.fold()
    first, second = (await desk.get(path))["counts"]
    assert (first["booked"], first["remaining"]) == (1_000_000, -100_000)
    assert (second["booked"], second["difference"], second["remaining"]) == (1_000_000, -50_000, 0)
    assert second["settled_by"] == [
        {"event_id": booked, "amount": -50_000, "reason": "Thiếu, chưa rõ", "reversed_by": None}
    ]


async def test_a_difference_is_the_later_counts_on_whatever_page_that_is(desk: Desk) -> None:
    day = "2017-09-30"
    for pocket in ("cash", "bank", "cash"):
        await desk.record("BalanceCounted", day, pocket=pocket, amount=100_000)
    await desk.record("DifferenceBooked", day, pocket="cash", amount=100_000, reason="Thừa, chưa rõ")
    await desk.service.fold()
    path = f"/v1/funds/{FUND}/counts"
    settled = [count["settled"] for count in (await desk.get(path))["counts"]]
    assert settled == [0, 0, 100_000]
    [first] = (await desk.get(path, limit=1))["counts"]
    assert first["settled"] == 0


async def test_what_is_recorded_late_shows_beside_a_settled_count(desk: Desk) -> None:
    bank = {"pocket": "bank"}
    await desk.record("BalanceCounted", "2017-09-30", **bank, amount=18_000_000)
    late = {"donor": {"kind": "anonymous"}, **bank}
    await desk.record("DonationReceived", "2017-09-29", donation_id="muon", amount=100_000, **late)
    await desk.service.fold()
    [count] = (await desk.get(f"/v1/funds/{FUND}/counts"))["counts"]
    assert (count["booked"], count["difference"], count["remaining"]) == (18_100_000, -100_000, -100_000)
    first = await desk.service.client.get(f"/v1/funds/{FUND}/counts", params={"limit": 1})
    assert "link" not in first.headers
