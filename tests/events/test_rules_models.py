"""Learning models: registered, evaluated, recognised; totals from paper; nobody named who is a person."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from events.declare import Effect, Fact
from events.refusals import Refused
from tests.events.history import History
from tests.events.units import bac_kan, establish, refused, withdraw

HOUSEHOLD = "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10"


def register(given: History, year: int = 2017, candidate: str = HOUSEHOLD, **more: Any) -> Fact:
    data = {"model": "family", "unit_id": "to-1", "year": year, "candidate_id": candidate, **more}
    return given.record("ModelRegistered", f"{year}-03-01", **data)[0]


def evaluate(
    given: History,
    achieved: bool = True,
    year: int = 2017,
    candidate: str = HOUSEHOLD,
    on: str = "",
    **more: Any,
) -> Fact:
    data = {"candidate_id": candidate, "year": year, "rule_set": "qd-448-2015", "achieved": achieved, **more}
    return given.record("ModelEvaluated", on or f"{year}-11-01", **data)[0]


def recognise(given: History, on: str = "2017-12-20", **more: Any) -> Fact:
    data = {"candidate_id": HOUSEHOLD, "year": 2017, "decision_no": "12/QĐ", "decided_by": "UBND", **more}
    return given.record("ModelRecognised", on, **data)[0]


def revoke(given: History, on: str = "2018-03-01") -> Fact:
    return given.record(
        "RecognitionRevoked", on, candidate_id=HOUSEHOLD, year=2017, reason="Không còn đủ tiêu chí"
    )[0]


def test_a_family_registers_and_achieves() -> None:
    given = bac_kan()
    registered = register(given).effect
    assert (registered.unit, registered.level, registered.subject) == ("to-1", "chapter", "family")
    assert (registered.year, registered.quantity) == (2017, 1)
    evaluated = evaluate(given, on="2018-01-05", total=88, scores={"children": 48, "adults": 40}).effect
    assert (evaluated.unit, evaluated.year, evaluated.subject, evaluated.extra) == ("to-1", 2017, "family", 1)
    assert evaluated.target is None


@pytest.mark.parametrize("model", ["family", "citizen"])
def test_persons_and_households_are_never_named(model: str) -> None:
    given = bac_kan()
    with refused("candidate-id-not-uuid", "/data/candidate_id"):
        register(given, model=model, candidate="nguyen-van-a")
    with refused("candidate-id-not-uuid"):
        register(given, model=model, candidate="006201001234")
    with refused("candidate-name-personal", "/data/name"):
        register(given, model=model, name="Nguyễn Văn A")
    register(given, model=model, person_id=str(uuid4()))


@pytest.mark.parametrize("model", ["clan", "community", "unit"])
def test_clans_communities_and_units_have_names(model: str) -> None:
    register(bac_kan(), model=model, candidate="dong-ho-be", name="Dòng họ Bế")


def test_once_a_year_and_the_same_model_for_ever() -> None:
    given = bac_kan()
    register(given)
    with refused("model-already-registered", "/data/year"):
        register(given, unit_id="to-2")
    with refused("candidate-of-other-model", "/data/model"):
        register(given, 2018, model="citizen")
    register(given, 2018, unit_id="to-2")


def test_registration_opens_a_year_ahead() -> None:
    given = bac_kan()
    data = {"candidate_id": HOUSEHOLD, "model": "family", "unit_id": "to-1", "year": 2018}
    with refused("registration-too-early", "/data/year"):
        given.record("ModelRegistered", "2016-12-31", **data)
    given.record("ModelRegistered", "2017-01-01", **data)


def test_a_commune_community_registers_at_a_commune() -> None:
    given = bac_kan()
    with refused("commune-community-at-commune", "/data/unit_id"):
        register(given, model="commune_community", candidate="cd-duc-xuan")
    register(given, model="commune_community", candidate="cd-duc-xuan", unit_id="duc-xuan")


def test_totals_from_paper_and_single_candidates_exclude_each_other() -> None:
    given = bac_kan()
    totals = {"unit_id": "to-1", "model": "family", "registered": 40, "achieved": 31}
    registered = register(given)
    with refused("candidates-registered-singly", "/data/year"):
        given.record("ModelsCounted", "2017-12-01", year=2017, **totals)
    counted = given.record("ModelsCounted", "2016-12-01", year=2016, **totals)[0]
    with refused("models-counted-as-totals", "/data/year"):
        register(given, 2016)
    withdraw(given, counted)
    register(given, 2016)
    withdraw(given, registered)
    given.record("ModelsCounted", "2017-12-01", year=2017, **totals)


def test_later_totals_replace_earlier_ones_and_come_back_when_withdrawn() -> None:
    given = bac_kan()
    base = {"unit_id": "to-1", "model": "family", "year": 2016}
    with refused("achieved-exceeds-registered", "/data/achieved"):
        given.record("ModelsCounted", "2016-12-01", registered=30, achieved=31, **base)
    with refused("year-not-begun"):
        given.record("ModelsCounted", "2015-12-01", registered=31, achieved=31, **base)
    first = given.record("ModelsCounted", "2016-12-01", registered=40, achieved=31, **base)[0]
    second = given.record("ModelsCounted", "2016-12-20", registered=42, achieved=30, **base)[0]
    assert (second.effect.quantity, second.effect.extra, second.effect.target) == (2, -1, first.event_id)
    effect = withdraw(given, second)
    assert (effect.kind, effect.quantity, effect.extra, effect.year) == ("ModelsCounted", -2, 1, 2016)
    withdraw(given, first)
    assert sum(f.effect.quantity or 0 for f in given.log if f.effect.kind == "ModelsCounted") == 0


def test_an_evaluation_needs_its_registration_and_its_year() -> None:
    given = bac_kan()
    with refused("model-not-registered", "/data/year"):
        evaluate(given)
    register(given)
    with refused("model-not-registered"):
        evaluate(given, year=2018)
    with refused("year-not-begun"):
        evaluate(given, on="2016-12-31")
    evaluate(given)


def test_points_and_ratings_are_consistent() -> None:
    given = bac_kan()
    register(given)
    with refused("total-not-sum-of-scores", "/data/total"):
        evaluate(given, total=88, scores={"children": 48, "adults": 41})
    for total in (-1, 101, 88.125):
        with refused("number-out-of-range", "/data/total"):
            evaluate(given, total=total)
    with refused("number-out-of-range", "/data/scores/children"):
        evaluate(given, scores={"children": 101})
    with refused("number-out-of-range", "/data/scores"):
        evaluate(given, scores={"children": 60, "adults": 60})
    with refused("rating-without-achieving", "/data/rating"):
        evaluate(given, achieved=False, rating="fair")
    evaluate(given, achieved=False, rating="weak")
    evaluate(given, rating="good", total=87.5)


def test_the_last_evaluation_holds_and_says_what_it_replaced() -> None:
    given = bac_kan()
    register(given, model="unit", candidate="school")
    first = evaluate(given, candidate="school", rating="fair")
    second = evaluate(given, candidate="school", rating="good", on="2017-11-20")
    effect = second.effect
    assert (effect.extra, effect.measure, effect.measure_was, effect.target) == (
        0,
        "good",
        "fair",
        first.event_id,
    )
    back = withdraw(given, second)
    assert (back.kind, back.extra, back.measure, back.measure_was) == ("ModelEvaluated", 0, "fair", "good")
    gone = withdraw(given, first)
    assert (gone.extra, gone.measure, gone.measure_was) == (-1, None, "fair")


def test_withdrawing_an_evaluation_already_replaced_changes_nothing() -> None:
    given = bac_kan()
    register(given)
    first = evaluate(given, rating="good")
    evaluate(given, achieved=False)
    effect = withdraw(given, first)
    assert (effect.extra, effect.measure, effect.measure_was) == (0, None, None)


def test_a_merger_between_registration_and_evaluation_loses_nothing() -> None:
    given = bac_kan()
    register(given, 2025)
    given.record("UnitMerged", "2025-07-01", unit_id="to-1", into_unit_id="to-2")
    assert evaluate(given, year=2025).effect.unit == "to-1"


def test_recognition_rests_on_an_achieved_evaluation() -> None:
    given = bac_kan()
    register(given)
    with refused("recognition-without-achieving", "/data/year"):
        recognise(given)
    evaluate(given, achieved=False)
    with refused("recognition-without-achieving"):
        recognise(given)
    good = evaluate(given)
    with refused("recognition-ends-before-it-begins", "/data/valid_until"):
        recognise(given, valid_until="2017-12-20")
    effect = recognise(given, valid_until="2020-12-31").effect
    assert (effect.unit, effect.year, effect.subject, effect.quantity) == ("to-1", 2017, "family", 1)
    with refused("model-already-recognised"):
        recognise(given)
    with refused("recognition-stands-on-evaluation", "/data/achieved"):
        evaluate(given, achieved=False)
    with refused("recognition-stands-on-evaluation", "/data/event_id"):
        withdraw(given, good)


def test_a_recognition_is_revoked_once_and_may_be_given_again() -> None:
    given = bac_kan()
    register(given)
    evaluate(given)
    with refused("recognition-not-standing"):
        revoke(given)
    first = recognise(given)
    with refused("revoked-before-recognised", "/occurred_on"):
        revoke(given, "2017-12-19")
    revoked = revoke(given)
    assert (revoked.effect.quantity, revoked.effect.target) == (-1, first.event_id)
    with refused("recognition-not-standing"):
        revoke(given)
    with refused("record-stood-on", "/data/event_id"):
        withdraw(given, first)
    again = recognise(given, "2018-06-01")
    with refused("record-stood-on"):
        withdraw(given, revoked)
    withdraw(given, again)
    assert withdraw(given, revoked).quantity == 1
    with refused("model-already-recognised"):
        recognise(given)


def test_a_recognition_that_stands_again_is_the_only_one() -> None:
    given = bac_kan()
    register(given)
    evaluate(given)
    recognise(given)
    first_revoked = revoke(given)
    recognise(given)
    revoke(given)
    withdraw(given, first_revoked)
    with refused("model-already-recognised"):
        recognise(given)


def test_a_recognition_does_not_stand_again_without_its_evaluation() -> None:
    given = bac_kan()
    register(given)
    evaluated = evaluate(given)
    recognise(given)
    revoked = revoke(given)
    withdraw(given, evaluated)
    with refused("recognition-revived-without-achieving", "/data/event_id"):
        withdraw(given, revoked)
    evaluate(given)
    withdraw(given, revoked)


def test_a_registration_is_not_withdrawn_under_its_evaluation() -> None:
    given = bac_kan()
    registered = register(given)
    evaluated = evaluate(given)
    with refused("record-stood-on"):
        withdraw(given, registered)
    withdraw(given, evaluated)
    effect = withdraw(given, registered)
    assert (effect.kind, effect.quantity, effect.subject, effect.year) == (
        "ModelRegistered",
        -1,
        "family",
        2017,
    )
    register(given, unit_id="to-2")


def test_an_ended_unit_registers_nobody() -> None:
    given = bac_kan()
    establish(given, "to-5", "chapter", "duc-xuan")
    given.record("UnitDissolved", "2016-01-01", unit_id="to-5", reason="Ít hội viên")
    with refused("unit-not-there", "/data/unit_id"):
        register(given, unit_id="to-5")


RATINGS = ("good", "fair", "average", "weak")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.sampled_from((2016, 2017)), st.sampled_from(("to-1", "to-2"))),
        st.tuples(
            st.just("evaluate"), st.sampled_from((2016, 2017)), st.sampled_from((*RATINGS, None, False))
        ),
        st.tuples(st.just("recognise"), st.just(2017), st.none()),
        st.tuples(st.just("revoke"), st.just(2017), st.none()),
        st.tuples(st.just("withdraw"), st.integers(0, 40), st.none()),
    ),
    max_size=30,
)


def figures(effects: list[Effect], year: int) -> dict[str, int]:
    """As statistics sum them."""
    found = {"registered": 0, "achieved": 0, "recognised": 0, **dict.fromkeys(RATINGS, 0)}
    for e in (e for e in effects if e.year == year):
        if e.kind == "ModelRegistered":
            found["registered"] += e.quantity or 0
        elif e.kind == "ModelEvaluated":
            found["achieved"] += e.extra or 0
            for measure, sign in ((e.measure, 1), (e.measure_was, -1)):
                if measure:
                    found[measure] += sign
        elif e.kind in ("ModelRecognised", "RecognitionRevoked"):
            found["recognised"] += e.quantity or 0
    return found


def told_simply(standing: list[Fact], year: int) -> dict[str, int]:
    """From the facts that stand: the last evaluation holds."""
    of_year = [f for f in standing if f.effect.year == year]
    evaluations: list[Any] = [f.data for f in of_year if f.type == "ModelEvaluated"]
    held = evaluations[-1] if evaluations else None
    revoked = {f.effect.target for f in of_year if f.type == "RecognitionRevoked"}
    recognised = [f for f in of_year if f.type == "ModelRecognised" and f.event_id not in revoked]
    return {
        "registered": sum(f.type == "ModelRegistered" for f in of_year),
        "achieved": int(held is not None and held.achieved),
        "recognised": len(recognised),
        **{r: int(held is not None and held.rating == r) for r in RATINGS},
    }


@settings(max_examples=250, deadline=None)
@for_all(STEPS)
def test_figures_equal_what_stands(steps: list[tuple[str, int, Any]]) -> None:
    given = bac_kan()
    standing: list[Fact] = []
    for step, where, what in steps:
        try:
            if step == "register":
                standing.append(register(given, where, unit_id=what))
            elif step == "evaluate":
                passed = what not in (False, "weak")
                standing.append(evaluate(given, passed, where, rating=what or None))
            elif step == "recognise":
                standing.append(recognise(given))
            elif step == "revoke":
                standing.append(revoke(given))
            elif standing:
                withdraw(given, standing[where % len(standing)])
                standing.pop(where % len(standing))
        except Refused:
            continue
        for year in (2016, 2017):
            found = told_simply(standing, year)
            assert figures([f.effect for f in given.log], year) == found
            assert found["recognised"] <= found["achieved"] <= found["registered"] <= 1
