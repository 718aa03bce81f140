"""A fund of many entries is loaded for its next one without keeping everybody else on the loop waiting."""

import asyncio
from itertools import groupby
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log import loading
from events.log.append import Log
from events.log.read import stored_fact
from events.sealing.keys import MasterKey
from tests.events.log.commands import command, must, unit


async def test_others_have_their_turns(
    log: Log, database: Addresses, master: MasterKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    await must(log, unit("x"), command("FundOpened", "2019-01-01", fund_id="f", unit_id="x", name="Quỹ"))
    gift: dict[str, Any] = {"fund_id": "f", "amount": 1, "pocket": "cash", "donor": {"kind": "anonymous"}}
    await must(
        log, *(command("DonationReceived", "2020-05-01", donation_id=f"d{n}", **gift) for n in range(100))
    )
    turns, folded_in = 0, list[int]()

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def noted(row: Any) -> Any:
        folded_in.append(turns)
        return stored_fact(row)

    monkeypatch.setattr(loading, "stored_fact", noted)
    monkeypatch.setattr(loading, "AT_ONCE", 30)
    beside = asyncio.create_task(others())
    connection = await asyncpg.connect(database.database_url)
    loaded = await loading.load(connection, [("stream", "fund-f")], master)
    beside.cancel()
    await connection.close()
    assert loaded.states["fund-f"].version == 101
    assert [len([*facts]) for _, facts in groupby(folded_in)] == [30, 30, 30, 11]
