"""Questions that cannot be answered get a problem saying why, and where to ask instead."""

import httpx
import pytest

from tests.services.conftest import Service


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v2/commands", 404, "no-such-route"),
        ("GET", "/v1/commands", 405, "method-not-allowed"),
        ("DELETE", "/v1/events", 405, "method-not-allowed"),
        ("GET", "/v1/events?afer=3", 400, "malformed"),
        ("GET", "/v1/events?limit=100000", 400, "malformed"),
        ("GET", "/v1/audit/streams/unit-bac-kan-city?cursor=zzz", 400, "malformed"),
        ("GET", "/v1/audit/streams/fund-nowhere", 404, "stream-not-found"),
        ("GET", "/v1/audit/events/01a209d7-7d7a-7347-a870-d8b2808c835c", 404, "event-not-found"),
        ("GET", "/v1/audit/events/seven", 400, "malformed"),
        ("GET", "/v1/funds/nowhere", 404, "fund-not-found"),
        ("GET", "/v1/funds/nowhere?as_of=2017-02-30", 400, "malformed"),
        ("GET", "/v1/funds/nowhere?as_known=-1", 400, "malformed"),
        ("GET", "/v1/units/bac-kan-city/accounts?as_known=-1", 400, "malformed"),
        ("GET", "/v1/funds/nowhere?as_known=null", 400, "malformed"),
        ("GET", "/v1/funds/nowhere?as_known=1&as_known=2", 400, "malformed"),
        ("GET", "/v1/funds/nowhere?as_known=9999-12-31", 404, "fund-not-found"),
        ("GET", "/v1/units/nowhere", 404, "unit-not-found"),
        ("GET", "/v1/units/nowhere/statistics/2017", 404, "unit-not-found"),
        ("GET", "/v1/units/bac-kan-city/statistics/20177", 400, "malformed"),
        ("GET", "/v1/units/bac-kan-city/statistics/2017?tree=later", 400, "malformed"),
        ("GET", "/v1/units/a/revisions/member.total?from_year=2000&to_year=2020", 400, "malformed"),
        ("GET", "/v1/units/a/revisions/member.total?from_year=2010&to_year=2009", 400, "malformed"),
        ("GET", "/v1/catalogue/Nothing", 404, "name-not-found"),
        ("GET", "/problems/nothing", 404, "name-not-found"),
    ],
)
async def test_questions_that_cannot_be_answered(
    service: Service, method: str, path: str, status: int, code: str
) -> None:
    answer = await service.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert all(e["pointer"] and e["message"] for e in answer.json().get("errors", ()))


@pytest.mark.parametrize(
    ("path", "pointer", "code", "told"),
    [
        (f"/v1/units?q={'a' * 101}", "/query/q", "text-too-long", "101"),
        ("/v1/units?level=boss", "/query/level", "not-one-of", "clan, commune"),
        ("/v1/units/Bad%20Id", "/path/unit_id", "bad-pattern", "bac-kan-city"),
        ("/v1/units?limit=0", "/query/limit", "out-of-range", "≥ 1"),
        ("/v1/funds/a/statement?from=2017-02-30&to=2018-01-01", "/query/from", "impossible-date", "2017"),
        (
            f"/v1/units/a/revisions/member.total?from_year=2017{'&known=1' * 25}",
            "/query/known",
            "too-many-items",
            "25",
        ),
    ],
)
async def test_a_parameter_is_told_to_be_wrong_as_a_field_is(
    service: Service, path: str, pointer: str, code: str, told: str
) -> None:
    answer = await service.client.get(path)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert told in error["message"]


async def test_only_this_machine_is_answered(service: Service) -> None:
    for host in ("ledger.example.com", "127.0.0.1.example.com:80"):
        answer = await service.client.get("/health", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "misdirected")
    assert (await service.client.get("/health", headers={"Host": "[::1]:8000"})).status_code == 200


async def test_a_unit_that_has_ended_names_its_successors(service: Service) -> None:
    for ward in ("phung-chi-kien", "duc-xuan"):
        await service.recorded(
            "UnitEstablished",
            "2001-01-01",
            unit_id=ward,
            name=ward,
            level="commune",
            parent_id="bac-kan-city",
        )
    await service.recorded("UnitMerged", "2025-07-01", unit_id="phung-chi-kien", into_unit_id="duc-xuan")
    await service.fold()

    async def ask(tree: str) -> httpx.Response:
        return await service.client.get(f"/v1/units/phung-chi-kien/statistics/2017?tree={tree}")

    assert (await ask("then")).status_code == 200
    gone = await ask("now")
    assert (gone.status_code, gone.json()["code"]) == (404, "unit-not-found")
    assert gone.json()["successors"] == ["duc-xuan"]
    assert "duc-xuan" in gone.json()["detail"]
    detail = (await service.client.get("/v1/units/duc-xuan")).json()
    assert detail["predecessors"] == ["phung-chi-kien"]


async def test_what_fails_inside_is_not_shown(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("password=1234")

    monkeypatch.setattr("services.api.statistics.controller.yearly_table", fails)
    answer = await service.client.get("/v1/units/bac-kan-city/statistics/2017")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert "1234" not in answer.text
    assert (await service.client.get("/health")).status_code == 200
