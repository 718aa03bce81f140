"""The associations above the chapters: founded with their codes in 2004, merged on 1 July 2025.

Names, codes and successors are those of units.csv; a code is an attribute, never an id.
"""

import csv
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

from services.demo.chapters import chapters
from services.demo.commands import Command, command
from services.demo.funds import HELD_AT_THE_MERGER, hand_over

FOUNDED = date(2004, 7, 8)
MERGED = date(2025, 7, 1)
CITY = "bac-kan-city"
OLD_PROVINCE = "bac-kan-province"

OLD_CODES = "qd-124-2004"
NEW_COMMUNES = "nq-1683-2025"
NEW_PROVINCES = "nq-202-2025"
END_OF_DISTRICTS = "nq-203-2025"


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("services.demo").joinpath("units.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _establish(row: dict[str, str], on: date, source: str, *, with_code: bool) -> Command:
    data = {"unit_id": row["id"], "name": row["name"], "level": row["level"]}
    if row["parent"]:
        data["parent_id"] = row["parent"]
    if with_code and row["code"]:
        data["code"] = row["code"]
    return command("UnitEstablished", on, row["id"], data, source=source, invented=False)


def found_units() -> Iterator[Command]:
    """Province, city, communes, in the order of the file: a parent stands before its children."""
    for row in _rows():
        if row["code_from"] == FOUNDED.isoformat():
            yield _establish(row, FOUNDED, OLD_CODES, with_code=True)


def merger_of_2025() -> Iterator[Command]:
    """Districts end and communes merge, in an order in which each step stands on the one before.

    The new units take codes that old ones still hold (01843 was Phùng Chí Kiên), so they are established
    without, and get them once the old units are gone.
    """
    new = [row for row in _rows() if row["code_from"] == MERGED.isoformat()]
    old_communes = [row for row in _rows() if row["level"] == "commune" and row["successor"]]
    districts = [row for row in _rows() if row["level"] == "district"]
    for row in new:
        source = NEW_PROVINCES if row["level"] == "province" else NEW_COMMUNES
        yield _establish(row, MERGED, source, with_code=False)
    for row in old_communes:
        yield from _hand_over_funds(row["id"], row["successor"])
        yield _merge(row, NEW_COMMUNES)
    province = next(row for row in _rows() if row["id"] == OLD_PROVINCE)
    for row in districts:
        yield from _hand_over_funds(row["id"], province["successor"])
        yield _dissolve_district(row)
    yield _merge(province, NEW_PROVINCES)
    for row in new:
        yield _assign_code(row)


def _hand_over_funds(unit_id: str, to_unit_id: str) -> Iterator[Command]:
    for fund_id in HELD_AT_THE_MERGER.get(unit_id, ()):
        yield hand_over(fund_id, to_unit_id, MERGED)


def _merge(row: dict[str, str], source: str) -> Command:
    data = {"unit_id": row["id"], "into_unit_id": row["successor"]}
    return command("UnitMerged", MERGED, row["id"], data, source=source, invented=False)


def _dissolve_district(row: dict[str, str]) -> Command:
    data = {"unit_id": row["id"], "reason": "Không còn cấp huyện từ ngày 01/7/2025."}
    return command("UnitDissolved", MERGED, row["id"], data, source=END_OF_DISTRICTS, invented=False)


def _assign_code(row: dict[str, str]) -> Command:
    source = NEW_PROVINCES if row["level"] == "province" else NEW_COMMUNES
    data = {"unit_id": row["id"], "scheme": "gso", "code": row["code"]}
    return command("UnitCodeAssigned", MERGED, row["id"], data, source=source, invented=False)


def reports(year: int) -> Iterator[Command]:
    """Each commune, then the city, hands in its report early in the next year."""
    communes = dict.fromkeys(chapter.commune_id for chapter in chapters())
    for day, unit_id in [*((3, commune) for commune in communes), (8, CITY)]:
        data = {"unit_id": unit_id, "year": year}
        yield command("ReportSubmitted", date(year + 1, 1, day), f"{unit_id}/{year}", data)
