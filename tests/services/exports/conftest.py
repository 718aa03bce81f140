"""One sealed ledger with that story, recorded on two days, and a service on it; for tests that only read."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.addresses import Addresses
from services.api.app import create_app
from tests.databases import Databases
from tests.services.conftest import bearer, settings, started
from tests.services.exports.story import late, story
from tests.workers.filled_log import fill
from tests.workers.given import terms
from workers.projections import PROJECTIONS
from workers.projector import advance
from workers.sealing.sealer import seal

A_DAY = 1_000
"""Events, a minute each: what follows so many was recorded on another day."""


class Office:
    """Who asks for exports: over HTTP, or from the read models themselves."""

    def __init__(self, client: httpx.AsyncClient, reader: Any, addresses: Addresses, folder: Path) -> None:
        self.client, self.reader, self.addresses, self.folder = client, reader, addresses, folder
        self.head = self.before_late = 0

    async def export(self, unit_id: str = "p", **query: Any) -> httpx.Response:
        """What must be answered, as known when all of it was recorded unless said otherwise."""
        asked = {"from_year": 2017, "to_year": 2021, "as_known": self.head} | query
        answer = await self.client.get(f"/v1/units/{unit_id}/statistics", params=asked)
        assert answer.status_code == 200, answer.text
        return answer

    async def table(self, unit_id: str, year: int, **query: Any) -> Any:
        answer = await self.client.get(
            f"/v1/units/{unit_id}/statistics/{year}", params={"as_known": self.head} | query
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
async def office(databases: Databases, migrated: Addresses, workplace: Path) -> AsyncIterator[Office]:
    folder = workplace / "exports"
    folder.mkdir()
    addresses = await databases.create(migrated)
    secrets, told = story(folder)
    await fill(addresses.owner_url, told.log)
    before = await fill(addresses.owner_url, terms(A_DAY))
    recorded = len(told.log)
    late(told)
    head = await fill(addresses.owner_url, told.log[recorded:])
    async with asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=2) as pool:
        for projection in PROJECTIONS.values():
            assert await advance(pool, projection, budget=60)
        assert await seal(pool, secrets)
    app = create_app(lambda: settings(addresses, folder))
    async with (
        started(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
        asyncpg.create_pool(addresses.database_url, min_size=0, max_size=2) as reader,
    ):
        client.headers.update(bearer(folder))
        made = Office(client, reader, addresses, folder)
        made.head, made.before_late = head, before
        yield made
