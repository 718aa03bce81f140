"""Persons are opaque, erased for good, and kept only where the law wants it; actors hold tokens and roles."""

import datetime as dt
from typing import Any

import pytest

from events.catalogue.person_consents import consents_of
from events.declare import CATALOGUE, SEALED
from events.refusals import Refused
from tests.events.funds import city_fund, give, pay, reverse
from tests.events.history import History
from tests.events.units import bac_kan, refused, withdraw

LAN = "0192f0c1-0000-7000-8000-0000000000a1"
ACTOR = "0192f0c1-0000-7000-8000-0000000000b1"
TOKEN = "0192f0c1-0000-7000-8000-0000000000b2"
ON = "2020-03-01"


def register(given: History, person_id: str = LAN, **details: Any) -> Any:
    details = {"name": "Nguyễn Thị Lan", **details}
    return given.record("PersonRegistered", ON, person_id=person_id, kind="child", details=details)[0]


def test_a_person_is_registered_once_and_updated() -> None:
    given = bac_kan()
    with refused("unknown-person", "/data/person_id"):
        given.record("PersonDetailsChanged", ON, person_id=LAN, details={"school": "THPT"})
    register(given)
    with pytest.raises(Refused) as refusal:
        register(given, name="Lan Khác")
    assert refusal.value.code == "person-already-registered"
    for language in ("vi", "en"):
        assert "Lan" not in refusal.value.sentence(language)  # type: ignore[arg-type]
    given.record("PersonDetailsChanged", ON, person_id=LAN, details={"school": "THPT"})


def test_details_come_back_from_the_log_without_themselves() -> None:
    kind = CATALOGUE["PersonRegistered"]
    assert kind.sealed == {"details": "person_id"}
    stored = kind.from_stored(1, {"person_id": LAN, "kind": "child", "details": "sha256:…"})
    assert stored.details.name is None  # type: ignore[attr-defined]
    token = CATALOGUE["TokenIssued"].from_stored(
        1, {"actor_id": ACTOR, "token_id": TOKEN, "name": "sha256:…"}
    )
    assert token.name == SEALED  # type: ignore[attr-defined]


def test_consent_is_given_by_each_and_withdrawn_at_once() -> None:
    given = bac_kan()
    register(given)
    consent = {"person_id": LAN, "purpose": "publish_award_list"}
    with refused("no-such-consent", "/data/purpose"):
        given.record("ConsentWithdrawn", ON, **consent)
    for who in ("self", "representative"):
        given.record("ConsentGiven", ON, **consent, given_by=who)
    state: Any = given.memory.state(f"person-{LAN}")
    assert sorted(consents_of(state)) == [
        ("publish_award_list", "representative"),
        ("publish_award_list", "self"),
    ]
    given.record("ConsentWithdrawn", ON, **consent)
    assert consents_of(state) == {}


def test_after_an_erasure_nothing_more_is_recorded() -> None:
    given = city_fund(cash=1_000)
    register(given)
    given.record("PersonRead", ON, person_id=LAN, fields=["name"])
    given.record("PersonErased", ON, person_id=LAN, ground="request")
    again = {"details": {}, "kind": "child"}
    for kind, data in (
        ("PersonRegistered", again),
        ("ConsentGiven", {"purpose": "contact", "given_by": "self"}),
        ("PersonRead", {"fields": ["name"]}),
        ("PersonErased", {"ground": "request"}),
    ):
        with refused("person-erased", "/data/person_id"):
            given.record(kind, ON, person_id=LAN, **data)
    with refused("person-erased", "/data/person_ids/0"):
        pay(given, 10, person_ids=[LAN])


def test_whom_money_entries_name_is_kept_ten_years() -> None:
    given = city_fund(cash=1_000)
    register(given)
    reverse(given, pay(given, 10, on="2020-05-01", person_ids=[LAN]))  # reversed entries are kept too
    with refused("person-kept-by-law", "/data/ground"):
        given.record("PersonErased", "2026-01-01", person_id=LAN, ground="request")
    given.today = dt.date(2030, 12, 31)
    with refused("person-kept-by-law"):
        given.record("PersonErased", "2030-12-31", person_id=LAN, ground="retention_expired")
    given.today = dt.date(2031, 1, 1)
    given.record("PersonErased", "2031-01-01", person_id=LAN, ground="retention_expired")


def test_an_authority_may_order_it_earlier() -> None:
    given = city_fund()
    register(given)
    give(given, 10, donor={"kind": "person", "person_id": LAN})
    given.record("PersonErased", "2026-01-01", person_id=LAN, ground="authority_order")


