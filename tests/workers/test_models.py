"""Candidates of the learning models, against the state that the rules themselves use."""

from decimal import Decimal
from typing import Any

from events.catalogue.model_state import ModelState
from events.catalogue.models import ModelEvaluated
from events.log.entry import data_of, read_entry
from tests.events.history import History
from tests.workers import awkward


async def test_years_evaluations_and_recognitions_are_those_of_the_rules(
    awkward_told: History, awkward_books: Any
) -> None:
    rows = await awkward_books.fetch("SELECT * FROM read_models.candidate_year ORDER BY candidate_id, year")
    events = {r["position"]: r["event_id"] for r in await awkward_books.fetch("SELECT * FROM log.events")}
    assert [(r["candidate_id"], r["year"]) for r in rows] == [
        *((awkward.FAMILY, year) for year in (2016, 2017, 2018)),
        (awkward.CLAN, 2017),
    ]
    for row in rows:
        state = awkward_told.memory.state(f"model-{row['candidate_id']}")
        assert isinstance(state, ModelState)
        registration, held = state.registration(row["year"]), state.holding(row["year"])
        assert registration is not None
        assert (events[row["registration"]], row["unit_id"]) == (
            registration.event_id,
            registration.effect.unit,
        )
        assert events.get(row["evaluation"]) == (held.event_id if held else None)
        assert row["achieved"] == (held.data.achieved if held else None)  # type: ignore[attr-defined]
        standing = state.recognition(row["year"])
        assert row["recognised"] == (standing is not None)
        if standing is not None:
            assert events[row["recognition"]] == standing.event_id


async def test_the_evaluation_last_recorded_holds_and_a_withdrawn_one_gives_way(
    awkward_told: History, awkward_books: Any
) -> None:
    rows = await awkward_books.fetch(
        "SELECT c.year, c.achieved, c.rating, e.entry FROM read_models.candidate_year c"
        " LEFT JOIN log.events e ON e.position = c.evaluation WHERE c.candidate_id = $1 ORDER BY c.year",
        awkward.FAMILY,
    )
    assert [tuple(r)[:3] for r in rows] == [
        (2016, True, "good"),
        (2017, True, "fair"),
        (2018, None, None),
    ]
    first, second = (data_of(read_entry(row["entry"])) for row in rows[:2])
    assert isinstance(first, ModelEvaluated)
    assert isinstance(second, ModelEvaluated)
    assert (first.total, first.rule_set) == (Decimal("81.5"), "qd-448-2015")
    assert (second.total, second.rule_set) == (None, "qd-448-2015")


async def test_a_candidate_is_found_by_name_and_listed_with_its_years(
    awkward_told: History, awkward_books: Any
) -> None:
    named = await awkward_books.fetch(
        "SELECT candidate_id, name FROM read_models.named WHERE search LIKE '%hoang duc%' ORDER BY position"
    )
    assert [tuple(row) for row in named] == [
        (awkward.CLAN, "Dòng họ Hoàng Đức"),
        (awkward.CLAN, "Dòng họ Hoàng Đức (chi 2)"),  # of a registration withdrawn since
    ]
    years = {
        candidate: await awkward_books.fetch(
            "SELECT year, model, unit_id FROM read_models.candidate_year WHERE candidate_id = $1 ORDER BY 1",
            candidate,
        )
        for candidate in (awkward.CLAN, awkward.FAMILY)
    }
    assert [tuple(row) for row in years[awkward.CLAN]] == [(2017, "clan", "to-1")]
    assert [tuple(row) for row in years[awkward.FAMILY]] == [
        (year, "family", "to-1") for year in (2016, 2017, 2018)
    ]
    families = "SELECT count(*) FROM read_models.named WHERE candidate_id = $1"
    assert await awkward_books.fetchval(families, awkward.FAMILY) == 0
