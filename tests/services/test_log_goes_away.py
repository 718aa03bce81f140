"""The database is gone for a while: commands are told to come again, nothing is made up, nothing is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import msgspec

from deploy.addresses import Addresses
from deploy.embedded.postgres import Postgres
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
