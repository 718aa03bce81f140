"""A small history of the test's own, with its statistics folded on demand and asked for in few words."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.sealing.keys import MasterKey
from services.statistics.yearly import YearlyTable, yearly_table
from tests.events.log.commands import command, must, unit
from workers.projections import PROJECTIONS
from workers.projector import advance

TODAY = dt.date(2026, 11, 24)


class SmallHistory:
    """A province `p` with the communes `a` and `b`, a fund `f` of `a`, and what a test records."""

    def __init__(self, log: Log, workers: Any, reader: Any) -> None:
        self.log, self.workers, self.reader = log, workers, reader
        self._gifts = 0

    async def record(self, *commands: Any) -> Any:
        """All of them; the last one's outcome."""
        recorded = (await must(self.log, *commands))[-1]
        await advance(self.workers, PROJECTIONS["statistics"])
        return recorded

    async def refold(self) -> None:
        await advance(self.workers, PROJECTIONS["statistics"])

    async def give(self, amount: int, on: str = "2020-05-01") -> Any:
        self._gifts += 1
        gift = {"fund_id": "f", "donation_id": f"d{self._gifts}", "amount": amount, "pocket": "cash"}
        return await self.record(command("DonationReceived", on, **gift, donor={"kind": "anonymous"}))

    async def reverse(self, event: Any, on: str = "2020-05-01") -> Any:
        undone = {"fund_id": "f", "event_id": str(event.event_id), "reason": "Ghi nhầm"}
        return await self.record(command("EntryReversed", on, **undone))

    async def members(self, unit_id: str, count: int, on: str = "2020-06-01") -> Any:
        return await self.record(command("MembersCounted", on, unit_id=unit_id, members=count))

    async def table(self, unit_id: str, year: int, **how: Any) -> YearlyTable:
        return await yearly_table(self.reader, unit_id, year, today=TODAY, **how)

    async def figure(self, unit_id: str, year: int, indicator: str, **how: Any) -> Any:
        """The one figure of an indicator that has one line."""
        table = await self.table(unit_id, year, **how)
        (found,) = [f for f in table.indicators if f.indicator == indicator]
        return found


@pytest.fixture
async def small(database: Addresses, master: MasterKey) -> AsyncIterator[SmallHistory]:
    log = await Log.open(database.database_url, master)
    reader = await asyncpg.connect(database.database_url)
    async with asyncpg.create_pool(database.worker_url, min_size=0, max_size=2) as workers:
        made = SmallHistory(log, workers, reader)
        await made.record(unit("p", level="province"), unit("a", "p"), unit("b", "p"))
        await made.record(command("FundOpened", "2019-01-01", fund_id="f", unit_id="a", name="Quỹ"))
        yield made
    await reader.close()
    await log.close()
