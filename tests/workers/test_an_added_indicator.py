"""A definition that is new or changed is of what was folded before there was one: its figures follow at once,
with nothing rebuilt."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from services.statistics.behind import events_behind
from services.statistics.yearly import yearly_table
from tests.events.history import History
from tests.workers.filled_log import fill
from tests.workers.given import rows_of
from workers import terms
from workers.indicator import Indicator, Sort, Term
from workers.indicators import INDICATORS
from workers.installed import ensure
from workers.projections import PROJECTIONS
from workers.projector import advance
from workers.rebuild import rebuild
from workers.status import statuses
from workers.terms import kinds_read_by

STATISTICS = PROJECTIONS["statistics"]
TODAY = dt.date(2026, 11, 25)
YEARS = (2017, 2018)
PROPOSED = Indicator(
    "payment.proposed",
    "Số tiền đề nghị chi",
    "Payments proposed",
    "vnd",
    Sort.FLOW,
    (Term("PaymentProposed", "amount"),),
)
"""Reads a kind that no other indicator reads."""


@pytest.fixture
async def folded(ledger: Addresses, worker_pool: Any, awkward_told: History) -> Addresses:
    """A ledger folded by software that did not know the indicator."""
    assert PROPOSED.terms[0].kind not in kinds_read_by(INDICATORS.values())
    await ensure(worker_pool, projections=[STATISTICS])
    await fill(ledger.owner_url, awkward_told.log)
    await advance(worker_pool, STATISTICS)
    return ledger


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Indicator], None]]:
    def declared(indicator: Indicator) -> None:
        monkeypatch.setitem(INDICATORS, indicator.name, indicator)
        terms._terms.cache_clear()

    yield declared
    terms._terms.cache_clear()


async def figure_of(ledger: Addresses, indicator: str, as_known: int | None = None) -> int:
    """What the city's events of two years add up to, each year's figure being the sum of those behind it."""
    reader = await asyncpg.connect(ledger.database_url)
    how: dict[str, Any] = {"as_known": as_known, "today": TODAY}
    try:
        found = 0
        for year in YEARS:
            table = await yearly_table(reader, "city", year, indicators=tuple(INDICATORS.values()), **how)
            figures = [int(f.value or 0) for f in table.indicators if f.indicator == indicator]
            behind = await events_behind(reader, "city", year, indicator, **how)
            assert sum(e.contribution for e in behind.events) == sum(figures)
            found += sum(figures)
        return found
    finally:
        await reader.close()


def plain_sum(log: list[Any], kind: str) -> int:
    below = {"city", "ward", "duc-xuan", "to-9", "song-cau"}
    return sum(
        f.effect.amount or 0
        for f in log
        if (f.effect.kind or f.type) == kind
        and f.effect.unit in below
        and (f.effect.year or f.occurred_on.year) in YEARS
    )


async def test_its_figures_are_there_without_a_rebuild(
    folded: Addresses, worker_pool: Any, awkward_told: History, declare: Callable[[Indicator], None]
) -> None:
    before, log = await rows_of(worker_pool, STATISTICS), awkward_told.log
    declare(PROPOSED)
    [status] = await statuses(worker_pool)
    assert not status.outdated
    first = next(n for n, f in enumerate(log, 1) if f.type == "PaymentProposed")
    found = [await figure_of(folded, PROPOSED.name, known) for known in (None, len(log), first, first - 1)]
    assert found == [plain_sum(log[:n], "PaymentProposed") for n in (len(log), len(log), first, first - 1)]
    assert found[0] > found[2] > found[3] == 0
    assert await rows_of(worker_pool, STATISTICS) == before
    [one] = await rebuild(folded.worker_url, ["statistics"])
    assert (one.switched, one.differences) == (True, [])


async def test_one_that_is_defined_otherwise_has_other_figures_at_once(
    folded: Addresses, declare: Callable[[Indicator], None]
) -> None:
    in_kind, declared = await figure_of(folded, "fund.in_kind"), INDICATORS["fund.in_kind"]
    declare(replace(declared, terms=tuple(replace(term, pocket=None) for term in declared.terms)))
    assert await figure_of(folded, "fund.in_kind") == await figure_of(folded, "fund.raised") > in_kind


async def test_a_table_that_was_changed_stops_the_switch(folded: Addresses, worker_pool: Any) -> None:
    await worker_pool.execute(
        "UPDATE read_statistics.total SET amount = 123456"
        " WHERE ctid = (SELECT min(ctid) FROM read_statistics.total WHERE amount IS NOT NULL)"
    )
    wrong = "SELECT count(*) FROM read_statistics.total WHERE amount = 123456"
    [stopped] = await rebuild(folded.worker_url, ["statistics"])
    assert not stopped.switched
    assert [d.table for d in stopped.differences] == ["total"]
    assert await worker_pool.fetchval(wrong) == 1
    [one] = await rebuild(folded.worker_url, ["statistics"], accept=True)
    assert one.switched
    assert await worker_pool.fetchval(wrong) == 0


async def test_what_is_read_is_kept_apart_by_block(
    folded: Addresses, worker_pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebuilt in blocks of another size, every total is the same, and the sum of its blocks."""
    whole = await worker_pool.fetch("SELECT * FROM read_statistics.total ORDER BY unit, year, dimension")
    monkeypatch.setattr(type(STATISTICS), "block", 16)
    [one] = await rebuild(folded.worker_url, ["statistics"], accept=True, page=48)
    assert [d.table for d in one.differences] == ["cell"]
    assert whole == await worker_pool.fetch(
        "SELECT * FROM read_statistics.total ORDER BY unit, year, dimension"
    )
    blocks = await worker_pool.fetchval("SELECT count(DISTINCT block) FROM read_statistics.cell")
    assert blocks > 3
    summed = await worker_pool.fetch(
        "SELECT unit, year, dimension, sum(number)::int AS number, sum(quantity)::bigint AS quantity"
        " FROM read_statistics.cell GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    assert [tuple(r) for r in summed] == [
        (r["unit"], r["year"], r["dimension"], r["number"], r["quantity"]) for r in whole
    ]
