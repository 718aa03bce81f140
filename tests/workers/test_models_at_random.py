"""Whatever was said of candidates, and withdrawn again: the read model is what the rules themselves know."""

import datetime as dt
from random import Random
from typing import Any

import pytest

from deploy.addresses import Addresses
from events.catalogue.model_state import ModelState
from events.declare import Fact
from events.refusals import Refused
from tests.events.history import History
from tests.events.units import bac_kan, withdraw
from tests.workers.filled_log import fill
from workers.installed import ensure
from workers.projections import PROJECTIONS
from workers.projector import advance
from workers.rebuild import rebuild

MODELS = PROJECTIONS["models"]
YEARS = (2016, 2017)
CANDIDATES = ("ho-hoang", "ho-nong", "ho-trieu")
TRIES, PARTS = 160, 4
WHAT = (
    "ModelRegistered", "ModelRegistered", "ModelEvaluated", "ModelEvaluated", "ModelEvaluated",
    "ModelRecognised", "RecognitionRevoked", "withdrawn", "withdrawn",
)  # fmt: skip


class Trial:
    """One random history of three clans, told part by part."""

    def __init__(self, seed: int) -> None:
        self.given: History = bac_kan()
        self.chance = Random(seed)
        self.known: list[Fact] = []

    def tell(self, tries: int) -> None:
        for _ in range(tries):
            try:
                self._try(self.chance.choice(WHAT))
            except Refused:
                continue

    def _try(self, what: str) -> None:
        if what == "withdrawn":
            if not self.known:
                return
            fact = self.chance.choice(self.known)
            withdraw(self.given, fact)
            self.known.remove(fact)
            return
        year = self.chance.choice(YEARS)
        data: dict[str, Any] = {"candidate_id": self.chance.choice(CANDIDATES), "year": year}
        achieved = self.chance.random() < 0.7
        data |= {
            "ModelRegistered": {
                "model": "clan",
                "unit_id": self.chance.choice(("to-1", "to-2", "to-9")),
                "name": f"Dòng họ {self.chance.randint(1, 9)}",
            },
            "ModelEvaluated": {
                "rule_set": "qd-448-2015",
                "achieved": achieved,
                "rating": self.chance.choice(("good", "fair", None)) if achieved else None,
            },
            "ModelRecognised": {"decision_no": "12/QĐ", "decided_by": "UBND thành phố"},
            "RecognitionRevoked": {"reason": "Kiểm tra lại."},
        }[what]
        on = dt.date(year, 3, 1) if what == "ModelRegistered" else dt.date(year, 12, 1)
        self.known += self.given.record(what, on, **data)

    def states(self) -> list[tuple[Any, ...]]:
        """Who is registered when, as the rules know it."""
        rows = []
        for candidate in CANDIDATES:
            state = self.given.memory.state(f"model-{candidate}")
            assert isinstance(state, ModelState)
            for year in YEARS:
                registered, held = state.registration(year), state.holding(year)
                recognised = state.recognition(year)
                if registered is not None:
                    judged: Any = held.data if held else None
                    rows.append(
                        (candidate, year, registered.effect.unit, registered.event_id)
                        + ((held.event_id, judged.achieved, judged.rating) if held else (None, None, None))
                        + ((recognised.event_id, True) if recognised else (None, False))
                    )
        return rows


_ASKED = """
    SELECT c.candidate_id, c.year, c.unit_id, r.event_id, e.event_id, c.achieved, c.rating,
        CASE WHEN c.recognised THEN d.event_id END, c.recognised
    FROM read_models.candidate_year c
    JOIN log.events r ON r.position = c.registration
    LEFT JOIN log.events e ON e.position = c.evaluation
    LEFT JOIN log.events d ON d.position = c.recognition
    ORDER BY 1, 2
"""


@pytest.mark.parametrize("seed", range(4))
async def test_live_and_rebuilt_it_is_what_the_rules_know(
    seed: int, ledger: Addresses, worker_pool: Any
) -> None:
    await ensure(worker_pool, projections=[MODELS])
    trial, told = Trial(seed), 0
    seen: list[tuple[Any, ...]] = []
    for part in range(PARTS):
        trial.tell(TRIES // PARTS)
        await fill(ledger.owner_url, trial.given.log[told:])
        told = len(trial.given.log)
        await advance(worker_pool, MODELS, page=(1, 7, 50, 1000)[part], budget=60)
        assert [tuple(row) for row in await worker_pool.fetch(_ASKED)] == trial.states()
        seen += trial.states()
    for page in (9, 1000):
        [one] = await rebuild(ledger.worker_url, ["models"], page=page)
        assert (one.differences, one.switched) == ([], True)
    assert [tuple(row) for row in await worker_pool.fetch(_ASKED)] == trial.states()
    assert {row[4] is not None for row in seen} == {row[-1] for row in seen} == {True, False}
