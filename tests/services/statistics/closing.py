"""Publishing a small history's table, as the command does it: right, or wrong on purpose."""

from typing import Any

from events.proof.merkle import leaf_hashes, root_of
from services.statistics.canonical import digest_of
from tests.events.log.commands import command
from tests.services.statistics.conftest import SmallHistory
from workers.indicators import INDICATORS

ALL = [{"name": i.name, "version": i.version} for i in INDICATORS.values()]


async def publish(small: SmallHistory, unit_id: str, year: int, **other: Any) -> Any:
    """`other`: what to publish instead of the truth. Returns what was recorded."""
    entries = [r["entry"] for r in await small.reader.fetch("SELECT entry FROM log.events ORDER BY position")]
    table = await small.table(unit_id, year)
    right = {
        "unit_id": unit_id,
        "year": year,
        "position": len(entries),
        "tree": "then",
        "definitions": ALL,
        "root": root_of(leaf_hashes(entries)).hex(),
        "digest": digest_of(table),
    }
    return await small.record(command("StatisticsPublished", "2026-01-05", **(right | other)))
