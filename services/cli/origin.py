"""Under which name a log goes on, settled before its service starts: if it was cut off, not under its own."""

import os
from pathlib import Path

import asyncpg
import msgspec

import events.catalogue.everything  # noqa: F401 - the log is decided upon as it is
from deploy.addresses import Addresses
from events.catalogue.log import Origin
from events.log.append import Log
from events.log.naming import Identity, Signing, identity_of
from events.log.read import head
from events.proof.keys import key_file
from events.proof.outside import checkpoint_file
from events.sealing.keys import MasterKey


def is_origin(text: str) -> bool:
    """Whether a log can be called so."""
    try:
        msgspec.convert(text, Origin)
    except msgspec.ValidationError:
        return False
    return True


def master_key_file(data: Path) -> Path:
    """Where the service will look for it, see `services/api/settings.py`."""
    named = os.environ.get("KHUYENHOC_MASTER_KEY_FILE")
    return Path(named) if named else data / "secrets" / "master.key"


async def refuse_cut_off(addresses: Addresses, data: Path) -> None:
    """Raises `CutOffError` where the service would not start."""
    outside = checkpoint_file(os.environ, data)
    connection = await asyncpg.connect(addresses.database_url)
    try:
        identity = await identity_of(connection)
        if identity and outside:
            outside.refuse_cut_off(identity.origin, (await head(connection)).position)
    finally:
        await connection.close()


async def go_on_as(addresses: Addresses, data: Path, origin: str) -> Identity:
    """Call the log so from here on; one that is empty begins so.

    Raises `Refused`, `WrongKeyError`, `LogUnavailableError`.
    """
    signing_key = key_file(os.environ, data)
    assert signing_key is not None, "there is a data directory"
    log = await Log.open(
        addresses.database_url,
        MasterKey.from_file(master_key_file(data), create=True),
        signing=Signing(signing_key, checkpoint_file(os.environ, data)),
        new_origin=origin,
    )
    await log.close()
    connection = await asyncpg.connect(addresses.database_url)
    try:
        identity = await identity_of(connection)
    finally:
        await connection.close()
    assert identity is not None, "the log has begun"
    return identity
