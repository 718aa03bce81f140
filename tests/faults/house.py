"""The whole ledger as it runs in life, every part a process with an id: to be broken, and to mend itself.

The supervisor is `deploy.stack.Stack` itself; what dies is started again by its own `mend`.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from deploy.children import Child
from deploy.stack import Stack
from services.api.settings import local_token_path
from services.cli.ledger import prepare
from tests.faults.servers import Servers, ended

PATIENCE = 90.0
"""Seconds that anything may take on a busy machine; nothing is proved by it."""


class House(Stack):
    """One ledger: `servers` below, the service, a worker with two children, a sealer and a beat above."""

    def __init__(
        self, data: Path, servers: Servers, environment: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """`environment`: more variables for a part, by its name."""
        super().__init__(data, prepare=prepare, addresses=servers.addresses)
        self.servers = servers
        self._more = environment or {}

    def start(self) -> "House":
        super().start()
        self._servers = [self.servers.postgres, self.servers.redis]  # mended too
        return self

    def _child(self, name: str, *words: Any, **how: Any) -> Child:
        made = super()._child(name, *words, **how)
        made._env |= self._more.get(name, {})
        return made

    def part(self, name: str) -> Child:
        """`service`, `worker`, `sealer` or `beat`."""
        return next(child for child in self._children if child.name == name)

    def client(self, **how: Any) -> httpx.AsyncClient:
        """Whoever runs the service, over HTTP."""
        token = local_token_path(self.data).read_text("ascii").strip()
        headers = {"Authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        settings: dict[str, Any] = {"timeout": httpx.Timeout(60), "limits": limits} | how
        return httpx.AsyncClient(base_url=self.service_url or "", headers=headers, **settings)

    async def kill(self, name: str) -> int:
        """SIGKILL to a part and to all its processes at once. Returns the id it had."""
        pid = self.part(name).pid
        assert pid is not None
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await until(lambda: ended(pid))
        return pid

    async def is_back(self, name: str, since: int) -> None:
        """Waits until the supervisor has started that part again."""

        def back() -> bool:
            part = self.part(name)
            return part.pid != since and part.ready

        await until(back)

    @contextmanager
    def unattended(self, server: Any) -> Iterator[None]:
        """The supervisor leaves that server alone meanwhile, whatever becomes of it."""
        self._servers.remove(server)
        try:
            yield
        finally:
            self._servers.append(server)

    def twin(self, name: str) -> Child:
        """A second worker or sealer beside the first, as on another host; it is ended with the house."""
        queue = self._programs.sealing_queue
        how = {
            "worker": ("--concurrency", "2", "--exclude-queues", queue),
            "sealer": ("--pool", "solo", "--queues", queue),
        }
        made = self._consumer(f"{name}-2", f"khuyenhoc-{name}-2@%h", *how[name])
        self._children.append(made)
        made.launch()
        return made

    async def watch(self) -> None:
        """Lets the supervisor do its work, as `khuyenhoc up` does."""
        while True:
            await asyncio.sleep(0.2)
            self.mend()

    async def connect(self, role: str = "postgres") -> Any:
        """Straight to the database, past every proxy."""
        return await asyncpg.connect(self.servers.url(role))

    async def ask(self, query: str, *values: Any) -> Any:
        """One value, as the superuser."""
        connection = await self.connect()
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


async def until(
    true: Callable[[], object], seconds: float = PATIENCE, what: str = "it", pause: float = 0.02
) -> None:
    """Waits until something is so; `true` may be a coroutine function. Fails the test if it never is."""
    end = time.monotonic() + seconds
    while True:
        found = true()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        await asyncio.sleep(pause)
