"""The funds: one for the city, each commune and each chapter, opened on the last day of 2015.

An opening holds what the recorded movements will need beyond what comes in, and a reserve: the ledger
refuses a pocket below zero on any day, also when a later entry is dated before an earlier one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from random import Random

from services.demo.chapters import COMMUNES, chapters
from services.demo.commands import Command, command
from services.demo.shares import dice

CITY = "bac-kan-city"
OPENED = date(2015, 12, 31)

ENDED_FUNDS_GO_TO_COMMUNE = "huyen-tung-to-9b"  # its fund is handed over as it is
EMPTIED_AND_CLOSED = "xuat-hoa-to-6b"  # its money is sent to the commune's fund, then it is closed
LEFT_IN_THE_CLOSED = 850_000

Pockets = dict[tuple[str, str], int]


def fund_of(unit_id: str) -> str:
    """The fund a unit opened; it keeps its id in whosever hands it comes."""
    return f"quy-{unit_id}"


# What each unit holds when it ends in 2025: its own fund, and a fund handed to it in 2017.
HELD_AT_THE_MERGER = {
    CITY: [fund_of(CITY)],
    **{commune.unit_id: [fund_of(commune.unit_id)] for commune in COMMUNES},
    "huyen-tung": [fund_of("huyen-tung"), fund_of(ENDED_FUNDS_GO_TO_COMMUNE)],
}


def hand_over(fund_id: str, to_unit_id: str, on: date) -> Command:
    """Where funds of ended districts and communes went is not known: the demo gives them to the successor."""
    data = {"fund_id": fund_id, "to_unit_id": to_unit_id}
    return command("FundHandedOver", on, f"{fund_id}/{to_unit_id}", data)


def funds_of_ending_chapters() -> Iterator[Command]:
    """The merged go to the sibling; of the dissolved one goes to the commune, one is emptied and closed."""
    for chapter in chapters():
        if chapter.ending is None:
            continue
        fund_id, on = fund_of(chapter.unit_id), chapter.ending.on
        if chapter.unit_id == EMPTIED_AND_CLOSED:
            yield from _empty_and_close(fund_id, fund_of(chapter.commune_id), on)
        elif chapter.unit_id == ENDED_FUNDS_GO_TO_COMMUNE:
            yield hand_over(fund_id, chapter.commune_id, on)
        else:
            yield hand_over(fund_id, chapter.heir_id, on)


def _empty_and_close(fund_id: str, to_fund_id: str, on: date) -> Iterator[Command]:
    transfer_id = f"{fund_id}-nop-ve-xa"
    both = {"transfer_id": transfer_id, "amount": LEFT_IN_THE_CLOSED, "pocket": "cash"}
    sent = {"fund_id": fund_id, "to_fund_id": to_fund_id, **both}
    received = {"fund_id": to_fund_id, "from_fund_id": fund_id, **both}
    yield command("TransferSent", on, transfer_id, sent)
    yield command("TransferReceived", on, transfer_id, received)
    yield command("FundClosed", on, fund_id, {"fund_id": fund_id})


def open_funds(recorded: Iterable[Command]) -> Iterator[Command]:
    """Opens every fund with what `recorded`, in that order, will need."""
    chance = dice("openings")
    needed = _needed(recorded)
    for unit_id, place in _holders():
        fund_id = fund_of(unit_id)
        amounts = {
            pocket: needed.get((fund_id, pocket), 0) + _reserve(unit_id, pocket, chance)
            for pocket in ("cash", "bank")
        }
        data = {
            "fund_id": fund_id,
            "unit_id": unit_id,
            "name": f"Quỹ khuyến học {place}",
            "opening": [{"pocket": pocket, "amount": amount} for pocket, amount in amounts.items() if amount],
        }
        yield command("FundOpened", OPENED, fund_id, data)


def _holders() -> Iterator[tuple[str, str]]:
    yield CITY, "thành phố Bắc Kạn"
    for commune in COMMUNES:
        yield commune.unit_id, commune.place
    for chapter in chapters():
        yield chapter.unit_id, f"chi hội {chapter.place}"


def _reserve(unit_id: str, pocket: str, chance: Random) -> int:
    if unit_id == EMPTIED_AND_CLOSED:
        return 0  # a fund is closed at zero
    if unit_id == CITY:
        return {"cash": 1_200_000, "bank": 8_000_000}[pocket]
    if any(unit_id == commune.unit_id for commune in COMMUNES):
        return 100_000 * (chance.randint(2, 6) if pocket == "cash" else chance.randint(15, 60))
    return 10_000 * chance.randint(20, 150) if pocket == "cash" else 0


def _needed(recorded: Iterable[Command]) -> Pockets:
    """The deepest any pocket would sink below zero if it opened empty, after whichever entry, on any day."""
    entries: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    needed: Pockets = {}
    for entry in recorded:
        for pocket, moved in _moves(entry).items():
            entries[pocket].append((entry["occurred_on"], moved))
            if moved < 0:
                needed[pocket] = max(needed.get(pocket, 0), -_lowest(entries[pocket]))
    return needed


def _lowest(entries: list[tuple[str, int]]) -> int:
    # Within a day what goes out is taken first, which asks for no less than the ledger does.
    balance = lowest = 0
    for _, moved in sorted(entries):
        balance += moved
        lowest = min(lowest, balance)
    return lowest


def _moves(entry: Command) -> Pockets:
    """What an entry does to each pocket. A reversal only gives back here, so leaving it out is safe."""
    data = entry["data"]
    match entry["type"]:
        case "DonationReceived" | "TransferReceived":
            return {(data["fund_id"], data["pocket"]): data["amount"]}
        case "AwardGranted" | "TransferSent":
            return {(data["fund_id"], data["pocket"]): -data["amount"]}
        case "CashMoved":
            return {
                (data["fund_id"], data["from_pocket"]): -data["amount"],
                (data["fund_id"], data["to_pocket"]): data["amount"],
            }
        case _:
            return {}
