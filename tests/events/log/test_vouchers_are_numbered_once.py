"""Eight writers, each with a memory of its own, issue vouchers of one series: every number once, no gap."""

import asyncio
import datetime as dt
from collections import defaultdict
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events import vocabulary
from events.declare import Fact
from events.log import commit
from events.log.append import Log
from events.log.outcome import Recorded
from events.log.read import Stored, read_category
from events.vocabulary import VIETNAM, day_of
from tests.databases import Databases
from tests.events.log.commands import command, must, unit
from tests.events.log.conftest import Opens

WRITERS, EACH = 8, 10

# The database's clock goes before the service's own; it stands in front of PostgreSQL's, and can be moved.
_CLOCK = """
CREATE SCHEMA moved;
CREATE TABLE moved.by (amount interval);
CREATE FUNCTION moved.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + coalesce((SELECT amount FROM moved.by), interval ''0'')';
GRANT USAGE ON SCHEMA moved TO PUBLIC;
GRANT SELECT ON moved.by TO PUBLIC;
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = moved, pg_catalog', current_database());
END $$;
"""


async def test_receipts_and_payments_and_one_in_five_reversed(open_log: Opens, service: Any) -> None:
    logs = await opened(open_log)

    async def write(writer: int) -> None:
        for n in range(EACH):
            (given,) = await must(logs[writer], gift(f"{writer}-{n}"))
            if n % 5 == 0:
                named = {"fund_id": "f", "event_id": str(given.event_id), "reason": "Nhầm"}
                await must(logs[writer], command("EntryReversed", "2017-05-01", **named))
            else:
                await must(logs[writer], expense(f"{writer}-{n}"))

    await asyncio.gather(*map(write, range(WRITERS)))
    series = await whole_series(service)
    assert {stream.rpartition(".")[0]: len(found) for stream, found in series.items()} == {
        "voucher-top.pt": WRITERS * EACH,
        "voucher-top.pc": WRITERS * EACH * 4 // 5,
    }


async def test_while_the_fund_is_handed_over(open_log: Opens, service: Any) -> None:
    logs = await opened(open_log)
    today = vocabulary.today()
    done: list[Recorded] = []

    async def write(writer: int) -> None:
        for n in range(EACH):
            if (writer, n) == (0, EACH // 2):
                done.extend(
                    await must(logs[0], command("FundHandedOver", str(today), fund_id="f", to_unit_id="new"))
                )
            await must(logs[writer], gift(f"{writer}-{n}"))

    await asyncio.gather(*map(write, range(WRITERS)))
    series = await whole_series(service)
    assert sum(map(len, series.values())) == WRITERS * EACH
    (handed,) = done
    for stream, found in series.items():
        assert {v.position > handed.position for v in found} == {stream.startswith("voucher-new.")}
    assert len(series) == 2


async def test_while_the_year_changes(
    open_log: Opens,
    service: Any,
    databases: Databases,
    database: Addresses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commit, "CLOCK_TOLERANCE", dt.timedelta(days=400))
    clock = await asyncpg.connect(databases.superuser_url(database))
    await clock.execute(_CLOCK)
    logs = await opened(open_log)
    year = vocabulary.today().year
    new_year = dt.datetime(year + 1, 1, 1, tzinfo=VIETNAM)

    async def write(writer: int) -> None:
        for n in range(EACH):
            if (writer, n) == (0, EACH // 2):
                await clock.execute(
                    "INSERT INTO moved.by VALUES ($1 - pg_catalog.clock_timestamp())", new_year
                )
            await must(logs[writer], gift(f"{writer}-{n}"))

    await asyncio.gather(*map(write, range(WRITERS)))
    await clock.close()
    series = await whole_series(service)
    assert set(series) == {f"voucher-top.pt.{year}", f"voucher-top.pt.{year + 1}"}
    for stream, found in series.items():
        assert {str(day_of(v.recorded_at).year) for v in found} == {stream.rpartition(".")[2]}


async def opened(open_log: Opens) -> list[Log]:
    """A log for each writer, and a fund that can pay."""
    logs = [await open_log() for _ in range(WRITERS)]
    opening = [{"pocket": "cash", "amount": 10**9}]
    fund = command("FundOpened", fund_id="f", unit_id="top", name="Quỹ", opening=opening)
    await must(logs[0], unit("top", level="province"), unit("new", "top"), fund)
    return logs


def gift(name: str) -> Any:
    told = {"fund_id": "f", "donation_id": name, "amount": 1_000, "pocket": "cash"}
    return command("DonationReceived", "2017-05-01", **told, donor={"kind": "anonymous"})


def expense(name: str) -> Any:
    told = {"fund_id": "f", "expense_id": name, "amount": 10, "pocket": "cash"}
    return command("ExpensePaid", "2017-05-01", **told, purpose="administration")


async def whole_series(service: Any) -> dict[str, list[Stored]]:
    """Vouchers by stream, after checking that each counts 1, 2, 3 … and that every entry has exactly one."""
    series: dict[str, list[Stored]] = defaultdict(list)
    for event in await read_category(service, "voucher", limit=10_000):
        series[event.fact.stream].append(event)
    for found in series.values():
        assert [v.fact.version for v in found] == list(range(1, len(found) + 1))
        assert [number_of(v.fact) for v in found] == list(range(1, len(found) + 1))
    entries = [
        e.fact.event_id
        for e in await read_category(service, "fund", limit=10_000)
        if e.fact.type in ("DonationReceived", "ExpensePaid")
    ]
    issued_for = [v.fact.effect.target for found in series.values() for v in found]
    assert len(issued_for) == len(entries)
    assert set(issued_for) == set(entries)
    return series


def number_of(fact: Fact) -> int:
    return int(fact.data.number)  # type: ignore[attr-defined]
