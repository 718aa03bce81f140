"""What a process remembers of a token is never good for an answer once the log says otherwise."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from litestar import Litestar

from events.vocabulary import today
from services.api.app import create_app
from services.api.callers import Callers
from tests.services.conftest import Service, settings, started
from tests.services.test_tokens import bearing, token, two_wards

TODAY = str(today())
ROUTES = {
    "a snapshot of the log": "/v1/events",
    "read models": "/v1/units",
    "figures": "/v1/units/duc-xuan/statistics/2017",
    "the door asks first": "/v1/audit/streams/unit-duc-xuan",
    "no transaction at all": "/v1/catalogue",
    "a problem told before any": "/v1/units?cursor=%21",
}


@pytest.fixture
async def elsewhere(service: Service, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Another process of the service, which hears of nothing but from the log."""
    app: Litestar = create_app(lambda: settings(service.addresses, tmp_path))
    async with (
        started(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        yield client


async def looked_up(client: httpx.AsyncClient, path: str, made: Any) -> tuple[int, int]:
    """The status of the answer, and how often a token was looked up for it."""
    with mock.patch.object(Callers, "of", autospec=True, side_effect=Callers.of) as of:
        answer = await client.get(path, headers=bearing(made))
    return answer.status_code, of.call_count


@pytest.mark.parametrize("path", ROUTES.values(), ids=ROUTES)
async def test_a_withdrawal_holds_in_every_process_for_the_next_request(
    service: Service, elsewhere: httpx.AsyncClient, path: str
) -> None:
    await two_wards(service)
    await service.fold()
    made = await token(service, "auditor", "duc-xuan")
    right = 400 if "cursor" in path else 200
    assert await looked_up(elsewhere, path, made) == (right, 1)
    assert await looked_up(elsewhere, path, made) == (right, 0)  # remembered
    names = {name: made[name] for name in ("actor_id", "token_id")}
    await service.recorded("TokenWithdrawn", TODAY, **names)
    assert (await elsewhere.get(path, headers=bearing(made))).status_code == 401
    assert (await elsewhere.get(path, headers=bearing(made))).status_code == 401


async def test_answers_that_wait_at_once_are_confirmed_together(
    service: Service, elsewhere: httpx.AsyncClient
) -> None:
    await two_wards(service)
    made = await token(service, "auditor", "duc-xuan")

    async def statuses() -> set[int]:
        asked = (elsewhere.get("/v1/catalogue", headers=bearing(made)) for _ in range(20))
        return {answer.status_code for answer in await asyncio.gather(*asked)}

    assert await statuses() == {200}
    with mock.patch.object(Callers, "_check", autospec=True, side_effect=Callers._check) as check:
        assert await statuses() == {200}
    assert 1 <= check.call_count <= 10
    await service.recorded("TokenWithdrawn", TODAY, actor_id=made["actor_id"], token_id=made["token_id"])
    assert await statuses() == {401}


async def test_a_role_lost_is_lost_everywhere_and_a_role_won_is_won(
    service: Service, elsewhere: httpx.AsyncClient
) -> None:
    await two_wards(service)
    await service.fold()
    made = await token(service, "auditor", "duc-xuan")

    async def units() -> list[str]:
        answer = await elsewhere.get("/v1/units", headers=bearing(made))
        return [u["unit_id"] for u in answer.json()["units"]] if answer.is_success else []

    assert await units() == ["duc-xuan"]
    role = {"actor_id": made["actor_id"], "role": "auditor"}
    await service.recorded("RoleGranted", TODAY, unit_id="song-cau", **role)
    assert await units() == ["duc-xuan", "song-cau"]
    await service.recorded("RoleWithdrawn", TODAY, unit_id="duc-xuan", **role)
    assert await units() == ["song-cau"]
    await service.recorded("RoleWithdrawn", TODAY, unit_id="song-cau", **role)
    assert await units() == []


async def test_a_token_ends_with_its_last_day(service: Service, elsewhere: httpx.AsyncClient) -> None:
    answer = await service.client.post(
        "/v1/tokens",
        json={"name": "Máy", "role": "auditor", "unit_id": "bac-kan-city", "expires_on": TODAY},
    )
    made = answer.json()
    for path in ("/v1/events", "/v1/catalogue"):
        assert (await elsewhere.get(path, headers=bearing(made))).status_code == 200
        tomorrow = dt.date.fromisoformat(TODAY) + dt.timedelta(days=1)
        with mock.patch("services.api.callers.day_of", return_value=tomorrow):
            assert (await elsewhere.get(path, headers=bearing(made))).status_code == 401


async def test_a_move_in_the_tree_moves_the_reach(service: Service, elsewhere: httpx.AsyncClient) -> None:
    await two_wards(service)
    made = await token(service, "auditor", "duc-xuan")
    chapter = {"unit_id": "to-1", "name": "Tổ 1", "level": "chapter", "parent_id": "song-cau"}
    await service.recorded("UnitEstablished", "2001-01-01", **chapter)
    path = "/v1/audit/streams/unit-to-1"
    assert (await elsewhere.get(path, headers=bearing(made))).status_code == 403
    await service.recorded("UnitMoved", "2020-01-01", unit_id="to-1", parent_id="duc-xuan")
    assert (await elsewhere.get(path, headers=bearing(made))).status_code == 200
    await service.recorded("UnitMoved", "2021-01-01", unit_id="to-1", parent_id="song-cau")
    assert (await elsewhere.get(path, headers=bearing(made))).status_code == 403


async def test_another_secret_under_a_remembered_tokens_id_opens_nothing(service: Service) -> None:
    made = await token(service, "auditor", "bac-kan-city")
    assert (await service.client.get("/v1/events", headers=bearing(made))).status_code == 200
    forged = {"token": made["token"][:-43] + "A" * 43}
    assert (await service.client.get("/v1/events", headers=bearing(forged))).status_code == 401


async def test_nothing_is_recorded_for_a_remembered_caller(service: Service) -> None:
    """What changes the log looks its caller up first: an answer can be held back, an event cannot."""
    made = await token(service, "administrator", "bac-kan-city")
    assert await looked_up(service.client, "/v1/events", made) == (200, 1)
    command = {"type": "MembersCounted", "occurred_on": "2017-01-01"}
    data = {"unit_id": "bac-kan-city", "members": 5}
    with mock.patch.object(Callers, "of", autospec=True, side_effect=Callers.of) as of:
        await service.client.post("/v1/commands", json=command | {"data": data}, headers=bearing(made))
    assert of.call_count == 1
