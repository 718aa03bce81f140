"""What a figure was at each time, and which events made the difference; together they sum to it."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.sealing.keys import MasterKey
from services.statistics.revisions import RevisionTable, revision_table
from tests.events.log.commands import command, must, unit
from workers.projections import PROJECTIONS
from workers.projector import advance

TODAY = dt.date(2026, 11, 24)


class Told:
    """Records, remembers the position after each step, and asks for the table of all of them."""

    def __init__(self, log: Log, workers: Any, reader: Any) -> None:
        self.log, self._workers, self._reader = log, workers, reader
        self.positions: list[int] = []

    async def then(self, *commands: Any) -> Any:
        recorded = await must(self.log, *commands)
        self.positions.append(recorded[-1].last_position)
        return recorded

    async def table(self, unit_id: str, indicator: str, year: int, **how: Any) -> RevisionTable:
        await advance(self._workers, PROJECTIONS["statistics"])
        return await revision_table(
            self._reader,
            unit_id,
            indicator,
            level=how.pop("level", None),
            measure=None,
            years=[year],
            known=self.positions,
            today=TODAY,
            **how,
        )


@pytest.fixture
async def told(database: Addresses, master: MasterKey) -> AsyncIterator[Told]:
    log = await Log.open(database.database_url, master)
    reader = await asyncpg.connect(database.database_url)
    async with asyncpg.create_pool(database.worker_url, min_size=0, max_size=2) as workers:
        made = Told(log, workers, reader)
        await made.then(unit("p", level="province"), unit("a", "p"), unit("b", "p"))
        await made.then(command("FundOpened", "2019-01-01", fund_id="f", unit_id="a", name="Quỹ"))
        yield made
    await reader.close()
    await log.close()


def gift(n: int, amount: int, on: str = "2020-05-01") -> Any:
    return command(
        "DonationReceived",
        on,
        fund_id="f",
        donation_id=f"d{n}",
        amount=amount,
        pocket="cash",
        donor={"kind": "anonymous"},
    )


async def test_each_change_names_its_events_and_why(told: Told) -> None:
    (first,) = await told.then(gift(1, 100))
    await told.then(gift(2, 30))
    undone = {"fund_id": "f", "event_id": str(first.event_id), "reason": "Ghi nhầm"}
    await told.then(command("EntryReversed", "2020-05-01", **undone))
    (row,) = (await told.table("p", "fund.raised", 2020)).years
    assert row.values == [None, None, 100, 130, 30]
    assert [(c.difference, [(e.reason, e.contribution) for e in c.events]) for c in row.changes] == [
        (100, [("late_entry", 100)]),  # recorded today, years after
        (30, [("late_entry", 30)]),
        (-100, [("reversal", -100)]),
    ]
    assert all(c.territory == 0 and c.count == 1 for c in row.changes)


async def test_counted_anew_and_evaluated_anew(told: Told) -> None:
    await told.then(command("MembersCounted", "2020-06-01", unit_id="a", members=50))
    await told.then(command("MembersCounted", "2020-06-01", unit_id="a", members=40))
    (row,) = (await told.table("p", "member.total", 2020)).years
    assert row.values[-2:] == [50, 40]
    (event,) = row.changes[-1].events
    assert (event.reason, event.contribution) == ("correction", -10)


async def test_what_came_with_the_territory_is_told_apart(told: Told) -> None:
    await told.then(
        command("MembersCounted", "2020-06-01", unit_id="a", members=50),
        command("MembersCounted", "2020-06-01", unit_id="b", members=7),
    )
    await told.then(
        command("MembersCounted", "2020-07-01", unit_id="a", members=53),
        command("UnitMerged", "2020-08-01", unit_id="b", into_unit_id="a"),
    )
    (row,) = (await told.table("a", "member.total", 2020)).years
    assert row.values[-2:] == [50, 60]
    change = row.changes[-1]
    assert change.territory_changed
    assert change.difference == 10
    assert change.territory == 10 - sum(e.contribution for e in change.events)
    assert sum(e.contribution for e in change.events) == 3
