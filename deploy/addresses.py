"""Where the ledger's servers are, and which directory holds its data.

Reads the environment and the command line's wish; starts nothing, connects to nothing, creates nothing.
"""

import os
from pathlib import Path
from typing import Self

import msgspec
import platformdirs


class IncompleteAddressesError(ValueError):
    """Some of the server URLs are set and others are not."""


class Addresses(msgspec.Struct, frozen=True):
    """The four URLs by which everything else finds its servers."""

    database_url: str
    """PostgreSQL as the service: reads, and appends through the log's own functions."""
    worker_url: str
    """PostgreSQL as the workers: read models, tree, checkpoints."""
    owner_url: str
    """PostgreSQL as the owner of the tables: migrations only."""
    redis_url: str
    """Redis as redis-py understands it: `redis://host/0`, `rediss://…`, or `unix:///path`."""

    @property
    def broker_url(self) -> str:
        """The same Redis as Celery understands it (kombu calls a Unix socket `redis+socket`)."""
        return self.redis_url.replace("unix://", "redis+socket://", 1)

    @classmethod
    def from_environment(cls) -> Self | None:
        """The addresses named by the environment, or None when it names none of them."""
        found = {field: os.environ.get(variable, "") for field, variable in VARIABLES.items()}
        missing = [VARIABLES[field] for field, url in found.items() if not url]
        if len(missing) == len(found):
            return None
        if missing:
            raise IncompleteAddressesError(
                f"Set {', '.join(missing)} as well, or none of {', '.join(VARIABLES.values())}: "
                "with all of them the servers they name are used, with none the embedded ones."
            )
        return cls(**found)

    def environment(self, *fields: str) -> dict[str, str]:
        """The variables that hand these addresses (or only the named ones) to a child process."""
        return {VARIABLES[field]: getattr(self, field) for field in fields or VARIABLES}


VARIABLES = {
    "database_url": "KHUYENHOC_DATABASE_URL",
    "worker_url": "KHUYENHOC_WORKER_URL",
    "owner_url": "KHUYENHOC_OWNER_URL",
    "redis_url": "KHUYENHOC_REDIS_URL",
}

DATA_VARIABLE = "KHUYENHOC_DATA"


def data_directory(chosen: str | Path | None = None) -> Path:
    """The data directory: the one chosen, else `KHUYENHOC_DATA`, else the platform's user data folder."""
    wish = chosen or os.environ.get(DATA_VARIABLE)
    if wish:
        return Path(wish).expanduser().resolve()
    return platformdirs.user_data_path("khuyenhoc", appauthor=False).resolve()
