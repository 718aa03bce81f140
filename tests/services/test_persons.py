"""A person is opened for a purpose only, a child not without a record of it, who was erased never."""

from typing import Any

import pytest

from tests.services.conftest import Service

LAN, HOA = "0192f0c1-0000-7000-8000-0000000000a1", "0192f0c1-0000-7000-8000-0000000000a2"
FUND = {"fund_id": "quy-tp", "unit_id": "bac-kan-city", "name": "Quỹ", "opening": [
    {"pocket": "cash", "amount": 1_000_000}]}  # fmt: skip
DETAILS = {"name": "Nguyễn Thị Lan", "school": "THCS Nông Thượng"}
ON = "2020-03-01"


@pytest.fixture
async def lan(service: Service) -> Service:
    """A registered child with changed details, and an adult."""
    await service.recorded("PersonRegistered", ON, person_id=LAN, kind="child", details={"name": "Lan"})
    await service.recorded("PersonDetailsChanged", ON, person_id=LAN, details=DETAILS)
    await service.recorded("PersonRegistered", ON, person_id=HOA, kind="adult", details={"name": "Hoa"})
    return service


async def _get(service: Service, path: str, status: int = 200) -> Any:
    answer = await service.client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def _history(service: Service, person: str) -> list[Any]:
    events: list[Any] = (await _get(service, f"/v1/audit/streams/person-{person}"))["events"]
    return events


async def test_reading_a_childs_details_is_recorded_first(lan: Service) -> None:
    answer = await lan.client.get(f"/v1/persons/{LAN}?purpose=contact")
    assert answer.json()["details"] == DETAILS
    last = (await _history(lan, LAN))[-1]
    assert (last["type"], last["data"]["fields"]) == ("PersonRead", ["name", "school"])
    assert last["data"]["purpose"] == "contact"
    assert answer.headers["Ledger-Position"] == str(last["position"])


async def test_reading_an_adults_details_leaves_no_record(lan: Service) -> None:
    assert (await _get(lan, f"/v1/persons/{HOA}?purpose=contact"))["details"] == {"name": "Hoa"}
    assert len(await _history(lan, HOA)) == 1


async def test_nothing_is_opened_without_a_purpose(lan: Service) -> None:
    assert (await _get(lan, f"/v1/persons/{LAN}", 400))["errors"][0]["pointer"] == "/query/purpose"
    await _get(lan, f"/v1/persons/{LAN[:-1]}f?purpose=contact", 404)
    assert len(await _history(lan, LAN)) == 2


async def test_what_may_be_published_follows_both_consents(lan: Service) -> None:
    consent = {"person_id": LAN, "purpose": "publish_award_list"}
    told = f"/v1/persons/{LAN}?purpose=contact"
    await lan.recorded("ConsentGiven", ON, **consent, given_by="representative")
    assert (await _get(lan, told))["publishable"] == []
    await lan.recorded("ConsentGiven", ON, **consent, given_by="self")
    assert (await _get(lan, told))["publishable"] == ["publish_award_list"]
    await lan.recorded("ConsentWithdrawn", ON, **consent)
    person = await _get(lan, told)
    assert (person["publishable"], person["consents"]) == ([], [])


async def test_an_erased_person_reads_as_erased(lan: Service) -> None:
    await lan.recorded("PersonErased", ON, person_id=LAN, ground="request")
    person = await _get(lan, f"/v1/persons/{LAN}?purpose=contact")
    assert person["details"] is None
    assert person["erased"]["ground"] == "request"
    await lan.fold()
    everything = await _get(lan, f"/v1/persons/{LAN}/everything?purpose=contact")
    assert all(event["opened"] == {} for event in everything["events"])
    assert all(event["type"] != "PersonRead" for event in everything["events"])


async def test_notes_that_may_speak_of_an_erased_person_are_listed_and_can_go(lan: Service) -> None:
    await lan.recorded("FundOpened", "2019-01-01", **FUND)
    await lan.recorded("TermDefined", "2019-01-01", list="occasion", term="tet", label="Tết")
    donation = await lan.recorded(
        "DonationReceived", ON, fund_id="quy-tp", donation_id="d-1", amount=1_000, pocket="cash",
        donor={"kind": "person", "person_id": LAN}, note="Mẹ em Lan đưa",
    )  # fmt: skip
    reversal = await lan.recorded(
        "EntryReversed", ON, fund_id="quy-tp", event_id=donation["event_id"], reason="Lan xin lại"
    )
    model = await lan.recorded(
        "ModelRegistered", ON, candidate_id=HOA, model="citizen", unit_id="bac-kan-city", year=2020,
        person_id=LAN, note="Lan tự đăng ký",
    )  # fmt: skip
    refused = await lan.record("PersonErased", ON, person_id=LAN, ground="request")
    assert refused.json()["code"] == "person-kept-by-law"
    await lan.recorded("PersonErased", ON, person_id=LAN, ground="authority_order")
    await lan.fold()
    listed = (await _get(lan, f"/v1/persons/{LAN}/notes"))["notes"]
    assert [(n["event_id"], n["fields"]) for n in listed] == [
        (donation["event_id"], ["note"]),
        (reversal["event_id"], ["reason"]),
        (model["event_id"], ["note"]),
    ]
    opened = await _get(lan, f"/v1/audit/events/{donation['event_id']}/notes")
    assert opened["notes"] == [{"field": "note", "text": "Mẹ em Lan đưa", "erased": False}]
    await lan.recorded("NoteErased", ON, event_id=donation["event_id"], field="note", ground="request")
    opened = await _get(lan, f"/v1/audit/events/{donation['event_id']}/notes")
    assert opened["notes"] == [{"field": "note", "text": None, "erased": True}]
    await lan.fold()
    assert len((await _get(lan, f"/v1/persons/{LAN}/notes"))["notes"]) == 2


async def test_everything_held_is_given_with_texts_and_reads(lan: Service) -> None:
    await _get(lan, f"/v1/persons/{LAN}?purpose=contact")
    await lan.recorded("FundOpened", "2019-01-01", **FUND)
    await lan.recorded(
        "AwardGranted", ON, fund_id="quy-tp", award_id="a-1", category="scholarship", recipients=2,
        measure="person", amount=1_000, pocket="cash", person_ids=[LAN, HOA], note="Hai bạn",
    )  # fmt: skip
    await lan.fold()
    held = await _get(lan, f"/v1/persons/{LAN}/everything?purpose=subject_access")
    assert [(e["type"], list(e["opened"])) for e in held["events"]] == [
        ("PersonRegistered", ["details"]),
        ("PersonDetailsChanged", ["details"]),
        ("PersonRead", []),
        ("AwardGranted", ["note"]),
    ]
    assert held["events"][-1]["opened"]["note"] == "Hai bạn"
    assert held["events"][1]["opened"]["details"] == held["person"]["details"] == DETAILS
    assert (await _history(lan, LAN))[-1]["data"]["purpose"] == "subject_access"
