"""Whoever has recorded something can ask for an answer that knows of it."""

import asyncio
import time

import pytest

from services.api import ledger
from tests.services.conftest import Service

SOMEBODY = "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d11"


async def rename(service: Service) -> int:
    recorded = await service.recorded("UnitRenamed", "2012-01-01", unit_id="bac-kan-city", name="Tên mới")
    position: int = recorded["position"]
    return position


async def test_an_answer_says_which_position_it_reflects(service: Service) -> None:
    await service.fold()
    position = await rename(service)
    behind = await service.client.get("/v1/units/bac-kan-city")
    assert behind.headers["ledger-position"] == str(position - 1)
    assert behind.json()["name"] != "Tên mới"
    assert (await service.client.get("/v1/events")).headers["ledger-position"] == str(position)


async def test_a_question_waits_until_the_read_model_has_come_that_far(service: Service) -> None:
    position = await rename(service)
    asked = asyncio.create_task(service.client.get(f"/v1/units/bac-kan-city?min_position={position}"))
    await asyncio.sleep(0.3)
    assert not asked.done()
    await service.fold()
    answer = await asked
    assert answer.headers["ledger-position"] == str(position)
    assert answer.json()["name"] == "Tên mới"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/units",
        "/v1/units/bac-kan-city/statistics/2017",
        "/v1/funds/quy",
        "/v1/events",
        "/v1/audit/streams/unit-bac-kan-city",
        f"/v1/audit/persons/{SOMEBODY}",
        f"/v1/audit/events/{SOMEBODY}/notes",
        f"/v1/audit/events/{SOMEBODY}/proof",
        f"/v1/persons/{SOMEBODY}?purpose=contact",
        f"/v1/persons/{SOMEBODY}/notes",
        f"/v1/persons/{SOMEBODY}/everything?purpose=contact",
        "/v1/units/bac-kan-city/persons?purpose=contact",
        "/v1/events/columns",
        "/v1/tokens",
    ],
)
async def test_a_question_does_not_wait_for_ever(
    service: Service, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "WAIT_SECONDS", 0.3)
    began = time.monotonic()
    answer = await service.client.get(path + ("&" if "?" in path else "?") + "min_position=1000")
    assert time.monotonic() - began < 2
    assert (answer.status_code, answer.json()["code"]) == (503, "position-not-reached")
    assert int(answer.headers["retry-after"]) > 0


async def test_as_known_at_a_position_that_is_not_there_yet(service: Service) -> None:
    """However large a number it is."""
    await service.fold()
    unit = "/v1/units/bac-kan-city"
    for path, more in (
        ("statistics/2017", {}),
        ("statistics/2017/fund.raised/events", {}),
        ("comparison/2017", {}),
        ("contradictions", {}),
        ("targets/2017", {}),
        ("statistics", {"from_year": "2017", "format": "csv"}),
        ("report/2017", {"format": "html"}),
        ("accounts", {}),
        ("balances", {}),
    ):
        for position in (1_000, 2**63, 10**30):
            answer = await service.client.get(f"{unit}/{path}", params={**more, "as_known": str(position)})
            found = answer.status_code, answer.json()["code"]
            assert found == (503, "position-not-reached"), f"{path} as known at {position}"
