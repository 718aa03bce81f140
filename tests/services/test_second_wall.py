"""The second wall for reads: the database itself shows a request the events within its reach, no others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest import mock

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.migrate import RolesNotReadyError, migrate
from events.log.read import load_tree
from tests.databases import Databases
from tests.services.conftest import Service
from tests.services.test_tokens import bearing, token

OWN, FOREIGN = "duc-xuan", "song-cau"


@pytest.fixture
async def town(service: Service) -> Service:
    """Two wards, each with a fund, a gift and a count of members."""
    for ward in (OWN, FOREIGN):
        more = {"name": ward, "level": "commune", "parent_id": "bac-kan-city"}
        await service.recorded("UnitEstablished", "2000-01-01", unit_id=ward, **more)
        fund = f"quy-{ward}"
        await service.recorded("FundOpened", "2001-01-01", fund_id=fund, unit_id=ward, name=ward)
        gift = {"pocket": "cash", "donor": {"kind": "anonymous"}, "amount": 1000, "note": "Ghi chú"}
        await service.recorded("DonationReceived", "2017-02-01", fund_id=fund, donation_id=ward, **gift)
        await service.recorded("MembersCounted", "2017-12-31", unit_id=ward, members=7)
    await service.recorded("TermDefined", "2017-01-01", list="purpose", term="sach", label="Sách")
    await service.fold()
    return service


@asynccontextmanager
async def reader(addresses: Addresses, units: str | None, stream: str = "") -> AsyncIterator[Any]:
    """A connection as the service's queries have it, for somebody who reaches these units."""
    connection = await asyncpg.connect(addresses.database_url, server_settings={"role": "khuyenhoc_reader"})
    try:
        async with connection.transaction(readonly=True):
            if units is not None:
                await connection.execute("SELECT set_config('khuyenhoc.units', $1, true)", units)
            await connection.execute("SELECT set_config('khuyenhoc.stream', $1, true)", stream)
            yield connection
    finally:
        await connection.close()


async def test_a_query_that_forgets_to_ask_sees_its_subtree_only(town: Service) -> None:
    async with reader(town.addresses, f"{OWN},elsewhere") as connection:
        seen = await connection.fetch("SELECT unit, stream FROM log.events")
        assert {row["unit"] for row in seen} == {OWN, None}
        assert {row["stream"] for row in seen if row["unit"] is None} == {"log", "term-purpose"}
        assert await connection.fetchval("SELECT count(*) FROM log.sealed") == 1
        assert await connection.fetchval("SELECT count(*) FROM log.sealing_keys") == 1
        assert len(await load_tree(connection)) == 3  # names and parents are nobody's secret


async def test_the_whole_log_is_a_word_of_its_own_and_nothing_is_the_default(town: Service) -> None:
    async with reader(town.addresses, "*") as connection:
        assert await connection.fetchval("SELECT count(*) FROM log.events") == await town.positions()
        assert await connection.fetchval("SELECT count(*) FROM log.sealed") == 2
    for nothing in (None, ""):
        async with reader(town.addresses, nothing) as connection:
            for table in ("events", "sealed", "sealing_keys", "money_named", "tokens"):
                column = "token_id" if table == "tokens" else "*"
                assert not await connection.fetch(f"SELECT {column} FROM log.{table}"), table
    async with reader(town.addresses, OWN, f"fund-quy-{FOREIGN}") as connection:
        streams = await connection.fetch("SELECT DISTINCT stream FROM log.events WHERE unit = $1", FOREIGN)
        assert [row["stream"] for row in streams] == [f"fund-quy-{FOREIGN}"]


async def test_what_one_transaction_may_see_the_next_on_that_connection_may_not(town: Service) -> None:
    connection = await asyncpg.connect(
        town.addresses.database_url, server_settings={"role": "khuyenhoc_reader"}
    )
    async with connection.transaction():
        await connection.execute("SELECT set_config('khuyenhoc.units', '*', true)")
        assert await connection.fetchval("SELECT count(*) FROM log.events") > 2
    assert await connection.fetchval("SELECT count(*) FROM log.events") == 0
    await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO log.tokens VALUES (gen_random_uuid(), gen_random_uuid(), '\\x00')",
        "SELECT digest FROM log.tokens",
        "DELETE FROM log.sealing_keys",
        "UPDATE log.head SET position = 0",
    ],
)
async def test_the_reader_reads_and_nothing_else(town: Service, statement: str) -> None:
    async with reader(town.addresses, "*") as connection:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)):
            await connection.execute(statement)


