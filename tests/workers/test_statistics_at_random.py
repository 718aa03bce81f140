"""Whatever was recorded and however the units changed: the live figures are those of a plain fold and of a
rebuild; totals are the same on every tree; as known at N is what was live at N; events sum to their figure.

`KHUYENHOC_EXAMPLES=300` tries that many histories instead of a few.
"""

import asyncio
import datetime as dt
import os
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from deploy.addresses import Addresses
from services.statistics.behind import events_behind
from services.statistics.scope import UnknownUnitError
from services.statistics.yearly import YearlyTable, yearly_table
from tests.events.random_units import FIRST, STEPS, UnitTrial
from tests.workers.filled_log import fill
from tests.workers.plain_statistics import INDICATORS, PlainTree, figured
from workers.installed import ensure
from workers.projections import PROJECTIONS
from workers.projections.statistics import Statistics
from workers.projector import advance
from workers.rebuild import rebuild

EXAMPLES = int(os.environ.get("KHUYENHOC_EXAMPLES", "20"))
STATISTICS = PROJECTIONS["statistics"]
APART = dt.timedelta(hours=5)
"""From one record to the next, so that positions fall between days and within them."""

Question = tuple[int, int, Any]
"""Which unit, which year after the first, which tree: `then`, `now`, or so many days after the first."""
QUESTIONS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.integers(0, 7),
        st.one_of(st.sampled_from(("then", "now")), st.integers(0, 2600)),
    ),
    min_size=4,
    max_size=4,
)


class Held:
    """One log that takes history after history, its figures folded live."""

    def __init__(self, addresses: Addresses, workers: Any, reader: Any) -> None:
        self.addresses, self.workers, self.reader = addresses, workers, reader
        self.told = 0
        self.today = dt.date(2026, 11, 23)

    async def check(self, steps: Any, questions: list[Question], cuts: list[int], page: int) -> None:
        self.told += 1
        trial = UnitTrial(f"e{self.told}-").tried(steps)
        facts, done = trial.log, 0
        earlier: list[tuple[int, list[Any]]] = []
        for cut in sorted({*(len(facts) * c // 100 for c in cuts), len(facts)}):
            if cut == done:
                continue
            head = await fill(self.addresses.owner_url, facts[done:cut], APART)
            assert await advance(self.workers, STATISTICS, page=page, budget=60)
            done = cut
            earlier.append((head, [await self.asked(trial, q) for q in questions]))
        for head, tables in earlier:
            assert [await self.asked(trial, q, as_known=head) for q in questions] == tables
        tree = PlainTree(facts)
        for question, table in zip(questions, earlier[-1][1], strict=True):
            await self.compare(trial, tree, question, table)
        await self.conserved(trial, tree, questions)

    def meant(self, trial: UnitTrial, question: Question) -> tuple[str, int, Any, dt.date]:
        which, year, choice = question
        unit, year = list(trial.levels)[which % len(trial.levels)], FIRST.year + year
        if isinstance(choice, int):
            choice = FIRST + dt.timedelta(days=choice)
        on = {"then": dt.date(year, 12, 31), "now": self.today}.get(choice, choice)
        return unit, year, choice, on

    async def asked(self, trial: UnitTrial, question: Question, **how: Any) -> YearlyTable | list[str]:
        """The table; of a unit that is not on that tree, its successors."""
        unit, year, tree, _ = self.meant(trial, question)
        try:
            return await yearly_table(self.reader, unit, year, tree=tree, today=self.today, **how)
        except UnknownUnitError as gone:
            return gone.successors

    async def compare(self, trial: UnitTrial, tree: PlainTree, question: Question, table: Any) -> None:
        unit, year, choice, on = self.meant(trial, question)
        assert isinstance(table, YearlyTable) == tree.lives(unit, on)
        if not isinstance(table, YearlyTable):
            return
        now = figured(trial.log, tree, unit, year, on)
        before = figured(trial.log, tree, unit, year - 1, on)
        shown = {(f.indicator, f.level or ""): f for f in table.indicators if f.indicator in INDICATORS}
        for cell in {*now, *before, *shown}:
            figure = shown.get(cell)
            told = (figure.value or 0, figure.previous or 0) if figure else (0, 0)
            assert told == (now.get(cell, 0), before.get(cell, 0)), (cell, unit, year, on)
        for name in INDICATORS:
            of = [f for f in table.indicators if f.indicator == name]
            assert await self.behind(unit, year, name, choice) == sum(int(f.value or 0) for f in of), (
                name,
                unit,
            )
            assert sum(f.events for f in of) or not any(f.value for f in of)

    async def behind(self, unit: str, year: int, indicator: str, tree: Any) -> int:
        """The sum of what the events behind a figure contribute, page by page."""
        total, after = 0, 0
        while True:
            page = await events_behind(
                self.reader, unit, year, indicator, tree=tree, after=after, limit=23, today=self.today
            )
            total += sum(event.contribution for event in page.events)
            if page.next_after is None:
                return total
            after = page.next_after

    async def conserved(self, trial: UnitTrial, tree: PlainTree, questions: list[Question]) -> None:
        """The root's totals are the same on every tree on which it stands."""
        for year in {year for _, year, _ in questions}:
            totals = []
            for choice in ("then", "now", 0, 900, 2600):
                table: Any = await self.asked(trial, (0, year, choice))
                totals.append(
                    {(f.indicator, f.level): f.value for f in table.indicators if f.indicator in INDICATORS}
                )
            assert all(total == totals[0] for total in totals), year


async def test_live_rebuilt_as_known_and_a_plain_fold_agree(
    ledger: Addresses, worker_pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Statistics, "block", 50)  # so that positions fall between blocks and within them
    await ensure(worker_pool, projections=[STATISTICS])
    reader = await asyncpg.connect(ledger.database_url)
    held, loop = Held(ledger, worker_pool, reader), asyncio.get_running_loop()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=EXAMPLES <= 20,
        database=None,
        phases=(Phase.generate,),  # a smaller one would take longer to find than to read the one found
        report_multiple_bugs=False,
    )
    @for_all(
        STEPS, QUESTIONS, st.lists(st.integers(1, 99), min_size=2, max_size=2), st.sampled_from((7, 5000))
    )
    def every(steps: Any, questions: Any, cuts: Any, page: int) -> None:
        asyncio.run_coroutine_threadsafe(held.check(steps, questions, cuts, page), loop).result()

    await asyncio.to_thread(every)
    await reader.close()
    for page in (97, 50_000):
        [one] = await rebuild(ledger.worker_url, ["statistics"], page=page)
        assert (one.differences, one.switched) == ([], True)
