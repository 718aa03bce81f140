"""Candidates of the learning models, against the state that the rules themselves use."""

from typing import Any

from events.catalogue.model_state import ModelState
from tests.events.history import History
from tests.workers import awkward


async def test_years_evaluations_and_recognitions_are_those_of_the_rules(
    awkward_told: History, awkward_books: Any
) -> None:
    rows = await awkward_books.fetch("SELECT * FROM read_models.candidate_year ORDER BY candidate_id, year")
    assert [(r["candidate_id"], r["year"]) for r in rows] == [
        *((awkward.FAMILY, year) for year in (2016, 2017, 2018)),
        (awkward.CLAN, 2017),
    ]
    for row in rows:
        state = awkward_told.memory.state(f"model-{row['candidate_id']}")
        assert isinstance(state, ModelState)
        registration, held = state.registration(row["year"]), state.holding(row["year"])
        assert registration is not None
        assert (row["registration"], row["unit_id"]) == (registration.event_id, registration.effect.unit)
        assert row["evaluation"] == (held.event_id if held else None)
        assert row["achieved"] == (held.data.achieved if held else None)  # type: ignore[attr-defined]
        standing = state.recognition(row["year"])
        recognised = row["recognition"] is not None and row["revoked_on"] is None
        assert recognised == (standing is not None)


async def test_the_evaluation_last_recorded_holds_and_a_withdrawn_one_gives_way(
    awkward_told: History, awkward_books: Any
) -> None:
    rows = await awkward_books.fetch(
        "SELECT year, achieved, rating, total::text, rule_set FROM read_models.candidate_year"
        " WHERE candidate_id = $1 ORDER BY year",
        awkward.FAMILY,
    )
    assert [tuple(r) for r in rows] == [
        (2016, True, "good", "81.5", "qd-448-2015"),
        (2017, True, "fair", None, "qd-448-2015"),
        (2018, None, None, None, None),
    ]


async def test_a_candidate_is_listed_with_its_years_and_found_by_name(
    awkward_told: History, awkward_books: Any
) -> None:
    [clan] = await awkward_books.fetch("SELECT * FROM read_models.candidate WHERE search LIKE '%hoang duc%'")
    assert (clan["candidate_id"], clan["name"], clan["years"]) == (awkward.CLAN, "Dòng họ Hoàng Đức", [2017])
    family = await awkward_books.fetchrow(
        "SELECT * FROM read_models.candidate WHERE candidate_id = $1", awkward.FAMILY
    )
    assert (family["model"], family["unit_id"], family["years"]) == ("family", "to-1", [2016, 2017, 2018])
    assert family["name"] is None
