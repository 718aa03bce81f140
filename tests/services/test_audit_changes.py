"""What was before an event and what is after it, and from where it was recorded."""

from typing import Any
from uuid import uuid4

from events.declare import CATALOGUE
from services.api.audit.replacing import REPLACES
from tests.services.conftest import UNIT, Service

CITY = "bac-kan-city"
PERSON = "0192f0c1-0000-7000-8000-0000000000b1"
Told = list[tuple[str, Any, Any]]


async def changes(service: Service, stream: str, skip: int = 0) -> Told:
    """(type, before, after) of a stream's events."""
    answer = await service.client.get(f"/v1/audit/streams/{stream}")
    assert answer.status_code == 200, answer.text
    return [(e["type"], e["before"], e["after"]) for e in answer.json()["events"][skip:]]


async def test_a_name_beside_the_one_it_had_on_that_day(service: Service) -> None:
    await service.recorded("UnitRenamed", "2015-01-01", unit_id=CITY, name="Thành phố")
    await service.recorded("UnitRenamed", "2005-01-01", unit_id=CITY, name="Thị xã")  # recorded late
    second = await service.recorded("UnitRenamed", "2016-01-01", unit_id=CITY, name="Sai")
    await service.recorded("RecordWithdrawn", "2017-01-01", event_id=second["event_id"], reason="Nhầm")
    await service.recorded("UnitRenamed", "2018-01-01", unit_id=CITY, name="Thành phố Bắc Kạn")
    first = UNIT["name"]
    assert await changes(service, f"unit-{CITY}") == [
        ("UnitEstablished", None, {"name": first, "level": "district", "scheme": "gso"}),
        ("UnitRenamed", {"name": first}, {"name": "Thành phố"}),
        ("UnitRenamed", {"name": first}, {"name": "Thị xã"}),
        ("UnitRenamed", {"name": "Thành phố"}, {"name": "Sai"}),
        ("RecordWithdrawn", {"name": "Sai"}, {"name": "Thành phố"}),
        ("UnitRenamed", {"name": "Thành phố"}, {"name": "Thành phố Bắc Kạn"}),
    ]


async def test_members_before_and_after_on_that_day(service: Service) -> None:
    counted = await service.recorded("MembersCounted", "2016-12-31", unit_id=CITY, members=65)
    await service.recorded("MembersJoined", "2017-02-01", unit_id=CITY, members=4)
    await service.recorded("MembersCounted", "2017-12-31", unit_id=CITY, members=70, note="Đếm lại")
    await service.recorded("MembersLeft", "2017-03-01", unit_id=CITY, members=2)
    await service.recorded("RecordWithdrawn", "2018-01-01", event_id=counted["event_id"], reason="Nhầm")
    assert await changes(service, f"unit-{CITY}", 1) == [
        ("MembersCounted", None, {"members": 65}),
        ("MembersJoined", {"members": 65}, {"members": 69}),
        ("MembersCounted", {"members": 69}, {"members": 70}),
        ("MembersLeft", {"members": 69}, {"members": 67}),
        ("RecordWithdrawn", {"members": 65}, {"members": 0}),
    ]


async def test_what_a_unit_states_again_is_told_by_its_key(service: Service) -> None:
    await service.recorded("ApprovalThresholdSet", "2017-01-01", unit_id=CITY, amount=5_000_000)
    await service.recorded("ApprovalThresholdSet", "2017-06-01", unit_id=CITY, amount=2_000_000)
    for year, value in ((2017, 100), (2018, 120), (2017, 110)):
        target = {"unit_id": CITY, "year": year, "indicator": "unit.members", "value": value}
        await service.recorded("TargetSet", "2017-01-01", **target)
    await service.recorded("PopulationStated", "2017-01-01", unit_id=CITY, persons=10, households=3)
    await service.recorded("PopulationStated", "2018-01-01", unit_id=CITY, households=4)
    assert await changes(service, f"unit-{CITY}", 1) == [
        ("ApprovalThresholdSet", None, {"amount": 5_000_000}),
        ("ApprovalThresholdSet", {"amount": 5_000_000}, {"amount": 2_000_000}),
        ("TargetSet", None, {"value": 100}),
        ("TargetSet", None, {"value": 120}),
        ("TargetSet", {"value": 100}, {"value": 110}),
        ("PopulationStated", None, {"persons": 10, "households": 3}),
        ("PopulationStated", {"households": 3}, {"households": 4}),
    ]


async def test_an_evaluation_that_is_replaced_and_taken_back(service: Service) -> None:
    candidate = str(uuid4())
    registered = {"candidate_id": candidate, "model": "family", "unit_id": CITY, "year": 2017}
    await service.recorded("ModelRegistered", "2017-01-05", **registered)
    judged = {"candidate_id": candidate, "year": 2017, "rule_set": "qd-448-2015"}
    await service.recorded("ModelEvaluated", "2017-11-01", **judged, achieved=False, total=45)
    again = await service.recorded("ModelEvaluated", "2017-10-01", **judged, achieved=True, total=82.5)
    await service.recorded("RecordWithdrawn", "2017-12-01", event_id=again["event_id"], reason="Nhầm")
    told = await changes(service, f"model-{candidate}", 1)
    first, second = {"achieved": False, "total": 45}, {"achieved": True, "total": 82.5}
    assert told[0] == ("ModelEvaluated", None, {**first, "rule_set": "qd-448-2015"})
    assert told[1:] == [("ModelEvaluated", first, second), ("RecordWithdrawn", second, first)]


