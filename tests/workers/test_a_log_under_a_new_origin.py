"""A log that was cut off goes on under a new name: old checkpoints stay, the new key signs what is new."""

from pathlib import Path
from typing import Any

import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.log.naming import Signing, identity_of
from events.proof.checkpoints import Checkpoint, parse_checkpoint
from events.proof.keys import SigningKeys
from events.proof.notes import parse_note
from events.proof.outside import CutOffError
from events.refusals import Refused
from events.sealing.keys import MasterKey
from tests.workers.filled_log import fill
from tests.workers.sealing import ORIGIN, beginning, more, secrets_in, trouble
from workers.sealing.sealer import Secrets, seal

NEW = "khuyenhoc.test/so-2"


class Office:
    """A log of eight events, all signed, of which the file outside knows twelve."""

    def __init__(self, addresses: Addresses, pool: Any, secrets: Secrets, master: MasterKey) -> None:
        self.addresses, self.pool, self.secrets, self.master = addresses, pool, secrets, master
        self.signing = Signing(secrets.key_file, secrets.checkpoints)
        self.told = beginning(secrets)

    async def build(self) -> None:
        await fill(self.addresses.owner_url, [*self.told.log, *more(self.told, 6, "t")])
        assert await seal(self.pool, self.secrets)
        lost = Checkpoint(ORIGIN, 12, b"\7" * 32)
        self.secrets.checkpoints.append(lost.signed(SigningKeys.from_file(self.secrets.key_file).keys))

    async def open(self, new_origin: str | None = None) -> None:
        log = await Log.open(
            self.addresses.database_url, self.master, signing=self.signing, new_origin=new_origin
        )
        await log.close()

    async def head(self) -> int:
        return int(await self.pool.fetchval("SELECT position FROM log.head"))

    async def signed(self) -> list[tuple[str, int]]:
        rows = await self.pool.fetch("SELECT note FROM proof.checkpoint ORDER BY size")
        found = [parse_checkpoint(parse_note(row["note"].encode()).text) for row in rows]
        return [(one.origin, one.size) for one in found]


@pytest.fixture
async def office(ledger: Addresses, worker_pool: Any, master: MasterKey, tmp_path: Path) -> Office:
    made = Office(ledger, worker_pool, secrets_in(tmp_path), master)
    await made.build()
    return made


async def test_refused_as_it_is_and_signed_under_its_new_name(office: Office) -> None:
    with pytest.raises(CutOffError, match=r"log-cut-off.*4 are missing"):
        await office.open()
    assert await seal(office.pool, office.secrets) is None
    file = office.secrets.key_file.read_text()
    before = office.secrets.checkpoints.path.read_bytes()
    for _ in range(2):  # said twice, it is done once
        await office.open(NEW)
        assert await office.head() == 10  # LogRestarted, LogKeyAdded
    await office.open()  # and it stays so
    identity = await identity_of(office.pool)
    assert identity is not None
    assert (identity.origin, identity.since) == (NEW, 9)
    assert office.secrets.key_file.read_text().startswith(file), "the old key stays beside the new one"
    checkpoint = await seal(office.pool, office.secrets)
    assert checkpoint is not None
    assert (checkpoint.origin, checkpoint.size) == (NEW, 10)
    assert await office.signed() == [(ORIGIN, 8), (NEW, 10)]
    assert await trouble(office.pool) is None
    note = await office.pool.fetchval("SELECT note FROM proof.checkpoint WHERE size = 10")
    assert [one.name for one in parse_note(note.encode()).signatures] == [NEW]
    assert office.secrets.checkpoints.path.read_bytes().startswith(before)


async def test_what_came_before_the_new_name_is_not_signed_under_it(office: Office) -> None:
    await fill(office.addresses.owner_url, more(office.told, 2, "u"))
    await office.open(NEW)
    assert await seal(office.pool, office.secrets, page=10, budget=-1) is None  # the first ten only
    assert await office.signed() == [(ORIGIN, 8)]
    assert await seal(office.pool, office.secrets)
    assert await office.signed() == [(ORIGIN, 8), (NEW, 12)]


async def test_a_name_is_not_borne_twice_and_no_key_is_made_for_it(office: Office) -> None:
    await office.open(NEW)
    keys = office.secrets.key_file.read_text()
    with pytest.raises(Refused, match="log-origin-used"):
        await office.open(ORIGIN)
    assert office.secrets.key_file.read_text() == keys


async def test_where_the_tree_is_ahead_of_the_log_a_backup_is_asked_for(office: Office) -> None:
    await office.pool.execute("UPDATE proof.sealing SET size = 11")
    with pytest.raises(Refused, match="log-sealed-further"):
        await office.open(NEW)
    assert await office.head() == 8


async def test_a_lost_key_is_no_obstacle(office: Office) -> None:
    office.secrets.key_file.unlink()
    await office.open(NEW)
    checkpoint = await seal(office.pool, office.secrets)
    assert checkpoint is not None
    assert checkpoint.origin == NEW
