"""A person's record is for the unit that keeps it; without one, for whoever registered the person."""

from typing import Any
from uuid import UUID

import pytest

from events.catalogue.persons import PersonState
from tests.events.history import History
from tests.events.test_permissions import ON, OTHER, attempt, grant, province
from tests.events.units import refused, withdraw

LAN = "0192f0c1-0000-7000-8000-0000000000a1"
ON_LAN: dict[str, dict[str, Any]] = {
    "PersonDetailsChanged": {"details": {"name": "Lan"}},
    "ConsentGiven": {"purpose": "contact", "given_by": "self"},
    "ConsentWithdrawn": {"purpose": "contact"},
    "PersonRead": {"fields": ["name"]},
    "PersonHandedOver": {"to_unit_id": "other"},
}


def registered(unit: str | None = None, by: UUID | None = None) -> History:
    """The province, and Lan in it."""
    given = province()
    kept: dict[str, Any] = {} if unit is None else {"unit_id": unit}
    who: dict[str, Any] = {} if by is None else {"actor": by}
    given.record("PersonRegistered", ON, person_id=LAN, kind="child", details={"name": "Lan"}, **kept, **who)
    return given


def on_lan(given: History, kind: str) -> str:
    return attempt(given, kind, person_id=LAN, **ON_LAN[kind])


@pytest.mark.parametrize("role", ["recorder", "integrator", "administrator"])
def test_whoever_records_for_the_unit_goes_on_with_its_persons(role: str) -> None:
    given = registered("chapter")
    grant(given, role, "ward")
    for kind in ON_LAN:
        reads = kind == "PersonRead" and role == "integrator"
        assert on_lan(given, kind) == ("not-permitted" if reads else "ok"), kind
    assert on_lan(given, "ConsentGiven") == "not-permitted"  # handed over, and so out of reach


@pytest.mark.parametrize("unit", ["ward", None])
def test_a_recorder_of_another_unit_records_nothing_on_the_person(unit: str | None) -> None:
    given = registered(unit)
    grant(given, "recorder", "ward-2")
    grant(given, "administrator", "other")
    for kind in ON_LAN:
        assert on_lan(given, kind) == "not-permitted", kind
    assert attempt(given, "PersonErased", person_id=LAN, ground="request") == "not-permitted"


def test_nobody_registers_a_person_for_a_foreign_unit() -> None:
    given = province()
    grant(given, "recorder", "ward")
    person = {"person_id": LAN, "kind": "adult", "details": {}}
    for foreign in ("ward-2", "city", "nowhere"):
        assert attempt(given, "PersonRegistered", unit_id=foreign, **person) == "not-permitted"
    assert attempt(given, "PersonRegistered", unit_id="chapter", **person) == "ok"


def test_without_a_unit_the_registrar_goes_on_and_who_holds_the_whole_log() -> None:
    given = province()
    grant(given, "recorder", "ward")
    assert attempt(given, "PersonRegistered", person_id=LAN, kind="adult", details={}) == "ok"
    assert on_lan(given, "ConsentGiven") == "ok"
    given.record("RoleWithdrawn", ON, actor_id=str(given.log[-1].actor), role="recorder", unit_id="ward")
    assert on_lan(given, "ConsentGiven") == "not-permitted"  # having been one is not enough
    grant(given, "recorder", "province")
    assert on_lan(given, "ConsentGiven") == "ok"
    others = registered(by=OTHER)
    grant(others, "recorder", "province")
    assert on_lan(others, "ConsentGiven") == "ok"


def test_approvers_and_auditors_read_and_record_nothing_else() -> None:
    for role in ("approver", "auditor"):
        given = registered("ward")
        grant(given, role, "city")
        for kind in ON_LAN:
            assert (on_lan(given, kind) == "ok") == (kind == "PersonRead"), kind


def test_who_reaches_a_money_entry_naming_the_person_reads_and_records_nothing() -> None:
    given = registered("ward")
    grant(given, "recorder", "other")
    given.record(
        "DonationReceived", ON, fund_id="o", donation_id="d", amount=1, pocket="cash",
        donor={"kind": "person", "person_id": LAN},
    )  # fmt: skip
    for kind in ON_LAN:
        assert (on_lan(given, kind) == "ok") == (kind == "PersonRead"), kind


