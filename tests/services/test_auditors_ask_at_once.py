"""Whose a stream or an event is, is looked up for all who wait at once: each gets the answer to its own
question, also beside one that cannot be asked."""

import asyncio
from uuid import uuid4

from tests.services.conftest import Service

CITY = "bac-kan-city"
OWN, HANDED_OVER, OTHERS = "duc-xuan", "quy-ban-giao", "song-cau"


async def test_each_gets_its_own_answer(service: Service) -> None:
    record = service.recorded
    for ward in (OWN, OTHERS):
        data = {"unit_id": ward, "name": ward, "level": "commune", "parent_id": CITY}
        await record("UnitEstablished", "2000-01-01", **data)
        await record("FundOpened", "2016-01-01", fund_id=f"quy-{ward}", unit_id=ward, name=f"Quỹ {ward}")
    await record("FundOpened", "2016-01-01", fund_id=HANDED_OVER, unit_id=OTHERS, name="Quỹ bàn giao")
    await record("FundHandedOver", "2018-01-01", fund_id=HANDED_OVER, to_unit_id=OWN)
    wanted = {"name": "Máy tính văn phòng", "role": "auditor", "unit_id": OWN}
    token = (await service.client.post("/v1/tokens", json=wanted)).json()["token"]
    events = {
        ward: (await service.client.get(f"/v1/audit/streams/unit-{ward}")).json()["events"][0]["event_id"]
        for ward in (OWN, OTHERS)
    }
    expected = {
        f"/v1/audit/streams/fund-quy-{OWN}": 200,
        f"/v1/audit/streams/fund-{HANDED_OVER}": 200,
        f"/v1/audit/streams/unit-{OWN}": 200,
        f"/v1/audit/streams/fund-quy-{OTHERS}": 403,
        f"/v1/audit/streams/unit-{OTHERS}": 403,
        "/v1/audit/streams/fund-nowhere": 403,
        "/v1/audit/streams/fund-%00": 403,
        "/v1/audit/streams/fund-%ED%A0%80": 403,
        f"/v1/audit/events/{events[OWN]}": 200,
        f"/v1/audit/events/{events[OTHERS]}": 403,
        f"/v1/audit/events/{uuid4()}": 403,
        "/v1/audit/events/none": 403,
    }

    async def status(path: str) -> int:
        return (await service.client.get(path, headers={"Authorization": f"Bearer {token}"})).status_code

    for _ in range(3):
        found = await asyncio.gather(*map(status, expected))
        assert dict(zip(expected, found, strict=True)) == expected
    cut_off = [asyncio.create_task(status(path)) for path in expected]
    await asyncio.sleep(0)
    for task in cut_off[::2]:  # who has gone takes nobody along
        task.cancel()
    assert [await task for task in cut_off[1::2]] == list(expected.values())[1::2]
