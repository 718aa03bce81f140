"""What is shown of persons in public follows their consents, and a child's name is not read unrecorded."""

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from events.sealing.keys import MasterKey
from events.vocabulary import today
from services.api.persons import shown
from services.persons.showing import shown_names
from tests.services.conftest import Service

ON = "2020-03-01"
PURPOSE = "publish_award_list"
OWN, FOREIGN, CITY = "duc-xuan", "song-cau", "bac-kan-city"
LAN, BE, HOA, HO, NAM = (f"0192f0c1-0000-7000-8000-0000000000a{n}" for n in range(1, 6))
"""A pupil, a small child, a grown woman, a household, and a man of the other ward."""


class Town:
    """Two wards with persons in them, and tokens at the first."""

    def __init__(self, service: Service, master: MasterKey) -> None:
        self.service = service
        self.master = master

    async def build(self) -> None:
        record = self.service.recorded
        for ward in (OWN, FOREIGN):
            await record(
                "UnitEstablished", "2000-01-01", unit_id=ward, name=ward, level="commune", parent_id=CITY
            )
        for person, kind, unit, details in (
            (LAN, "child", OWN, {"name": "Lan", "birth_date": f"{today().year - 10}-01-01"}),
            (BE, "child", OWN, {"name": "Bé", "birth_date": f"{today().year - 3}-01-01", "school": "MN"}),
            (HOA, "adult", OWN, {"name": "Hoa"}),
            (HO, "household", OWN, {"name": "Hộ ông Ba"}),
            (NAM, "adult", FOREIGN, {"name": "Nam"}),
        ):
            await record("PersonRegistered", ON, person_id=person, kind=kind, unit_id=unit, details=details)

    async def consent(self, person: str, *by: str, purpose: str = PURPOSE) -> None:
        for who in by:
            await self.service.recorded("ConsentGiven", ON, person_id=person, purpose=purpose, given_by=who)

    async def as_(self, role: str, unit: str) -> httpx.AsyncClient:
        """A client with a token of that role."""
        wanted = {"name": "Máy", "role": role, "unit_id": unit}
        made = (await self.service.client.post("/v1/tokens", json=wanted)).json()["token"]
        transport = self.service.client._transport
        headers = {"Authorization": f"Bearer {made}"}
        return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)

    async def shown(self, unit: str = CITY, status: int = 200, **query: Any) -> Any:
        answer = await self.service.client.get(
            f"/v1/units/{unit}/persons", params={"purpose": PURPOSE, **query}
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    async def names(self, unit: str = CITY) -> list[str]:
        return [person["name"] for person in (await self.shown(unit))["persons"]]

    async def reads(self, person: str) -> list[Any]:
        answer = await self.service.client.get(f"/v1/audit/streams/person-{person}")
        return [e["data"] for e in answer.json()["events"] if e["type"] == "PersonRead"]


@pytest.fixture
async def town(service: Service, tmp_path: Path) -> Town:
    made = Town(service, MasterKey.from_file(tmp_path / "master.key"))
    await made.build()
    return made


async def test_nobody_is_shown_who_did_not_agree_to_that_purpose(town: Town) -> None:
    await town.consent(HOA, "self", purpose="contact")
    await town.consent(HOA, "representative")
    await town.consent(LAN, "representative")
    assert await town.names() == []


async def test_who_agreed_is_shown_at_the_unit_and_above_it(town: Town) -> None:
    await town.consent(LAN, "self", "representative")
    await town.consent(BE, "representative")
    for person in (HOA, HO, NAM):
        await town.consent(person, "self")
    assert await town.names() == ["Lan", "Bé", "Hoa", "Hộ ông Ba", "Nam"]
    assert await town.names(OWN) == ["Lan", "Bé", "Hoa", "Hộ ông Ba"]
    assert await town.names(FOREIGN) == ["Nam"]
    assert (await town.shown(FOREIGN))["persons"] == [
        {"person_id": NAM, "kind": "adult", "unit_id": FOREIGN, "name": "Nam"}
    ]
    assert (await town.shown("nowhere", 404))["code"] == "unit-not-found"


async def test_a_withdrawal_and_an_erasure_hold_at_once(town: Town) -> None:
    for person in (HOA, HO, NAM):
        await town.consent(person, "self")
    await town.service.recorded("ConsentWithdrawn", ON, person_id=HOA, purpose=PURPOSE)
    await town.service.recorded("PersonErased", ON, person_id=HO, ground="request")
    assert await town.names() == ["Nam"]
    await town.consent(HOA, "self")
    assert await town.names() == ["Hoa", "Nam"]


async def test_the_name_is_the_one_last_recorded(town: Town) -> None:
    await town.consent(HOA, "self")
    await town.service.recorded("PersonDetailsChanged", ON, person_id=HOA, details={"name": "Hoa Mai"})
    assert await town.names() == ["Hoa Mai"]
    await town.service.recorded("PersonDetailsChanged", ON, person_id=HOA, details={"school": "THPT"})
    assert await town.names() == []


async def test_who_was_handed_over_is_shown_where_the_record_is_kept(town: Town) -> None:
    await town.consent(HOA, "self")
    await town.service.recorded("PersonHandedOver", ON, person_id=HOA, to_unit_id=FOREIGN)
    assert (await town.names(OWN), await town.names(FOREIGN)) == ([], ["Hoa"])


async def test_a_former_unit_shows_nobody_even_where_consent_was_withdrawn_elsewhere(town: Town) -> None:
    await town.consent(HOA, "self")
    path = {ward: f"/v1/units/{ward}/persons?purpose={PURPOSE}" for ward in (OWN, FOREIGN)}
    async with await town.as_("auditor", OWN) as former, await town.as_("auditor", FOREIGN) as present:
        assert [p["name"] for p in (await former.get(path[OWN])).json()["persons"]] == ["Hoa"]
        await town.service.recorded("PersonHandedOver", ON, person_id=HOA, to_unit_id=FOREIGN)
        assert [p["name"] for p in (await present.get(path[FOREIGN])).json()["persons"]] == ["Hoa"]
        assert (await former.get(path[OWN])).json()["persons"] == []
        await town.service.recorded("ConsentWithdrawn", ON, person_id=HOA, purpose=PURPOSE)
        assert (await former.get(path[OWN])).json()["persons"] == []
        assert (await present.get(path[FOREIGN])).json()["persons"] == []


async def test_that_a_childs_name_was_read_is_recorded_first(town: Town) -> None:
    await town.consent(LAN, "self", "representative")
    await town.consent(HOA, "self")
    answer = await town.service.client.get(f"/v1/units/{OWN}/persons?purpose={PURPOSE}")
    assert await town.reads(LAN) == [{"person_id": LAN, "fields": ["name"], "purpose": PURPOSE}]
    assert await town.reads(HOA) == await town.reads(BE) == []
    assert int(answer.headers["Ledger-Position"]) == await town.service.positions()


async def test_pages_hold_everybody_once_and_nobody_else(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not be shown is told of by no cursor and no empty page."""
    for person in (HOA, HO, NAM):
        await town.consent(person, "self")
    await town.service.recorded("ConsentWithdrawn", ON, person_id=HO, purpose=PURPOSE)
    for looked_at in (500, 1):
        monkeypatch.setattr(shown, "LOOKED_AT", looked_at)
        path, found = f"/v1/units/{CITY}/persons?purpose={PURPOSE}&limit=1", []
        for _ in range(2):
            answer = await town.service.client.get(path)
            found.append([p["name"] for p in answer.json()["persons"]])
            path = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
            cursor = path.partition("cursor=")[2]
            assert HO not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        assert (found, path) == ([["Hoa"], ["Nam"]], "")


async def test_a_purpose_is_needed_and_a_role_at_the_unit(town: Town) -> None:
    assert (await town.service.client.get(f"/v1/units/{OWN}/persons")).status_code == 400
    async with await town.as_("auditor", OWN) as client:
        assert (await client.get(f"/v1/units/{OWN}/persons?purpose=x")).status_code == 200
        assert (await client.get(f"/v1/units/{FOREIGN}/persons?purpose=x")).status_code == 403


async def test_names_for_a_list_of_ids_are_those_that_may_be_shown(town: Town) -> None:
    await town.consent(LAN, "self", "representative")
    await town.consent(HOA, "self")
    await town.consent(NAM, "self", purpose="contact")
    unknown = "0192f0c1-0000-7000-8000-0000000000ff"
    ids = [UUID(person) for person in (HOA, LAN, BE, NAM, unknown)]
    connection = await asyncpg.connect(town.service.addresses.database_url)
    try:
        names = await shown_names(connection, town.master, ids, PURPOSE, today())
        assert names == dict(zip(ids, ["Hoa", "Lan", None, None, None], strict=True))
        await town.service.recorded("PersonErased", ON, person_id=HOA, ground="request")
        await town.service.recorded("ConsentWithdrawn", ON, person_id=LAN, purpose=PURPOSE)
        names = await shown_names(connection, town.master, ids, PURPOSE, today())
        assert set(names.values()) == {None}
    finally:
        await connection.close()


async def test_a_foreign_recorder_is_refused_and_reads_nothing(town: Town) -> None:
    commands = {
        "ConsentGiven": {"purpose": PURPOSE, "given_by": "self"},
        "PersonDetailsChanged": {"details": {"name": "Khác"}},
        "PersonRead": {"fields": ["name"]},
        "PersonHandedOver": {"to_unit_id": FOREIGN},
    }
    async with await town.as_("recorder", FOREIGN) as client:
        before = await town.service.positions()
        for kind, data in commands.items():
            command = {"type": kind, "occurred_on": ON, "data": {"person_id": LAN, **data}}
            answer = await client.post("/v1/commands", json=command)
            assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted"), kind
        assert (await client.get(f"/v1/persons/{LAN}?purpose=contact")).status_code == 403
        assert await town.service.positions() == before
        await town.service.recorded("PersonHandedOver", ON, person_id=LAN, to_unit_id=FOREIGN)
        answer = await client.get(f"/v1/persons/{LAN}?purpose=contact")
        assert (answer.status_code, answer.json()["unit_id"]) == (200, FOREIGN)
    async with await town.as_("recorder", OWN) as client:
        assert (await client.get(f"/v1/persons/{LAN}?purpose=contact")).status_code == 403
        assert (await client.get(f"/v1/persons/{HOA}?purpose=contact")).status_code == 200


async def test_who_is_named_by_a_money_entry_is_read_by_who_reaches_it(town: Town) -> None:
    fund = {"fund_id": "quy", "unit_id": FOREIGN, "name": "Quỹ"}
    await town.service.recorded("FundOpened", "2019-01-01", **fund)
    async with await town.as_("approver", FOREIGN) as client:
        assert (await client.get(f"/v1/persons/{LAN}?purpose=contact")).status_code == 403
        await town.service.recorded(
            "DonationReceived", ON, fund_id="quy", donation_id="d", amount=1, pocket="cash",
            donor={"kind": "person", "person_id": LAN},
        )  # fmt: skip
        assert (await client.get(f"/v1/persons/{LAN}?purpose=contact")).status_code == 200
    assert [read["fields"] for read in await town.reads(LAN)] == [["name", "birth_date"]]


async def test_without_a_unit_only_the_registrar_reads(town: Town) -> None:
    person = "0192f0c1-0000-7000-8000-0000000000b1"
    command = {
        "type": "PersonRegistered",
        "occurred_on": ON,
        "data": {"person_id": person, "kind": "child", "details": {"name": "An"}},
    }
    async with await town.as_("recorder", OWN) as client, await town.as_("administrator", OWN) as other:
        assert (await client.post("/v1/commands", json=command)).status_code == 201
        assert (await client.get(f"/v1/persons/{person}?purpose=contact")).json()["unit_id"] is None
        assert (await other.get(f"/v1/persons/{person}?purpose=contact")).status_code == 403
    assert len(await town.reads(person)) == 1