def test_naming_a_person_in_an_entry_of_ones_own_opens_nothing() -> None:
    given = registered("ward")
    grant(given, "recorder", "other")
    gift = {"fund_id": "o", "donation_id": "d", "amount": 1, "pocket": "cash"}
    assert attempt(given, "DonationReceived", **gift, donor={"kind": "person", "person_id": LAN}) == "ok"
    for kind in ON_LAN:
        assert on_lan(given, kind) == "not-permitted", kind


def test_after_a_merger_successor_and_former_recorder_go_on_with_the_old_units_persons() -> None:
    """As with every record: the successor's role reaches it, the old one's nothing new of the successor's."""
    for role_at, may in (("ward-2", True), ("ward", True), ("other", False)):
        given = registered("ward")
        given.record("UnitMerged", ON, unit_id="ward", into_unit_id="ward-2")
        grant_past(given, role_at)
        assert (on_lan(given, "ConsentGiven") == "ok") == may, role_at
    given = registered("ward-2")
    given.record("UnitMerged", ON, unit_id="ward", into_unit_id="ward-2")
    grant_past(given, "ward")
    assert on_lan(given, "ConsentGiven") == "not-permitted"


def test_persons_of_a_unit_without_successor_are_for_who_holds_the_whole_log() -> None:
    given = province()
    given.record("UnitEstablished", "2000-01-01", unit_id="lone", name="lone", level="province")
    given.record("PersonRegistered", ON, person_id=LAN, kind="child", details={}, unit_id="lone")
    given.record("UnitDissolved", ON, unit_id="lone", reason="Giải thể.")
    grant(given, "recorder", "city")
    assert on_lan(given, "PersonRead") == "not-permitted"
    grant(given, "recorder", "province")
    assert on_lan(given, "PersonRead") == "ok"


def grant_past(given: History, unit: str) -> None:
    """A role that was held before the unit ended."""
    actor = {"actor_id": "0192f0c1-0000-7000-8000-0000000000c1", "role": "recorder", "unit_id": unit}
    given.record("RoleGranted", "2019-12-31", **actor)


def test_each_record_is_of_the_unit_that_keeps_the_person_then() -> None:
    given = registered("ward")
    read = {"person_id": LAN, "fields": ["name"]}
    assert given.record("PersonRead", ON, **read)[0].effect.unit == "ward"
    moved = given.record("PersonHandedOver", ON, person_id=LAN, to_unit_id="other")[0]
    assert (moved.effect.unit, moved.effect.level) == ("other", "district")
    assert given.record("PersonRead", ON, **read)[0].effect.unit == "other"
    assert withdraw(given, moved).unit == "ward"
    erased = given.record("PersonErased", ON, person_id=LAN, ground="request")[0]
    assert (erased.effect.unit, erased.effect.level) == ("ward", "commune")


def test_a_record_is_handed_over_to_a_living_unit_that_does_not_keep_it_yet() -> None:
    given = registered("ward")
    given.record("UnitMerged", "2010-01-01", unit_id="ward-2", into_unit_id="ward")
    for unit, code in (
        ("nowhere", "unknown-unit"),
        ("ward-2", "unit-not-there"),
        ("ward", "person-kept-there"),
    ):
        with refused(code, "/data/to_unit_id"):
            given.record("PersonHandedOver", ON, person_id=LAN, to_unit_id=unit)
    given.record("PersonHandedOver", ON, person_id=LAN, to_unit_id="chapter")
    state = given.memory.state(f"person-{LAN}")
    assert isinstance(state, PersonState)
    assert state.home == "chapter"


def test_a_record_without_a_unit_gets_one() -> None:
    given = registered()
    given.record("PersonHandedOver", ON, person_id=LAN, to_unit_id="ward")
    grant(given, "recorder", "ward")
    assert on_lan(given, "ConsentGiven") == "ok"


def test_a_unit_that_does_not_exist_keeps_nobody() -> None:
    given = province()
    with refused("unknown-unit", "/data/unit_id"):
        given.record("PersonRegistered", ON, person_id=LAN, kind="adult", details={}, unit_id="nowhere")
