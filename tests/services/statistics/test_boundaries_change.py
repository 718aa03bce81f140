"""Mergers and moves conserve totals, splits divide by their shares; asked as then, as now, as known at N."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.sealing.keys import MasterKey
from services.statistics.behind import events_behind
from services.statistics.scope import UnknownUnitError
from services.statistics.yearly import yearly_table
from tests.events.log.commands import command, must, unit
from workers.projections import PROJECTIONS
from workers.projector import advance

TODAY = dt.date(2026, 11, 23)


class Ledger:
    """A log, its statistics folded on demand, and the figures asked for in few words."""

    def __init__(self, log: Log, workers: Any, reader: Any) -> None:
        self.log, self._workers, self._reader = log, workers, reader

    async def record(self, *commands: Any) -> int:
        position = (await must(self.log, *commands))[-1].last_position
        await advance(self._workers, PROJECTIONS["statistics"])
        return position

    async def members(self, unit_id: str, year: int, **how: Any) -> tuple[Any, bool]:
        table = await yearly_table(self._reader, unit_id, year, today=TODAY, **how)
        (figure,) = [f for f in table.indicators if f.indicator == "member.total"]
        return figure.value, figure.estimated

    async def behind(self, unit_id: str, year: int, **how: Any) -> list[int]:
        page = await events_behind(self._reader, unit_id, year, "member.total", today=TODAY, **how)
        return [e.contribution for e in page.events]


@pytest.fixture
async def ledger(database: Addresses, master: MasterKey) -> AsyncIterator[Ledger]:
    log = await Log.open(database.database_url, master)
    reader = await asyncpg.connect(database.database_url)
    async with asyncpg.create_pool(database.worker_url, min_size=0, max_size=2) as workers:
        yield Ledger(log, workers, reader)
    await reader.close()
    await log.close()


async def _three_communes(ledger: Ledger) -> None:
    await ledger.record(unit("p", level="province"), *(unit(u, "p") for u in "abc"))
    counts = {"a": 100, "b": 31, "c": 7}
    await ledger.record(
        *(command("MembersCounted", "2020-06-01", unit_id=u, members=n) for u, n in counts.items())
    )


async def test_a_merger_sums_and_loses_nothing(ledger: Ledger) -> None:
    await _three_communes(ledger)
    merger = await ledger.record(command("UnitMerged", "2022-07-01", unit_id="a", into_unit_id="b"))
    assert await ledger.members("a", 2021) == (100, False)
    assert await ledger.members("b", 2021) == (31, False)
    assert await ledger.members("b", 2021, tree="now") == (131, False)
    assert await ledger.members("b", 2022) == (131, False)
    assert await ledger.members("p", 2022) == await ledger.members("p", 2021) == (138, False)
    with pytest.raises(UnknownUnitError) as gone:
        await ledger.members("a", 2021, tree="now")
    assert gone.value.successors == ["b"]
    assert await ledger.members("b", 2022, as_known=merger - 1) == (31, False)


async def test_a_split_divides_by_its_parts_and_says_so(ledger: Ledger) -> None:
    await _three_communes(ledger)
    await ledger.record(unit("x", "p"), unit("y", "p"), unit("z", "p"))
    into = [{"unit_id": u, "parts": 1} for u in "xyz"]
    await ledger.record(command("UnitSplit", "2023-01-01", unit_id="a", into=into))
    shares = [await ledger.members(u, 2023) for u in "xyz"]
    assert shares == [(34, True), (33, True), (33, True)]
    assert await ledger.members("p", 2023) == (138, True)
    for u, (value, _) in zip("xyz", shares, strict=True):
        assert sum(await ledger.behind(u, 2023)) == value


async def test_a_late_count_changes_the_years_until_the_next_one(ledger: Ledger) -> None:
    await ledger.record(unit("p", level="province"), unit("a", "p"))
    await ledger.record(
        command("MembersCounted", "2018-06-01", unit_id="a", members=10),
        command("MembersCounted", "2021-06-01", unit_id="a", members=40),
        command("MembersJoined", "2019-03-01", unit_id="a", members=5),
    )
    before = await ledger.record(command("MembersJoined", "2021-09-01", unit_id="a", members=1))
    years = range(2017, 2023)
    assert [(await ledger.members("p", y))[0] for y in years] == [None, 10, 15, 15, 41, 41]
    await ledger.record(command("MembersCounted", "2019-12-31", unit_id="a", members=20))
    assert [(await ledger.members("p", y))[0] for y in years] == [None, 10, 20, 20, 41, 41]
    assert [(await ledger.members("p", y, as_known=before))[0] for y in years] == [None, 10, 15, 15, 41, 41]
    for year in years:
        assert sum(await ledger.behind("p", year)) == ((await ledger.members("p", year))[0] or 0)


async def test_as_known_on_a_day_is_as_known_at_its_end(ledger: Ledger) -> None:
    await _three_communes(ledger)
    today = dt.datetime.now(dt.UTC).date()
    assert await ledger.members("p", 2020, as_known=today + dt.timedelta(days=1)) == (138, False)
    with pytest.raises(UnknownUnitError):
        await ledger.members("p", 2020, as_known=today - dt.timedelta(days=2))
