"""A superuser changes the database behind everybody's back: the running service, checked, tells where."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.proof.checkpoints import parse_checkpoint
from events.proof.notes import SignerKey, parse_note
from services.proof import findings
from services.proof.sources import Service
from services.proof.verify import verify
from tests.databases import Databases
from tests.services.test_bundle_verifies import Office, opened

AMOUNT = (
    "UPDATE log.events SET amount = amount + 9,"
    " entry = convert_to(replace(convert_from(entry, 'UTF8'), '\"amount\":', '\"amount\":9'), 'UTF8')"
    " WHERE position = {position} AND type = 'DonationReceived'"
)
SWAP = (
    "UPDATE log.events SET position = -1 WHERE position = 300",
    "UPDATE log.events SET position = 300 WHERE position = 301",
    "UPDATE log.events SET position = 301 WHERE position = -1",
)
CUT = ("DELETE FROM log.events WHERE position > 700", "UPDATE log.head SET position = 700")
RESTORED = (
    "TRUNCATE log.events",
    "INSERT INTO log.events SELECT * FROM kept",
    "UPDATE log.head SET position = (SELECT max(position) FROM kept)",
)


@pytest.fixture
async def office(addresses: Addresses, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(addresses, tmp_path) as made:
        yield made


async def test_every_damage_in_the_database_is_found_and_named(office: Office, databases: Databases) -> None:
    superuser = await asyncpg.connect(databases.superuser_url(office.ledger))
    try:
        await superuser.execute("SET session_replication_role TO replica")
        await superuser.execute("CREATE TEMP TABLE kept AS SELECT * FROM log.events")
        donation = await superuser.fetchval(
            "SELECT position FROM log.events WHERE type = 'DonationReceived' AND position > 400 LIMIT 1"
        )
        damages: dict[int, Sequence[str]] = {
            donation: [AMOUNT.format(position=donation)],
            450: ["DELETE FROM log.events WHERE position = 450"],
            300: SWAP,
            701: CUT,
        }
        for position, statements in damages.items():
            for statement in statements:
                await superuser.execute(statement)
            assert await wrong_position(office) == position, statements
            for statement in RESTORED:
                await superuser.execute(statement)
        assert await wrong_position(office) is None

        tile = "UPDATE proof.tile SET hashes = set_byte(hashes, 320, get_byte(hashes, 320) # 1)"
        await superuser.execute(tile + " WHERE level = 0 AND index = 1")
        assert await wrong_position(office) == 267
        await superuser.execute(tile + " WHERE level = 0 AND index = 1")
        await _replace_key(superuser, office)
        with pytest.raises(AssertionError, match="not signed by"):
            await wrong_position(office)
    finally:
        await superuser.close()


async def test_an_altered_column_is_found_though_no_entry_was(office: Office, databases: Databases) -> None:
    superuser = await asyncpg.connect(databases.superuser_url(office.ledger))
    try:
        await superuser.execute("SET session_replication_role TO replica")
        await superuser.execute("UPDATE log.events SET amount = amount + 9 WHERE position = 404")
        source = await asyncio.to_thread(Service, office.http, office.url)
        wrong = (await asyncio.to_thread(verify, source, office.vkey)).wrong
        assert wrong
        assert (wrong.finding.code, wrong.position) == (findings.COLUMN_DIFFERS, 404)
        assert wrong.finding.values["column"] == "amount"
    finally:
        await superuser.close()


async def _replace_key(superuser: Any, office: Office) -> None:
    """Everything signed anew, by a key of the operator's own."""
    key = SignerKey.generate(office.vkey.name)
    for row in await superuser.fetch("SELECT size, note FROM proof.checkpoint"):
        note = parse_checkpoint(parse_note(row["note"].encode()).text).signed([key])
        await superuser.execute("UPDATE proof.checkpoint SET note = $2 WHERE size = $1", row["size"], note)


async def wrong_position(office: Office) -> int | None:
    """What `khuyenhoc verify URL` names; fails the test where it finds something that has no position."""
    source = await asyncio.to_thread(Service, office.http, office.url)
    report = await asyncio.to_thread(verify, source, office.vkey, tables=False)
    assert report.wrong is None or report.wrong.position, report.wrong
    return report.wrong.position if report.wrong else None
