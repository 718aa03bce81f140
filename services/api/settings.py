"""Where the service finds its log, from the environment. Making the app needs none of it; starting does."""

import os
from pathlib import Path

import msgspec

from deploy.addresses import data_directory
from events.log.naming import Signing
from events.proof.keys import key_file
from events.proof.outside import checkpoint_file

LOCAL_TOKEN = "cli.token"


def local_token_path(data: Path) -> Path:
    """The file with the token of the command line, made by the service when it first starts."""
    return data / "secrets" / LOCAL_TOKEN


class Settings(msgspec.Struct, frozen=True):
    """What a process of the service is told when it starts."""

    database_url: str
    redis_url: str | None
    """None: nobody is hinted; the workers find new events by sweeping."""
    master_key_file: Path
    origin: str | None
    """The log's name, used once, when it is begun."""
    token_file: Path | None = None
    """Where the token of whoever runs the service lies; None: beside the master key."""

    signing: Signing | None = None
    """The signing key's file and the checkpoints outside the database; None: the log names no key."""

    @property
    def local_token_file(self) -> Path:
        return self.token_file or self.master_key_file.parent / LOCAL_TOKEN

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises `LookupError` naming what is not set."""
        database_url = os.environ.get("KHUYENHOC_DATABASE_URL")
        if not database_url:
            raise LookupError("KHUYENHOC_DATABASE_URL is not set: the service does not know its database")
        master = os.environ.get("KHUYENHOC_MASTER_KEY_FILE")
        data = data_directory()
        signing_key = key_file(os.environ, data)
        assert signing_key is not None, "there is a data directory"
        return cls(
            database_url=database_url,
            redis_url=os.environ.get("KHUYENHOC_REDIS_URL") or None,
            master_key_file=Path(master) if master else data / "secrets" / "master.key",
            origin=os.environ.get("KHUYENHOC_ORIGIN") or None,
            token_file=local_token_path(data),
            signing=Signing(signing_key, checkpoint_file(os.environ, data)),
        )
