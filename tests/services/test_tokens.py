"""Tokens: shown once, kept as a digest; what they see is cut to their reach; they may not ask without end."""

import asyncio
import datetime as dt
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from events import vocabulary
from services.api.patience import Patience
from services.api.rates import RATES
from services.api.tokens import controller
from services.cli.ledger import Ledger, RefusedError
from services.cli.tokens import create, withdraw
from tests.services.conftest import Service, serving


async def token(service: Service, role: str, unit: str) -> Any:
    answer = await service.client.post("/v1/tokens", json={"name": "Bà Hoa", "role": role, "unit_id": unit})
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearing(made: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['token']}"}


async def two_wards(service: Service) -> None:
    for ward in ("duc-xuan", "song-cau"):
        more = {"name": ward, "level": "commune", "parent_id": "bac-kan-city"}
        await service.recorded("UnitEstablished", "2000-01-01", unit_id=ward, **more)


async def test_nothing_in_the_database_opens_anything(service: Service) -> None:
    made = await token(service, "auditor", "bac-kan-city")
    assert made["token"].startswith(f"khn_{made['token_id'].replace('-', '')}_")
    secret = made["token"][-43:]
    connection = await asyncpg.connect(service.addresses.database_url)
    rows = await connection.fetch("SELECT * FROM log.tokens")
    entries = await connection.fetch("SELECT entry FROM log.events")
    await connection.close()
    assert len(rows) == 1
    assert secret not in str(rows) + str(entries)
    assert "Bà Hoa" not in "".join(e["entry"].decode() for e in entries)
    listed = (await service.client.get("/v1/events", headers=bearing(made))).json()["events"]
    assert [e["type"] for e in listed][-2:] == ["TokenIssued", "RoleGranted"]


async def test_what_is_asked_for_wrongly_is_told_field_by_field(service: Service) -> None:
    async def told(body: bytes, query: str = "") -> set[tuple[str, str]]:
        answer = await service.client.post(
            "/v1/tokens" + query, content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, answer.text
        return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}

    missing = {(f"/{name}", "missing-field") for name in ("name", "role", "unit_id")}
    assert await told(b"{}") == missing
    assert await told(b'{"name":"","role":"boss","unit_id":"A","unit":"a","expires_on":"2020-02-30"}') == {
        ("/name", "text-too-short"), ("/role", "not-one-of"), ("/unit_id", "bad-pattern"),
        ("/unit", "unknown-field"), ("/expires_on", "impossible-date"),
    }  # fmt: skip
    right = b'{"name":"a","role":"auditor","unit_id":"bac-kan-city"}'
    assert await told(right[:-1] + b',"role":"administrator"}') == {("/role", "duplicate-member")}
    assert await told(right, "?anything=1") == {("/query/anything", "unknown-parameter")}
    odd = b',"person_id":"0192f0c1-2b7e-7c3a-9d530a7a3b1c5d1-0"}'  # Python alone reads it
    assert await told(right[:-1] + odd) == {("/person_id", "invalid-value")}
    assert await told(right[:-1]) == {("", "malformed-json")}
    assert await service.positions() == 2


