"""A ward asks over HTTP for its own year: behind the second wall the answers are whole."""

from typing import Any

import pytest

from services.statistics import behind
from tests.services.conftest import Service
from tests.services.test_tokens import bearing, token, two_wards

WARD, YEAR = "duc-xuan", 2020
DEFINITIONS = [{"name": "member.total", "version": 1}]


async def test_a_ward_sees_what_it_published_and_what_changed_since(service: Service) -> None:
    await two_wards(service)
    await service.recorded("MembersCounted", "2020-05-01", unit_id=WARD, members=40)
    aim = {"year": YEAR, "indicator": "member.total", "value": 45}
    await service.recorded("TargetSet", "2020-01-05", unit_id=WARD, **aim)
    opened = {"centre_id": "tt", "unit_id": WARD, "name": "Trung tâm"}
    await service.recorded("LearningCentreOpened", "2019-01-01", **opened)
    await service.recorded("ClassHeld", "2020-03-01", centre_id="tt", topic="Trồng rau", participants=30)
    wrong = {"definitions": DEFINITIONS, "root": "0" * 64, "digest": "0" * 64, "tree": "then"}
    position = await service.positions()
    published = {"unit_id": WARD, "year": YEAR, "position": position, **wrong}
    await service.recorded("StatisticsPublished", "2021-01-05", **published)
    await service.recorded("MembersCounted", "2020-06-01", unit_id=WARD, members=47)
    await service.fold()
    headers = bearing(await token(service, "integrator", WARD))

    async def asked(path: str, unit_id: str = WARD) -> Any:
        answer = await service.client.get(f"/v1/units/{unit_id}{path}", headers=headers)
        return answer.json() if answer.status_code == 200 else answer.status_code

    (one,) = (await asked(f"/statistics/{YEAR}/published"))["published"]
    assert (one["position"], one["holds"]) == (position, False)
    assert one["recomputed"] not in (None, one["digest"])
    found = await asked(f"/statistics/{YEAR}/changes")
    (members,) = found["figures"]
    assert (members["published"], members["now"], found["same"]) == (40, 47, False)
    assert [e["contribution"] for e in members["events"]] == [7]
    (target,) = (await asked(f"/targets/{YEAR}"))["targets"]
    assert (target["target"], target["actual"], target["reached"]) == (45, 47, True)
    (topic,) = (await asked(f"/statistics/{YEAR}/centre.participants/topics"))["topics"]
    assert (topic["topic"], topic["value"], topic["share"]) == ("Trồng rau", 30, 100)
    for path in ("published", "changes", "centre.participants/topics"):
        assert await asked(f"/statistics/{YEAR}/{path}", "song-cau") == 403
    assert await asked(f"/targets/{YEAR}", "song-cau") == 403


async def test_too_many_events_are_told_of(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    since = await service.positions()
    for day, members in (("2020-05-01", 40), ("2020-06-01", 47)):
        await service.recorded("MembersCounted", day, unit_id="bac-kan-city", members=members)
    await service.fold()
    monkeypatch.setattr(behind, "MOST_EVENTS", 1)
    asked = f"/v1/units/bac-kan-city/statistics/{YEAR}/changes?position={since}"
    answer = await service.client.get(asked, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (400, "too-many-events")
    assert "More than 1 events made the difference to 'member.total' of 2020" in answer.json()["detail"]


async def test_what_is_misspelt_is_refused(service: Service) -> None:
    for path in (f"targets/{YEAR}?as_know=3", f"statistics/{YEAR}/changes?position=0"):
        answer = await service.client.get(f"/v1/units/bac-kan-city/{path}")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    answer = await service.client.get(f"/v1/units/bac-kan-city/statistics/{YEAR}/published?cursor=x")
    assert answer.status_code == 400