def test_a_registration_is_withdrawn_only_while_nothing_stands_on_it() -> None:
    given = city_fund(cash=100)
    withdraw(given, register(given))
    registered = register(given)
    given.record("ConsentGiven", ON, person_id=LAN, purpose="contact", given_by="self")
    with refused("record-stood-on"):
        withdraw(given, registered)
    other = "0192f0c1-0000-7000-8000-0000000000a2"
    named = register(given, other)
    pay(given, 10, person_ids=[other])
    with refused("person-named-by-money"):
        withdraw(given, named)


def test_whose_registration_was_withdrawn_is_erased_all_the_same() -> None:
    """The details lie sealed as before."""
    given = city_fund(cash=100)
    with refused("unknown-person"):
        given.record("PersonErased", ON, person_id=LAN, ground="request")
    withdraw(given, register(given))
    given.record("PersonErased", ON, person_id=LAN, ground="request")
    with refused("person-erased"):
        given.record("PersonErased", ON, person_id=LAN, ground="request")
    with refused("person-erased"):
        register(given)


def test_tokens_are_issued_and_withdrawn() -> None:
    given = bac_kan()
    issued = {"actor_id": ACTOR, "token_id": TOKEN, "name": "Máy văn phòng"}
    with refused("token-expired-at-issue", "/data/expires_on"):
        given.record("TokenIssued", ON, **issued, expires_on="2020-02-28")
    with refused("unknown-person", "/data/person_id"):
        given.record("TokenIssued", ON, **issued, person_id=LAN)
    given.record("TokenIssued", ON, **issued)
    with refused("token-already-issued", "/data/token_id"):
        given.record("TokenIssued", ON, **issued)
    given.record("TokenWithdrawn", ON, actor_id=ACTOR, token_id=TOKEN)
    with refused("unknown-token", "/data/token_id"):
        given.record("TokenWithdrawn", ON, actor_id=ACTOR, token_id=TOKEN)


def test_an_actor_is_one_person() -> None:
    given = bac_kan()
    other = "0192f0c1-0000-7000-8000-0000000000a2"
    for person in (LAN, other):
        register(given, person)
    token = {"actor_id": ACTOR, "name": "Máy"}
    given.record("TokenIssued", ON, **token, token_id=TOKEN, person_id=LAN)
    with refused("actor-is-another-person", "/data/person_id"):
        given.record("TokenIssued", ON, **token, token_id=LAN, person_id=other)


def test_roles_are_granted_at_a_unit_and_withdrawn() -> None:
    given = bac_kan()
    role = {"actor_id": ACTOR, "role": "recorder", "unit_id": "duc-xuan"}
    with refused("unknown-unit", "/data/unit_id"):
        given.record("RoleGranted", ON, **role | {"unit_id": "nowhere"})
    with refused("role-not-held", "/data/role"):
        given.record("RoleWithdrawn", ON, **role)
    granted = given.record("RoleGranted", ON, **role)[0]
    assert (granted.effect.unit, granted.effect.subject) == ("duc-xuan", "recorder")
    with refused("role-already-held", "/data/role"):
        given.record("RoleGranted", ON, **role)
    with refused("not-withdrawable"):
        withdraw(given, granted)
    given.record("RoleWithdrawn", ON, **role)


def test_a_note_is_erased_once_the_event_stays() -> None:
    given = city_fund()
    noted = give(given, 10, note="Bà Hoa, tổ 5")
    bare = give(given, 10)
    event = {"event_id": str(noted.event_id), "ground": "request"}
    with refused("field-not-sealed", "/data/field"):
        given.record("NoteErased", ON, **event, field="amount")
    with refused("note-empty", "/data/field"):
        given.record("NoteErased", ON, event_id=str(bare.event_id), ground="request", field="note")
    erased = given.record("NoteErased", ON, **event, field="note")[0]
    assert (erased.stream, erased.effect.target) == ("fund-city", noted.event_id)
    assert erased.effect.amount is None
    with refused("note-already-erased", "/data/field"):
        given.record("NoteErased", ON, **event, field="note")
    with refused("unknown-event", "/data/event_id"):
        given.record("NoteErased", ON, event_id=LAN, ground="request", field="note")


def test_a_persons_details_go_by_erasing_the_person() -> None:
    given = bac_kan()
    registered = register(given)
    with refused("field-not-sealed", "/data/field"):
        given.record("NoteErased", ON, event_id=str(registered.event_id), ground="request", field="details")
