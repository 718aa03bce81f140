"""A plain reading of the demo's commands, sharing no code with the ledger or the generator.

It only looks up who stands where and what no longer counts; the tests do the sums themselves.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from services.demo.commands import Command
from services.demo.history import history


@cache
def commands() -> tuple[Command, ...]:
    return tuple(history())


@cache
def undone() -> frozenset[str]:
    """Command ids of entries reversed or withdrawn."""
    return frozenset(
        entry["data"]["event_id"].removeprefix("command:")
        for entry in commands()
        if entry["type"] in ("EntryReversed", "RecordWithdrawn")
    )


def standing(*kinds: str) -> Iterator[Command]:
    """Entries of these types that were never undone."""
    return (entry for entry in commands() if entry["type"] in kinds and entry["command_id"] not in undone())


@cache
def levels() -> dict[str, str]:
    return {entry["data"]["unit_id"]: entry["data"]["level"] for entry in standing("UnitEstablished")}


@cache
def holders() -> dict[str, str]:
    """Fund id → the unit that opened it (no fund handed over in these years moves again before 2025)."""
    return {entry["data"]["fund_id"]: entry["data"]["unit_id"] for entry in standing("FundOpened")}


def level_of_fund(fund_id: str) -> str:
    return levels()[holders()[fund_id]]


def in_year(entry: Command, year: int) -> bool:
    """A `year` in the data counts before the day it happened."""
    return bool(entry["data"].get("year", int(entry["occurred_on"][:4])) == year)


def pocket_moves() -> Iterator[tuple[str, str, str, str | None, int]]:
    """(fund, pocket, day, purpose, đồng in or out) in recording order, reversals at their original's day."""
    by_id = {entry["command_id"]: entry for entry in commands()}
    for entry in commands():
        data: dict[str, Any] = entry["data"]
        day, purpose = entry["occurred_on"], data.get("purpose")
        match entry["type"]:
            case "FundOpened":
                for opening in data["opening"]:
                    yield data["fund_id"], opening["pocket"], day, None, opening["amount"]
            case "DonationReceived" | "TransferReceived":
                yield data["fund_id"], data["pocket"], day, purpose, data["amount"]
            case "AwardGranted" | "TransferSent":
                yield data["fund_id"], data["pocket"], day, purpose, -data["amount"]
            case "CashMoved":
                yield data["fund_id"], data["from_pocket"], day, None, -data["amount"]
                yield data["fund_id"], data["to_pocket"], day, None, data["amount"]
            case "EntryReversed":
                award = by_id[data["event_id"].removeprefix("command:")]
                given = award["data"]
                yield given["fund_id"], given["pocket"], award["occurred_on"], None, given["amount"]
