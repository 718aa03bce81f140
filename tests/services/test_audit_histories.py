"""Histories of a unit, an actor and a person are whole, in order, and end where the asker's reach ends."""

from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from tests.services.conftest import Service
from workers.projections.history import STRETCH

CITY, WARD, OTHER = "bac-kan-city", "duc-xuan", "song-cau"
PERSON = "0192f0c1-0000-7000-8000-0000000000c1"


class Town:
    """A city with two wards, and tokens for them."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def token(self, role: str, unit: str) -> Any:
        wanted = {"name": "Máy tính văn phòng", "role": role, "unit_id": unit}
        return (await self.service.client.post("/v1/tokens", json=wanted)).json()

    async def get(self, path: str, token: Any = None, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {token['token']}"} if token else {}
        answer = await self.service.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def listed(self, path: str, token: Any = None) -> list[tuple[str, str]]:
        """(type, stream) of a history's first page."""
        return [(e["type"], e["stream"]) for e in (await self.get(path, token))["events"]]

    async def walked(self, path: str) -> list[int]:
        """The positions of a whole history, page by page."""
        found: list[int] = []
        next_: str | None = path
        while next_ is not None:
            answer = await self.service.client.get(next_)
            found += [e["position"] for e in answer.json()["events"]]
            link = answer.headers.get("Link")
            next_ = link.partition(">")[0][1:] if link else None
        return found

    async def in_the_log(self, condition: str) -> list[int]:
        connection = await asyncpg.connect(self.service.addresses.database_url)
        rows = await connection.fetch(f"SELECT position FROM log.events WHERE {condition} ORDER BY position")
        await connection.close()
        return [row["position"] for row in rows]

    async def batch(self, commands: list[dict[str, Any]], token: Any = None) -> None:
        headers = {"Authorization": f"Bearer {token['token']}"} if token else {}
        answer = await self.service.batch(b"\n".join(map(msgspec.json.encode, commands)), **headers)
        assert all(msgspec.json.decode(line)["status"] == 201 for line in answer.content.splitlines())


@pytest.fixture
async def town(service: Service) -> Town:
    for ward in (WARD, OTHER):
        ward_data = {"unit_id": ward, "name": ward, "level": "commune", "parent_id": CITY}
        await service.recorded("UnitEstablished", "2000-01-01", **ward_data)
    return Town(service)


def joined(unit: str, members: int = 1) -> dict[str, Any]:
    data = {"unit_id": unit, "members": members}
    return {"type": "MembersJoined", "occurred_on": "2017-01-01", "data": data}


def registered(unit: str) -> dict[str, Any]:
    """A household, in a stream of its own."""
    data = {"candidate_id": str(uuid4()), "model": "family", "unit_id": unit, "year": 2017}
    return {"type": "ModelRegistered", "occurred_on": "2017-01-01", "data": data}


async def test_a_unit_with_its_funds_models_and_roles(town: Town) -> None:
    record = town.service.recorded
    await record("FundOpened", "2016-01-01", fund_id="quy", unit_id=WARD, name="Quỹ")
    await record("FundOpened", "2016-01-01", fund_id="quy-tp", unit_id=CITY, name="Quỹ thành phố")
    candidate = str(uuid4())
    registered = {"candidate_id": candidate, "model": "family", "unit_id": WARD, "year": 2017}
    await record("ModelRegistered", "2017-01-05", **registered)
    auditor = await town.token("auditor", WARD)
    own = [
        ("UnitEstablished", f"unit-{WARD}"),
        ("FundOpened", "fund-quy"),
        ("ModelRegistered", f"model-{candidate}"),
        ("RoleGranted", f"access-{auditor['actor_id']}"),
    ]
    path = f"/v1/audit/units/{WARD}"
    assert await town.listed(path, auditor) == own
    await town.service.fold()
    assert await town.listed(path, auditor) == own
    assert await town.listed(path + "?type=FundOpened", auditor) == [own[1]]
    await town.get(path + "?type=Nothing", auditor, status=404)
    await town.get("/v1/audit/units/nowhere", status=404)
    shown = await town.get(path, auditor)
    assert shown["units"] == 1
    assert shown["events"][0]["proof"] == f"/v1/audit/events/{shown['events'][0]['event_id']}/proof"


async def test_a_subtree_is_todays_with_what_merged_into_it(town: Town) -> None:
    record = town.service.recorded
    await record("MembersCounted", "2019-01-01", unit_id=OTHER, members=3)
    assert (await town.get(f"/v1/audit/units/{WARD}?subtree=true"))["units"] == 1
    auditor = await town.token("auditor", OTHER)  # which stays with what that unit was
    await record("UnitMerged", "2020-07-01", unit_id=OTHER, into_unit_id=WARD)
    assert await town.listed(f"/v1/audit/units/{WARD}?subtree=true") == [
        ("UnitEstablished", f"unit-{WARD}"),
        ("UnitEstablished", f"unit-{OTHER}"),
        ("MembersCounted", f"unit-{OTHER}"),
        ("RoleGranted", f"access-{auditor['actor_id']}"),
        ("UnitMerged", f"unit-{OTHER}"),
    ]
    await town.get(f"/v1/audit/units/{WARD}?subtree=true", auditor, status=403)
    everything = await town.walked(f"/v1/audit/units/{CITY}?subtree=true&limit=2")
    assert everything == await town.in_the_log("unit IS NOT NULL")


