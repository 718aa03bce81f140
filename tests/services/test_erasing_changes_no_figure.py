"""After an erasure figures are as before, a rebuild finds no difference, nothing of the person is kept."""

from typing import Any

import asyncpg

from tests.services.conftest import Service
from workers.rebuild import rebuild

LAN = "0192f0c1-0000-7000-8000-0000000000a1"
ON = "2020-03-01"
FUND = {"fund_id": "quy-tp", "unit_id": "bac-kan-city", "name": "Quỹ"}


async def _figures(service: Service) -> Any:
    await service.fold()
    table = await service.client.get("/v1/units/bac-kan-city/statistics/2020")
    movements = await service.client.get("/v1/funds/quy-tp/movements")
    assert (table.status_code, movements.status_code) == (200, 200)
    return table.json()["indicators"], movements.json()["movements"]


async def _kept(service: Service) -> set[Any]:
    """Whose keys and ciphertexts there are."""
    connection = await asyncpg.connect(service.addresses.database_url)
    try:
        rows = await connection.fetch(
            "SELECT key_id FROM log.sealed UNION SELECT key_id FROM log.sealing_keys"
        )
        return {str(row["key_id"]) for row in rows}
    finally:
        await connection.close()


async def test_figures_and_rebuild_are_the_same_and_nothing_is_left(service: Service) -> None:
    await service.recorded("PersonRegistered", ON, person_id=LAN, kind="child", details={"name": "Lan"})
    await service.recorded("FundOpened", "2020-01-01", **FUND)
    donation = await service.recorded(
        "DonationReceived", ON, fund_id="quy-tp", donation_id="d-1", amount=9_000, pocket="cash",
        donor={"kind": "person", "person_id": LAN}, note="Mẹ em Lan đưa",
    )  # fmt: skip
    await service.recorded(
        "AwardGranted", ON, fund_id="quy-tp", award_id="a-1", category="scholarship", recipients=1,
        measure="person", amount=1_000, pocket="cash", person_ids=[LAN],
    )  # fmt: skip
    model = {"candidate_id": LAN, "model": "citizen", "unit_id": "bac-kan-city", "year": 2020}
    await service.recorded("ModelRegistered", ON, **model, person_id=LAN)
    before = await _figures(service)
    assert any(i["value"] == 9_000 for i in before[0])
    assert await _kept(service) == {LAN, donation["event_id"]}

    await service.recorded("PersonErased", ON, person_id=LAN, ground="authority_order")
    await service.recorded("NoteErased", ON, event_id=donation["event_id"], field="note", ground="request")
    assert await _figures(service) == before
    for rebuilt in await rebuild(service.addresses.worker_url):
        assert (rebuilt.differences, rebuilt.switched) == ([], True)
    assert await _figures(service) == before
    assert await _kept(service) == set()