async def test_with_the_doors_checks_gone_nothing_foreign_is_shown(town: Service) -> None:
    made = await token(town, "auditor", OWN)

    async def shown(path: str) -> str:
        answer = await town.client.get(path, headers=bearing(made))
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    assert await shown(f"/v1/audit/streams/unit-{FOREIGN}") == "403"
    with (
        mock.patch("services.api.admission.require_reach"),
        mock.patch("services.api.feed.controller.readable_units", return_value=None),
    ):
        for stream in (f"fund-quy-{FOREIGN}", f"unit-{FOREIGN}"):
            assert await shown(f"/v1/audit/streams/{stream}") == "404"
        figure = "statistics/2017/member.total/events"
        assert '"events":[]' in await shown(f"/v1/units/{FOREIGN}/{figure}")
        assert '"contribution":7' in await shown(f"/v1/units/{OWN}/{figure}")
        feed = await shown("/v1/events?limit=1000")
        assert f"quy-{OWN}" in feed
        assert FOREIGN not in feed


async def test_figures_of_the_past_are_whole_though_a_unit_has_moved_away(town: Service) -> None:
    """What the old parent's figures of then are made of, its reader sees; the feed does not show it."""
    more = {"name": "Huyện mới", "level": "district"}
    await town.recorded("UnitEstablished", "2000-01-01", unit_id="new-district", **more)
    await town.recorded("UnitMoved", "2019-01-01", unit_id=FOREIGN, parent_id="new-district")
    await town.recorded("UnitEstablished", "2000-01-01", unit_id="other-root", name="x", level="district")
    made = await token(town, "auditor", "bac-kan-city")
    await town.fold()
    table = "/v1/units/bac-kan-city/statistics/2017"
    for path in (table, table + "?as_known=" + str(await town.positions())):
        answer = (await town.client.get(path, headers=bearing(made))).json()
        total = next(f for f in answer["indicators"] if f["indicator"] == "member.total")
        assert total["value"] == 14
    behind = (await town.client.get(table + "/member.total/events", headers=bearing(made))).json()
    assert [e["contribution"] for e in behind["events"]] == [7, 7]
    feed = (await town.client.get("/v1/events?limit=1000", headers=bearing(made))).text
    assert f"fund-quy-{FOREIGN}" not in feed


async def test_a_handed_over_fund_is_read_whole_by_who_has_it_now(town: Service) -> None:
    fund = f"quy-{FOREIGN}"
    await town.recorded("FundHandedOver", "2018-01-01", fund_id=fund, to_unit_id=OWN)
    await town.fold()
    made = await token(town, "auditor", OWN)
    assert (await town.client.get(f"/v1/funds/{fund}", headers=bearing(made))).status_code == 200
    stream = (await town.client.get(f"/v1/audit/streams/fund-{fund}", headers=bearing(made))).json()
    assert [e["version"] for e in stream["events"]] == [1, 2, 3]
    async with reader(town.addresses, OWN) as connection:
        others = await connection.fetch("SELECT DISTINCT stream FROM log.events WHERE unit = $1", FOREIGN)
        assert [row["stream"] for row in others] == [f"fund-{fund}"]


async def test_a_fund_handed_over_by_mistake_or_handed_on_is_no_longer_read(town: Service) -> None:
    fund = f"quy-{FOREIGN}"
    made = await token(town, "auditor", OWN)
    for then in ("withdrawn", "handed-on"):
        handed = await town.recorded("FundHandedOver", "2018-01-01", fund_id=fund, to_unit_id=OWN)
        if then == "withdrawn":
            await town.recorded("RecordWithdrawn", "2018-01-01", event_id=handed["event_id"], reason="nhầm")
        else:
            await town.recorded("FundHandedOver", "2018-02-01", fund_id=fund, to_unit_id="bac-kan-city")
        gift = {"donation_id": f"sau-{then}", "amount": 777, "pocket": "cash", "donor": {"kind": "anonymous"}}
        await town.recorded("DonationReceived", "2018-03-01", fund_id=fund, **gift)
        answer = await town.client.get(f"/v1/audit/streams/fund-{fund}", headers=bearing(made))
        assert answer.status_code == 403, then
        async with reader(town.addresses, OWN) as connection:
            seen = await connection.fetch(
                "SELECT DISTINCT unit FROM log.events WHERE stream = $1", f"fund-{fund}"
            )
            assert {row["unit"] for row in seen} <= {OWN}, then


async def test_a_server_whose_roles_are_not_ready_is_told_what_to_run(
    databases: Databases, empty_database: Addresses
) -> None:
    superuser = await asyncpg.connect(databases.superuser_url(empty_database))
    try:
        await superuser.execute("CREATE ROLE plain LOGIN")
        with pytest.raises(RolesNotReadyError, match="ALTER ROLE plain BYPASSRLS;"):
            await migrate(empty_database.owner_url, service_role="plain", worker_role="khuyenhoc_worker")
        await superuser.execute("ALTER ROLE plain BYPASSRLS")
        with pytest.raises(asyncpg.RaiseError, match='GRANT khuyenhoc_reader TO "plain"'):
            await migrate(empty_database.owner_url, service_role="plain", worker_role="khuyenhoc_worker")
    finally:
        await superuser.execute("DROP OWNED BY plain; DROP ROLE plain")
        await superuser.close()