async def test_money_asked_for_changed_reversed_and_handed_on(service: Service) -> None:
    await service.recorded("UnitEstablished", "2001-01-01", unit_id="duc-xuan", name="Đức Xuân",
                           level="commune", parent_id=CITY)  # fmt: skip
    await service.recorded("FundOpened", "2016-01-01", fund_id="quy", unit_id=CITY, name="Quỹ")
    gift = await service.recorded(
        "DonationReceived", "2017-03-01", fund_id="quy", donation_id="d1", amount=500_000, pocket="cash",
        donor={"kind": "anonymous"}, note="Cháu A đưa",
    )  # fmt: skip
    await service.recorded(
        "EntryReversed", "2017-03-02", fund_id="quy", event_id=gift["event_id"], reason="Ghi nhầm"
    )
    asked = {"fund_id": "quy", "payment_id": "p1", "kind": "award", "purpose": "excellence_award"}
    await service.recorded("PaymentProposed", "2017-04-01", **asked, amount=300_000)
    await service.recorded("PaymentChanged", "2017-04-02", **asked, amount=200_000)
    changed = await service.recorded("PaymentChanged", "2017-04-03", **asked, amount=100_000)
    await service.recorded("RecordWithdrawn", "2017-04-04", event_id=changed["event_id"], reason="Nhầm")
    await service.recorded("FundHandedOver", "2017-05-01", fund_id="quy", to_unit_id="duc-xuan")
    told = await changes(service, "fund-quy", 1)
    given = {"donation_id": "d1", "amount": 500_000, "pocket": "cash", "donor": {"kind": "anonymous"}}
    assert told[:2] == [("DonationReceived", None, given), ("EntryReversed", given, None)]
    assert told[3:] == [
        ("PaymentChanged", {"amount": 300_000}, {"amount": 200_000}),
        ("PaymentChanged", {"amount": 200_000}, {"amount": 100_000}),
        ("RecordWithdrawn", {"amount": 100_000}, {"amount": 200_000}),
        ("FundHandedOver", {"to_unit_id": CITY}, {"to_unit_id": "duc-xuan"}),
    ]


async def test_a_persons_details_are_told_by_their_hash_only(service: Service) -> None:
    known = {"person_id": PERSON, "kind": "adult"}
    await service.recorded("PersonRegistered", "2020-01-01", **known, details={"name": "Hoa"})
    await service.recorded("PersonDetailsChanged", "2020-02-01", person_id=PERSON, details={"name": "Hoà"})
    await service.recorded("PersonErased", "2020-03-01", person_id=PERSON, ground="request")
    answer = await service.client.get(f"/v1/audit/streams/person-{PERSON}")
    assert "Hoa" not in answer.text
    assert "Hoà" not in answer.text
    first, second, gone = answer.json()["events"]
    assert second["before"] == {"details": first["data"]["details"]}
    assert second["after"] == {"details": second["data"]["details"]}
    assert (gone["before"], gone["after"]) == ({"details": second["data"]["details"]}, None)


async def test_from_where_and_with_which_roles(service: Service) -> None:
    made = (
        await service.client.post("/v1/tokens", json={"name": "Máy", "role": "recorder", "unit_id": CITY})
    ).json()
    origin = {"source": "danh-sach-2017", "page": 3, "file_digest": "a" * 64}
    command = {"type": "MembersCounted", "occurred_on": "2017-01-01", "metadata": origin,
               "data": {"unit_id": CITY, "members": 5}}  # fmt: skip
    by = {"Authorization": f"Bearer {made['token']}"}
    assert (await service.client.post("/v1/commands", json=command, headers=by)).status_code == 201
    role = {"actor_id": made["actor_id"], "role": "recorder", "unit_id": CITY}
    await service.recorded("RoleWithdrawn", "2026-01-01", **role)
    first, counted = (await service.client.get(f"/v1/audit/streams/unit-{CITY}")).json()["events"]
    assert (first["metadata"], first["roles"]) == ({}, [])  # by the machine's own administrator
    assert counted["metadata"] == origin
    assert (counted["actor"], counted["roles"]) == (made["actor_id"], [{"role": "recorder", "unit_id": CITY}])
    access = await changes(service, f"access-{made['actor_id']}")
    given = {"role": "recorder", "unit_id": CITY}
    assert access[-2:] == [("RoleGranted", None, given), ("RoleWithdrawn", given, None)]


def test_what_replaces_names_kinds_and_fields_there_are() -> None:
    for name, rule in REPLACES.items():
        fields = set(CATALOGUE[name].data.__struct_fields__)
        assert {*rule.by, *rule.called} <= fields
        for other in rule.of:
            theirs = CATALOGUE[other].data.__struct_fields__
            assert {*rule.by, *rule.called.values()} <= set(theirs)
            assert CATALOGUE[other].category == CATALOGUE[name].category
        assert rule.ends or set(rule.fields) <= fields
