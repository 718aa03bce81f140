"""A service of the test's own on a real database: asked through ASGI, or, where streaming and broken
connections matter, as a real granian process."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from deploy.addresses import Addresses
from services.api.app import create_app
from services.api.settings import Settings, local_token_path
from workers import projector
from workers.projections import PROJECTIONS

ROOT = Path(__file__).parents[2]
UNIT = {"unit_id": "bac-kan-city", "name": "Hội Khuyến học thành phố Bắc Kạn", "level": "district"}


class Service:
    """What a test asks, and what it may look at behind the service's back."""

    def __init__(self, client: httpx.AsyncClient, addresses: Addresses, workers: Any) -> None:
        self.client = client
        self.addresses = addresses
        self._workers = workers

    async def record(self, type_: str, on: str, **data: Any) -> httpx.Response:
        """One command; with the id it was given."""
        command = {"type": type_, "occurred_on": on, "data": data, "command_id": str(uuid4())}
        return await self.client.post("/v1/commands", json=command)

    async def recorded(self, type_: str, on: str, **data: Any) -> Any:
        """One command that must be recorded."""
        answer = await self.record(type_, on, **data)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def post(self, body: bytes | str, **headers: str) -> httpx.Response:
        """Whatever a client may send as a command."""
        told = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return await self.client.post("/v1/commands", content=body, headers=told)

    async def batch(self, body: bytes | str, query: str = "", **headers: str) -> httpx.Response:
        told = {"Content-Type": "application/x-ndjson", **headers}
        return await self.client.post("/v1/commands/batch" + query, content=body, headers=told)

    async def positions(self) -> int:
        """How many events the log holds, looked up past the service."""
        connection = await asyncpg.connect(self.addresses.database_url)
        try:
            found: int = await connection.fetchval("SELECT count(*) FROM log.events")
            assert found == await connection.fetchval("SELECT position FROM log.head")
            return found
        finally:
            await connection.close()

    async def fold(self) -> None:
        """What the Celery workers do, here: every read model comes up to the head."""
        for projection in PROJECTIONS.values():
            await projector.advance(self._workers, projection)


@pytest.fixture
async def addresses(database: Addresses) -> Addresses:
    """Where the service of the test finds its ledger."""
    return database


class Application:
    """One for all tests of a process, as making it takes longer than most; each starts it on its ledger."""

    def __init__(self) -> None:
        self.app = create_app(lambda: self.settings)
        self.settings: Settings


@pytest.fixture(scope="session")
def application() -> Application:
    return Application()


@pytest.fixture
async def service(application: Application, addresses: Addresses, tmp_path: Path) -> AsyncIterator[Service]:
    """A started service with one unit, `bac-kan-city`, recorded: the log holds two events."""
    application.settings, app = settings(addresses, tmp_path), application.app
    async with (
        started(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
        asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=2) as workers,
    ):
        client.headers.update(bearer(tmp_path))
        made = Service(client, addresses, workers)
        await made.recorded("UnitEstablished", "2000-01-01", **UNIT)
        yield made


@asynccontextmanager
async def started(app: Litestar) -> AsyncIterator[None]:
    """From startup to shutdown, both in one task: fixtures begin and end in different ones."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await stop.wait()

    living = asyncio.create_task(live())
    starting = asyncio.create_task(ready.wait())
    await asyncio.wait({living, starting}, return_when=asyncio.FIRST_COMPLETED)
    starting.cancel()
    if not ready.is_set():
        await living
    yield
    stop.set()
    await living


def bearer(folder: Path) -> dict[str, str]:
    """The header that the local administrator's token makes, once a service has started on `folder`."""
    return {"Authorization": f"Bearer {local_token_path(folder).read_text().strip()}"}


def settings(addresses: Addresses, folder: Path) -> Settings:
    return Settings(
        addresses.database_url, None, folder / "master.key", None, token_file=local_token_path(folder)
    )


@pytest.fixture
def granian(addresses: Addresses, tmp_path: Path) -> Iterator[str]:
    """The same as a process with a port, at the address given."""
    with serving(addresses, tmp_path) as url:
        yield url


@contextmanager
def serving(addresses: Addresses, folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "KHUYENHOC_DATABASE_URL": addresses.database_url,
        "KHUYENHOC_MASTER_KEY_FILE": str(folder / "master.key"),
        "KHUYENHOC_DATA": str(folder),
    }
    environment.pop("KHUYENHOC_REDIS_URL", None)
    words = ["--interface", "asgi", "--port", str(port), "--loop", "uvloop", "services.api.app:app"]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *words], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: httpx.get(url + "/health").status_code == 200, httpx.TransportError)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def eventually(true: Callable[[], bool], *passing: type[Exception], seconds: float = 20) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except passing:
            pass
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
