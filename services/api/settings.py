"""Where the service finds its log, from the environment. Making the app needs none of it; starting does."""

import os
from pathlib import Path

import msgspec

from deploy.addresses import data_directory


class Settings(msgspec.Struct, frozen=True):
    """What a process of the service is told when it starts."""

    database_url: str
    redis_url: str | None
    """None: nobody is hinted; the workers find new events by sweeping."""
    master_key_file: Path
    origin: str | None
    """The log's name, used once, when it is begun."""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises `LookupError` naming what is not set."""
        database_url = os.environ.get("KHUYENHOC_DATABASE_URL")
        if not database_url:
            raise LookupError("KHUYENHOC_DATABASE_URL is not set: the service does not know its database")
        key_file = os.environ.get("KHUYENHOC_MASTER_KEY_FILE")
        return cls(
            database_url=database_url,
            redis_url=os.environ.get("KHUYENHOC_REDIS_URL") or None,
            master_key_file=Path(key_file) if key_file else data_directory() / "secrets" / "master.key",
            origin=os.environ.get("KHUYENHOC_ORIGIN") or None,
        )