async def test_a_role_of_an_ended_unit_is_shown_nothing_that_came_later(town: Town) -> None:
    record = town.service.recorded
    for chapter, ward in (("to-1", OTHER), ("to-9", WARD)):
        data = {"unit_id": chapter, "name": chapter, "level": "chapter", "parent_id": ward}
        await record("UnitEstablished", "2001-01-01", **data)
    auditor = await town.token("auditor", OTHER)
    await record("UnitMerged", "2020-07-01", unit_id=OTHER, into_unit_id=WARD)
    await record("UnitMerged", "2021-07-01", unit_id="to-9", into_unit_id="to-1")
    path = "/v1/audit/units/to-1?subtree=true"
    assert await town.listed(path, auditor) == [("UnitEstablished", "unit-to-1")]
    assert len(await town.listed(path)) == 3  # with all of to-9


async def test_nothing_is_missed_between_the_read_model_and_the_log(town: Town) -> None:
    clerk = await town.token("recorder", CITY)
    await town.batch([joined(WARD), *(registered(CITY) for _ in range(STRETCH)), joined(WARD)], clerk)
    await town.batch([registered(OTHER) for _ in range(STRETCH)])
    await town.service.fold()
    await town.batch([joined(WARD), joined(OTHER)], clerk)  # not folded
    actor = clerk["actor_id"]
    for path, condition in (
        (f"units/{WARD}", f"unit = '{WARD}'"),
        (f"units/{CITY}", f"unit = '{CITY}'"),
        (f"actors/{actor}", f"actor = '{actor}' OR stream = 'access-{actor}'"),
    ):
        found = await town.walked(f"/v1/audit/{path}?limit=700")
        assert found == await town.in_the_log(condition)


async def test_recorded_since_and_until_a_day(town: Town) -> None:
    path = f"/v1/audit/units/{WARD}"
    (established,) = (await town.get(path))["events"]
    connection = await asyncpg.connect(town.service.addresses.database_url)
    zone = "AT TIME ZONE 'Asia/Ho_Chi_Minh'"
    day = await connection.fetchval(f"SELECT (recorded_at {zone})::date FROM log.events WHERE position = $1",
                                    established["position"])  # fmt: skip
    await connection.close()
    partly = await town.token("auditor", WARD)  # whose own role is the second event
    for token, count in ((None, 2), (partly, 2)):
        assert len(await town.listed(f"{path}?since={day}", token)) == count
        assert len(await town.listed(f"{path}?since={day}&until={day}", token)) == count
        assert await town.listed(f"{path}?since=2300-01-01", token) == []
        assert await town.listed(f"{path}?until=2020-01-01", token) == []


async def test_an_actor_is_shown_to_itself_and_to_auditors_of_the_whole_log(town: Town) -> None:
    clerk = await town.token("recorder", WARD)
    await town.batch([joined(WARD, 5)], clerk)
    path = f"/v1/audit/actors/{clerk['actor_id']}"
    whole, partly = await town.token("auditor", CITY), await town.token("auditor", WARD)
    access = f"access-{clerk['actor_id']}"
    expected = [("TokenIssued", access), ("RoleGranted", access), ("MembersJoined", f"unit-{WARD}")]
    assert sorted(await town.listed(path, whole)) == sorted(expected)
    assert expected[-1] in await town.listed(path, clerk)
    assert "Máy tính" not in str(await town.get(path, whole))
    await town.get(path, partly, status=403)
    await town.get(f"/v1/audit/actors/{uuid4()}", whole, status=404)
    await town.get("/v1/audit/actors/x", whole, status=400)


async def test_a_person_where_the_asker_reaches_it(town: Town) -> None:
    record = town.service.recorded
    child = {"person_id": PERSON, "kind": "child", "unit_id": WARD, "details": {"name": "Nguyễn Thị Lan"}}
    await record("PersonRegistered", "2020-01-01", **child)
    await town.service.client.get(f"/v1/persons/{PERSON}?purpose=contact")
    opening = [{"pocket": "cash", "amount": 1_000_000}]
    for unit in (WARD, OTHER):
        await record(
            "FundOpened", "2020-01-01", fund_id=f"quy-{unit}", unit_id=unit, name="Quỹ", opening=opening
        )
        await record(
            "AwardGranted", "2020-02-01", fund_id=f"quy-{unit}", award_id="a1", category="scholarship",
            recipients=1, measure="person", amount=1_000, pocket="cash", person_ids=[PERSON],
        )  # fmt: skip
    await town.service.fold()
    path, kept = f"/v1/audit/persons/{PERSON}", f"person-{PERSON}"
    own = [("PersonRegistered", kept), ("PersonRead", kept)]
    awards = [("AwardGranted", f"fund-quy-{unit}") for unit in (WARD, OTHER)]
    assert await town.listed(path) == [*own, *awards]
    assert "Lan" not in str(await town.get(path))
    auditor, stranger = await town.token("auditor", WARD), await town.token("recorder", WARD)
    await town.service.fold()
    assert await town.listed(path, auditor) == [*own, awards[0]]
    await town.get(path, stranger, status=403)
    assert await town.walked(path + "?limit=1") == [e["position"] for e in (await town.get(path))["events"]]
    await town.get(f"/v1/audit/persons/{uuid4()}", status=404)
