"""The database is gone for a while: commands are told to come again, nothing is made up, nothing is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from deploy.addresses import Addresses
from deploy.embedded.postgres import Postgres
from services.api.commands import batch
from tests.services.conftest import Service


@asynccontextmanager
async def away(postgres: Postgres, addresses: Addresses) -> AsyncIterator[None]:
    """Nobody gets into that database, and whoever was in it is thrown out."""
    name = urlsplit(addresses.database_url).path.lstrip("/")
    connection = await asyncpg.connect(postgres.superuser_url)
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await connection.close()


async def test_a_service_whose_database_is_gone_says_so_and_recovers(
    service: Service, postgres: Postgres
) -> None:
    renamed = {"unit_id": "bac-kan-city", "name": "Tên mới"}
    sent = {"type": "UnitRenamed", "occurred_on": "2017-01-01", "data": renamed, "command_id": str(uuid4())}
    body = msgspec.json.encode(sent)
    async with away(postgres, service.addresses):
        answer = await service.post(body)
        assert (answer.status_code, answer.json()["code"]) == (503, "log-unavailable")
        assert answer.headers["command-id"] == sent["command_id"]
        assert int(answer.headers["retry-after"]) > 0
        batch = await service.batch(body + b"\n")
        assert (batch.status_code, batch.json()["status"]) == (200, 503)
        for path in ("/health", "/v1/events", "/v1/units", "/v1/units/bac-kan-city/statistics/2017"):
            assert (await service.client.get(path)).status_code == 503
        assert (await service.client.get("/metrics")).status_code == 200
        assert (await service.client.get("/v1/catalogue")).status_code == 200
    assert (await service.post(body)).status_code == 201
    assert (await service.post(body)).status_code == 200
    assert (await service.client.get("/health")).status_code == 200
    assert await service.positions() == 3


_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'khuyenhoc_service'"


async def test_what_builds_on_lines_that_were_lost_is_not_refused(
    service: Service, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch whose first part establishes what its second is about, and whose first commit is cut off."""
    monkeypatch.setattr(batch, "CHUNK", 40)
    units = [
        {"unit_id": f"u{n}", "name": f"Chi hội {n}", "level": "chapter", "parent_id": "u0"} for n in range(80)
    ]
    units[0] |= {"level": "commune", "parent_id": "bac-kan-city"}
    lines = b"".join(
        msgspec.json.encode(
            {"type": "UnitEstablished", "occurred_on": "2001-01-01", "data": u, "command_id": str(uuid4())}
        )
        + b"\n"
        for u in units
    )
    name = urlsplit(service.addresses.database_url).path.lstrip("/")
    holding = await asyncpg.connect(service.addresses.database_url)
    breaking = await asyncpg.connect(postgres.url("postgres", name))
    try:
        async with holding.transaction():
            await holding.execute("SELECT FROM log.head FOR UPDATE")
            asking = asyncio.create_task(service.batch(lines))
            for _ in range(500):
                if waits := await breaking.fetchval(_WAITING):
                    break
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)  # the second part is decided meanwhile, on what that commit will make so
            await breaking.execute("SELECT pg_terminate_backend($1)", waits)
            answer = await asking
    finally:
        await holding.close()
        await breaking.close()
    told = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [(t["status"], t["code"]) for t in told] == (
        [(503, "log-unavailable")] * 40 + [(503, "not-attempted")] * 40
    )
    again = await service.batch(lines)
    assert [msgspec.json.decode(line)["status"] for line in again.content.splitlines()] == [201] * 80