async def test_who_sends_it_too_slowly_is_not_waited_for(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    monkeypatch.setattr(controller, "PATIENCE", Patience(0.1))
    answer = await service.client.post(
        "/v1/tokens", content=slowly(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (408, "too-slow")


async def test_a_tokens_name_is_kept_in_nfc_and_never_shown_back(service: Service) -> None:
    wanted = {"name": unicodedata.normalize("NFD", "Bà Hoa"), "role": "auditor", "unit_id": "bac-kan-city"}
    assert (await service.client.post("/v1/tokens", json=wanted)).status_code == 201
    assert [t["name"] for t in (await service.client.get("/v1/tokens")).json()["tokens"]] == ["Bà Hoa"]
    answer = await service.client.post("/v1/tokens", json=wanted | {"name": "Bà Hoa" * 100})
    assert (answer.status_code, "Hoa" in answer.text) == (400, False)


async def test_every_event_names_the_tokens_actor_and_the_last_use_is_noted(service: Service) -> None:
    made = await token(service, "recorder", "bac-kan-city")
    command = {
        "type": "MembersCounted",
        "occurred_on": "2017-01-01",
        "data": {"unit_id": "bac-kan-city", "members": 5},
    }
    event = (await service.client.post("/v1/commands", json=command, headers=bearing(made))).json()[
        "event_id"
    ]
    audited = (await service.client.get(f"/v1/audit/events/{event}")).json()
    assert audited["actor"] == made["actor_id"]
    connection = await asyncpg.connect(service.addresses.database_url)
    used = await connection.fetchval("SELECT last_used_at FROM log.tokens")
    await connection.close()
    assert dt.datetime.now(dt.UTC) - used < dt.timedelta(minutes=1)


async def test_lists_are_cut_to_the_tokens_reach(service: Service) -> None:
    await two_wards(service)
    await service.fold()
    made = await token(service, "auditor", "duc-xuan")
    units = (await service.client.get("/v1/units", headers=bearing(made))).json()["units"]
    assert [u["unit_id"] for u in units] == ["duc-xuan"]
    events = (await service.client.get("/v1/events", headers=bearing(made))).json()["events"]
    assert {e["data"]["unit_id"] for e in events} == {"duc-xuan"}


async def test_a_role_withdrawn_or_granted_counts_at_once(service: Service) -> None:
    await two_wards(service)
    made = await token(service, "auditor", "duc-xuan")
    stream, today = "/v1/audit/streams/unit-song-cau", str(vocabulary.today())
    role = {"actor_id": made["actor_id"], "role": "auditor"}
    assert (await service.client.get(stream, headers=bearing(made))).status_code == 403
    await service.recorded("RoleGranted", today, **role, unit_id="song-cau")
    assert (await service.client.get(stream, headers=bearing(made))).status_code == 200
    await service.recorded("RoleWithdrawn", today, **role, unit_id="song-cau")
    assert (await service.client.get(stream, headers=bearing(made))).status_code == 403


async def test_the_list_shows_what_its_reader_administers_and_no_secret(service: Service) -> None:
    await two_wards(service)
    today = str(vocabulary.today())
    boss = await token(service, "administrator", "duc-xuan")
    own, foreign = [await token(service, "recorder", ward) for ward in ("duc-xuan", "song-cau")]
    both = await token(service, "auditor", "duc-xuan")
    role = {"actor_id": both["actor_id"], "role": "auditor", "unit_id": "song-cau"}
    await service.recorded("RoleGranted", today, **role)
    await service.recorded("TokenWithdrawn", today, actor_id=own["actor_id"], token_id=own["token_id"])
    for _ in range(2):  # the first is the last use that the second shows
        answer = await service.client.get("/v1/tokens", headers=bearing(boss))
    listed = {t["token_id"]: t for t in answer.json()["tokens"]}
    assert list(listed) == [boss["token_id"], own["token_id"]]
    assert listed[own["token_id"]]["withdrawn_at"] is not None
    assert listed[boss["token_id"]]["last_used_at"] is not None
    line = listed[boss["token_id"]]
    assert (line["name"], line["withdrawn_at"]) == ("Bà Hoa", None)
    assert line["roles"] == [{"role": "administrator", "unit_id": "duc-xuan"}]
    assert not any(made["token"][-43:] in answer.text for made in (boss, own, foreign, both))

    everything, page = [], "/v1/tokens?limit=1"
    while page:
        answer = await service.client.get(page)
        everything += [t["token_id"] for t in answer.json()["tokens"]]
        page = answer.links.get("next", {}).get("url", "")
    assert everything == [t["token_id"] for t in (boss, own, foreign, both)]


def test_a_token_is_withdrawn_by_its_id(service: Service, tmp_path: Path) -> None:
    with serving(service.addresses, tmp_path) as url:
        ledger = Ledger(url, service.addresses, tmp_path)
        made = create(ledger, "Máy", "auditor", "bac-kan-city")
        by_it = {"Authorization": f"Bearer {made.token}"}
        assert httpx.get(url + "/v1/units", headers=by_it).status_code == 200
        withdraw(ledger, made.token_id)
        assert httpx.get(url + "/v1/units", headers=by_it).status_code == 401
        with pytest.raises(RefusedError, match=str(made.token_id)):  # once is enough
            withdraw(ledger, made.token_id)
        with pytest.raises(RefusedError, match="Không có thẻ"):
            withdraw(ledger, made.actor_id)


async def test_in_a_batch_only_the_lines_out_of_reach_are_refused(service: Service) -> None:
    await two_wards(service)
    made = await token(service, "integrator", "duc-xuan")
    lines = "".join(
        f'{{"type":"MembersCounted","occurred_on":"2017-01-01","data":{{"unit_id":"{u}","members":1}}}}\n'
        for u in ("duc-xuan", "song-cau")
    )
    answer = await service.batch(lines, **bearing(made))
    assert [f'"status":{n}' in line for n, line in zip((201, 403), answer.text.splitlines(), strict=True)]
    assert "not-permitted" in answer.text


async def test_a_token_that_asks_without_end_is_told_to_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await token(service, "auditor", "bac-kan-city")
    monkeypatch.setattr(RATES, "limit", 3)
    answers = [await service.client.get("/v1/catalogue", headers=bearing(made)) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"token";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"token";r=2;t=')
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert answers[3].json()["code"] == "too-many-requests"
    assert (await service.client.get("/v1/catalogue")).status_code == 200  # another token is not affected


def test_no_secret_reaches_the_services_own_log(
    service: Service, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    marked = f"khn_{'0' * 32}_{'s3cr3t' * 8}"[:80]
    with serving(service.addresses, tmp_path) as url:
        for headers in ({"Authorization": f"Bearer {marked}"}, {"Authorization": marked}):
            assert httpx.get(url + "/v1/units", headers=headers).status_code == 401
            assert httpx.post(url + "/v1/commands", headers=headers, content=b"{").status_code == 401
    told = capfd.readouterr()
    assert "s3cr3t" not in told.out + told.err
