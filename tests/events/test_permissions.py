"""Who may record what: roles at units reach the subtree of today, and follow the records of ended units."""

from typing import Any
from uuid import UUID

import pytest

from events.permissions import covers, has_whole_log, reached
from events.refusals import Refused
from tests.events.history import TODAY, History

ACTOR = UUID("0192f0c1-0000-7000-8000-0000000000c1")
OTHER = UUID("0192f0c1-0000-7000-8000-0000000000c2")
TOKEN = "0192f0c1-0000-7000-8000-0000000000d1"
ON = "2020-01-01"


def province() -> History:
    """A province with two cities; the first has two wards, one of them a chapter."""
    given = History()
    for unit, level, parent in (
        ("province", "province", None),
        ("city", "district", "province"),
        ("other", "district", "province"),
        ("ward", "commune", "city"),
        ("ward-2", "commune", "city"),
        ("chapter", "chapter", "ward"),
    ):
        above: dict[str, Any] = {"parent_id": parent} if parent else {}
        given.record("UnitEstablished", "2000-01-01", unit_id=unit, name=unit, level=level, **above)
    given.record("FundOpened", "2001-01-01", fund_id="w", unit_id="ward", name="Quỹ")
    given.record("FundOpened", "2001-01-01", fund_id="o", unit_id="other", name="Quỹ")
    return given


def grant(given: History, role: str, unit: str, actor: UUID = ACTOR) -> None:
    given.record("RoleGranted", ON, actor_id=str(actor), role=role, unit_id=unit)


def attempt(given: History, type_: str, **data: Any) -> str:
    """`ok`, or the code of the refusal."""
    try:
        given.record(type_, ON, actor=ACTOR, guarded=True, **data)
    except Refused as e:
        return e.code
    return "ok"


def give(given: History, fund: str, gift: str) -> str:
    donor = {"kind": "anonymous"}
    return attempt(
        given, "DonationReceived", fund_id=fund, donation_id=gift, amount=1, pocket="cash", donor=donor
    )


def test_without_a_role_nothing_is_recorded() -> None:
    given = province()
    assert give(given, "w", "1") == "not-permitted"
    assert attempt(given, "MembersCounted", unit_id="ward", members=1) == "not-permitted"
    assert attempt(given, "TermDefined", list="purpose", term="x", label="x") == "not-permitted"
    assert attempt(given, "UnitEstablished", unit_id="n", name="n", level="province") == "not-permitted"
    assert attempt(given, "RoleGranted", actor_id=str(ACTOR), role="recorder", unit_id="ward") == (
        "not-permitted"
    )


def test_a_recorder_records_in_and_below_its_unit() -> None:
    given = province()
    grant(given, "recorder", "city")
    for unit in ("city", "ward", "chapter"):
        assert attempt(given, "MembersCounted", unit_id=unit, members=1) == "ok"
    for unit in ("province", "other", "nowhere"):
        assert attempt(given, "MembersCounted", unit_id=unit, members=1) == "not-permitted"
    assert give(given, "w", "1") == "ok"
    assert give(given, "o", "2") == "not-permitted"
    new = {"name": "n", "level": "chapter"}
    assert attempt(given, "UnitEstablished", unit_id="n", parent_id="ward", **new) == "ok"
    assert attempt(given, "UnitEstablished", unit_id="m", parent_id="other", **new) == "not-permitted"
    assert attempt(given, "UnitMoved", unit_id="ward", parent_id="other") == "not-permitted"
    assert attempt(given, "PeriodClosed", fund_id="w", through="2019-12-31") == "not-permitted"
    assert attempt(given, "ApprovalThresholdSet", unit_id="ward", amount=10) == "not-permitted"


def test_a_refusal_tells_nothing_of_a_foreign_unit() -> None:
    given = province()
    grant(given, "recorder", "ward")
    spent = {"expense_id": "e", "amount": 10**12, "pocket": "cash", "purpose": "nothing"}
    assert attempt(given, "ExpensePaid", fund_id="o", **spent) == "not-permitted"


@pytest.mark.parametrize("role", ["auditor", "approver"])
def test_who_reads_or_approves_does_not_record(role: str) -> None:
    given = province()
    grant(given, role, "province")
    assert give(given, "w", "1") == "not-permitted"
    closing = attempt(given, "PeriodClosed", fund_id="w", through="2019-12-31")
    assert (closing == "ok") == (role == "approver")


def test_an_administrator_gives_access_within_its_own_reach_only() -> None:
    given = province()
    grant(given, "administrator", "city")
    issued = {"actor_id": str(OTHER), "token_id": TOKEN, "name": "Máy"}
    assert attempt(given, "TokenIssued", **issued) == "ok"
    role = {"actor_id": str(OTHER), "role": "auditor"}
    assert attempt(given, "RoleGranted", unit_id="ward", **role) == "ok"
    assert attempt(given, "RoleGranted", unit_id="other", **role) == "not-permitted"
    grant(given, "auditor", "other", OTHER)
    more = issued | {"token_id": "0192f0c1-0000-7000-8000-0000000000d2"}
    assert attempt(given, "TokenIssued", **more) == "not-permitted"  # it would open the other city
    assert attempt(given, "TokenWithdrawn", actor_id=str(OTHER), token_id=TOKEN) == "not-permitted"


