"""Services under load: granian processes as the stack starts them, ours and the bare ones beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.children import answers, free_port
from deploy.embedded.processes import wait_until
from services.api.settings import local_token_path
from tests.benchmarks.province import PROVINCE
from tests.benchmarks.results import Ground

HOUSE = Path(__file__).parents[2]
HOW = ["--interface", "asgi", "--loop", "uvloop", "--no-ws", "--log-level", "warning"]
"""As deploy/stack.py starts the service."""
SERVICE = "services.api.app:app"
BARE = "tests.benchmarks.bare:app"
UNLIMITED = "1000000000"
"""Requests a minute: one token asks for everybody here. They are counted all the same."""


@dataclass(frozen=True)
class Served:
    """A service that answers."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(ground: Ground, program: str = SERVICE, **more: str) -> Iterator[Served]:
    """Until the block ends. Raises `RuntimeError` where it does not come up."""
    port = free_port("127.0.0.1")
    environment = os.environ | environment_of(ground) | more
    with (ground.folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "granian", *HOW, "--port", str(port), program],
            cwd=HOUSE,
            env=environment,
            stdout=log,
            stderr=log,
        )
        served = Served(port, process.pid)
        try:
            if not wait_until(lambda: answers(f"{served.url}/health"), 60):
                raise RuntimeError((ground.folder / f"{port}.log").read_text()[-2000:])
            yield served
        finally:
            process.terminate()
            process.wait(30)


def environment_of(ground: Ground) -> dict[str, str]:
    """The variables of a service on this ground; nobody is hinted."""
    return {
        "KHUYENHOC_DATABASE_URL": ground.addresses.database_url,
        "KHUYENHOC_MASTER_KEY_FILE": str(ground.folder / "master.key"),
        "KHUYENHOC_DATA": str(ground.folder),
        "KHUYENHOC_REDIS_URL": "",
        "KHUYENHOC_REQUESTS_A_MINUTE": UNLIMITED,
    }


def local_token(ground: Ground) -> str:
    """Of whoever runs the service: may everything, and is not counted."""
    return local_token_path(ground.folder).read_text().strip()


def token(ground: Ground, served: Served, role: str, unit_id: str = PROVINCE) -> str:
    """A token of a person with one role, made as an administrator makes it."""
    made = httpx.post(
        f"{served.url}/v1/tokens",
        json={"name": "Đo", "role": role, "unit_id": unit_id},
        headers={"Authorization": f"Bearer {local_token(ground)}"},
    )
    made.raise_for_status()
    return str(made.json()["token"])
