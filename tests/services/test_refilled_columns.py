"""A log from before figures read these columns: the migration fills them as deciding does today."""

from importlib.resources import files
from typing import Any

import asyncpg

from tests.databases import Databases
from tests.services.conftest import Service

COLUMNS = "SELECT position, type, quantity, extra, amount FROM log.events ORDER BY position"
CITY = "bac-kan-city"


async def test_an_older_log_gets_the_columns_it_would_have_today(
    service: Service, databases: Databases
) -> None:
    opening = [{"pocket": "goods", "amount": 70}, {"pocket": "cash", "amount": 30}]
    fund = {"unit_id": CITY, "name": "Quỹ"}
    withdrawn = [
        await service.recorded("FundOpened", "2019-01-01", fund_id="hai", **fund, opening=opening),
        await service.recorded("ReportSubmitted", "2021-02-01", unit_id=CITY, year=2020),
    ]
    await service.recorded("FundOpened", "2019-01-01", fund_id="mot", **fund, opening=opening)
    await service.recorded("FundOpened", "2019-01-01", fund_id="ba", **fund, opening=opening[1:])
    await service.recorded("FundOpened", "2019-01-01", fund_id="bon", **fund)
    await service.recorded("ReportSubmitted", "2020-01-31", unit_id=CITY, year=2019)
    for one in withdrawn:
        await service.recorded("RecordWithdrawn", "2021-02-02", event_id=one["event_id"], reason="Nhầm")

    superuser = await asyncpg.connect(databases.superuser_url(service.addresses))
    owner = await asyncpg.connect(service.addresses.owner_url)
    try:
        today: list[Any] = await superuser.fetch(COLUMNS)
        await superuser.execute("SET session_replication_role TO replica")
        await superuser.execute(
            "UPDATE log.events SET quantity = NULL, extra = NULL"
            " WHERE kind IN ('FundOpened', 'ReportSubmitted')"
        )
        assert await superuser.fetch(COLUMNS) != today
        await owner.execute(files("events.log.sql").joinpath("0013_reports_and_goods.sql").read_text())
        assert await superuser.fetch(COLUMNS) == today
    finally:
        await owner.close()
        await superuser.close()