def test_a_role_withdrawn_opens_nothing() -> None:
    given = province()
    grant(given, "recorder", "ward")
    assert give(given, "w", "1") == "ok"
    given.record("RoleWithdrawn", ON, actor_id=str(ACTOR), role="recorder", unit_id="ward")
    assert give(given, "w", "2") == "not-permitted"


def test_after_a_merger_a_role_reaches_the_old_records_and_not_the_successors() -> None:
    given = province()
    given.record("UnitMerged", "2010-01-01", unit_id="ward", into_unit_id="ward-2")
    tree = given.memory.tree
    assert reached(tree, "ward", TODAY) == {"ward", "chapter"}
    assert reached(tree, "ward-2", TODAY) == {"ward-2", "ward", "chapter"}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("UnitMerged", "ward", {"into_unit_id": "ward-2"}),
        ("UnitMoved", "ward-2", {"parent_id": "other"}),
    ],
)
def test_what_takes_two_units_to_record_takes_both_to_withdraw(
    kind: str, one: str, other: dict[str, str]
) -> None:
    given = province()
    grant(given, "recorder", one)
    assert attempt(given, kind, unit_id=one, **other) == "not-permitted"
    (fact,) = given.record(kind, ON, unit_id=one, **other)
    undo = {"event_id": str(fact.event_id), "reason": "nhầm"}
    assert attempt(given, "RecordWithdrawn", **undo) == "not-permitted"
    grant(given, "recorder", *other.values())
    assert attempt(given, "RecordWithdrawn", **undo) == "ok"


def test_each_withdraws_its_own_of_what_several_record() -> None:
    """A newspaper's figures lie together, whichever unit they are of."""
    given = province()
    printed = {"source_id": "bao", "year": 2019, "indicator": "member.total", "measure": "person"}
    printed |= {"value": 10, "step": 1, "qualifier": "exact", "printed": "10"}
    mine, theirs = (
        given.record("FigurePublished", ON, unit_id=unit, **printed)[0] for unit in ("ward", "other")
    )
    grant(given, "recorder", "ward")
    undo = {"reason": "nhầm"}
    assert attempt(given, "RecordWithdrawn", event_id=str(theirs.event_id), **undo) == "not-permitted"
    assert attempt(given, "RecordWithdrawn", event_id=str(mine.event_id), **undo) == "ok"


def test_a_year_of_a_candidate_is_the_units_that_registered_it_then() -> None:
    """A household moves: its old ward judges last year, whoever registered it for this one."""
    given = province()
    candidate = {"candidate_id": "ho-nguyen", "model": "clan"}
    for unit, year in (("ward", 2018), ("ward-2", 2019)):
        given.record("ModelRegistered", ON, unit_id=unit, year=year, **candidate)
    grant(given, "recorder", "ward")
    judged = {
        "candidate_id": "ho-nguyen",
        "rule_set": "own-2015",
        "scores": {"a": 80},
        "total": 80,
        "achieved": True,
    }
    assert attempt(given, "ModelEvaluated", year=2018, **judged) == "ok"
    assert attempt(given, "ModelEvaluated", year=2019, **judged) == "not-permitted"


def test_an_erasure_after_a_withdrawn_registration_is_the_keeping_units() -> None:
    given = province()
    person = "0192f0c1-0000-7000-8000-0000000000e1"
    data = {"kind": "adult", "unit_id": "ward", "details": {"name": "Lan"}}
    (registered,) = given.record("PersonRegistered", ON, person_id=person, **data)
    given.record("RecordWithdrawn", ON, event_id=str(registered.event_id), reason="nhầm")
    grant(given, "administrator", "other")
    erasure = {"person_id": person, "ground": "request"}
    assert attempt(given, "PersonErased", **erasure) == "not-permitted"
    grant(given, "administrator", "ward")
    assert attempt(given, "PersonErased", **erasure) == "ok"


def test_covers_says_what_reached_says() -> None:
    given = province()
    given.record("UnitMerged", "2010-01-01", unit_id="ward", into_unit_id="ward-2")
    given.record("UnitMoved", "2012-01-01", unit_id="ward-2", parent_id="other")
    halves = [{"unit_id": "ward-2", "parts": 1}, {"unit_id": "other", "parts": 1}]
    given.record("UnitSplit", "2015-01-01", unit_id="city", into=halves)
    tree = given.memory.tree
    units = [u.unit_id for u in tree]
    for holder in units:
        assert {u for u in units if covers(tree, holder, u, TODAY)} == reached(tree, holder, TODAY)


def test_the_whole_log_takes_a_role_on_every_root() -> None:
    given = province()
    given.record("UnitEstablished", "2000-01-01", unit_id="second", name="second", level="province")
    tree = given.memory.tree
    one = {("auditor", "province")}
    assert not has_whole_log(tree, one, {"auditor"}, TODAY)
    assert has_whole_log(tree, one | {("auditor", "second")}, {"auditor"}, TODAY)
    assert not has_whole_log(tree, {("recorder", "province"), ("auditor", "second")}, {"auditor"}, TODAY)
    assert not has_whole_log(History().memory.tree, one, {"auditor"}, TODAY)
