"""A province's history of any size, as a client would send it: the same in every run, made while it is read.

Ten years: units, funds and centres founded; each year donations, awards, classes, members counted, families,
clans and units registered one by one and evaluated in autumn, reports; now and then an award reversed, a
count withdrawn and made anew, a gift recorded months late; and in one summer communes merge. Families fill up
the size asked for, since they are what a province has most of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import blake2b
from random import Random
from typing import Any
from uuid import UUID

Command = dict[str, Any]
"""One body of `POST /v1/commands`."""

Candidate = tuple[str, str, str]
"""(candidate, model, unit)"""

PROVINCE = "tinh-thi-du"
FIRST_YEAR, LAST_YEAR = 2015, 2024
FOUNDED = date(2014, 6, 2)
MERGED = date(2020, 7, 1)
CHAPTERS = 15
"""Of a commune."""
COMMUNES_OF_A_DISTRICT = 20
MOST_COMMUNES = 200
WITH_VOUCHERS = {"DonationReceived", "AwardGranted", "EntryReversed"}
"""Two events each: the voucher is recorded with them."""


@dataclass(frozen=True)
class Province:
    """About `events` events; of 200 communes and 3,000 chapters if so many events can fill them."""

    events: int
    communes: int = 0
    families: int | None = None
    """Registered and evaluated each year; None: as many as it takes."""
    seed: int = 2017

    @cached_property
    def commune_count(self) -> int:
        return self.communes or min(MOST_COMMUNES, max(4, self.events // 1000))

    @cached_property
    def family_count(self) -> int:
        if self.families is not None:
            return self.families
        bare = replace(self, communes=self.commune_count, families=0)
        fixed = sum(2 if c["type"] in WITH_VOUCHERS else 1 for c in bare.history())
        return max(0, self.events - fixed) // (2 * (LAST_YEAR - FIRST_YEAR + 1))

    @cached_property
    def districts(self) -> list[str]:
        return [f"huyen-{n:02}" for n in range(-(-self.commune_count // COMMUNES_OF_A_DISTRICT))]

    @cached_property
    def all_communes(self) -> list[str]:
        return [f"xa-{n:03}" for n in range(self.commune_count)]

    @cached_property
    def all_chapters(self) -> list[str]:
        return [f"{commune}-to-{n:02}" for commune in self.all_communes for n in range(CHAPTERS)]

    @cached_property
    def merging(self) -> dict[str, str]:
        """Which communes end in the merger, and into which."""
        ending = range(3, self.commune_count, 20)
        return {self.all_communes[n]: self.all_communes[n - 1] for n in ending}

    def grown(self, first: int, last: int) -> Iterator[Command]:
        """More of the same: these households register and are evaluated in every year, all recorded late."""
        chance = Random(self.seed + first)
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            for said in (self._registered, self._evaluated):
                yield from said(year, chance, self._families(first, last))

    def registered_next(self, first: int, last: int) -> Iterator[Command]:
        """These households register for the year after all others."""
        return self._registered(LAST_YEAR + 1, Random(self.seed), self._families(first, last))

    def living(self, year: int) -> list[str]:
        """Communes there are all through a year."""
        return [c for c in self.all_communes if year < MERGED.year or c not in self.merging]

    def history(self) -> Iterator[Command]:
        """Every command, in the order of recording."""
        chance = Random(self.seed)
        yield from self.founding()
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            yield from self._year(year, chance)
        yield from self._reports(LAST_YEAR)

    # -- once ---------------------------------------------------------------------------------------------

    def founding(self) -> Iterator[Command]:
        """Units, centres and funds, before anything happens."""
        yield _unit(PROVINCE, "province", None)
        for district in self.districts:
            yield _unit(district, "district", PROVINCE)
        for n, commune in enumerate(self.all_communes):
            yield _unit(commune, "commune", self.districts[n // COMMUNES_OF_A_DISTRICT])
            centre = {"centre_id": f"tt-{commune}", "unit_id": commune, "name": f"Trung tâm {commune}"}
            yield _command("LearningCentreOpened", FOUNDED, commune, centre)
        for n, chapter in enumerate(self.all_chapters):
            yield _unit(chapter, "chapter", self.all_communes[n // CHAPTERS])
        for unit in (PROVINCE, *self.districts, *self.all_communes):
            opening = [{"pocket": "cash", "amount": 50_000_000}]
            fund = {"fund_id": f"quy-{unit}", "unit_id": unit, "name": f"Quỹ {unit}", "opening": opening}
            yield _command("FundOpened", FOUNDED, unit, fund)

    def _merged(self) -> Iterator[Command]:
        for commune, heir in self.merging.items():
            handed = {"fund_id": f"quy-{commune}", "to_unit_id": heir}
            yield _command("FundHandedOver", MERGED, commune, handed)
            yield _command("UnitMerged", MERGED, commune, {"unit_id": commune, "into_unit_id": heir})

    # -- every year ---------------------------------------------------------------------------------------

    def _year(self, year: int, chance: Random) -> Iterator[Command]:
        if year > FIRST_YEAR:
            yield from self._reports(year - 1)
        for month in (1, 2):
            yield from self._donations(year, month, chance)
        yield from self._registered(year, chance, self._candidates(year))
        for month in (4, 5):
            yield from self._donations(year, month, chance)
        yield from self._classes(year, 5, chance)
        yield from self._awards(year, 6, chance)
        if year == MERGED.year:
            yield from self._merged()
        yield from self._donations(year, 8, chance)
        yield from self._awards(year, 9, chance)
        yield from self._classes(year, 10, chance)
        yield from self._evaluated(year, chance, self._candidates(year))
        yield from self._awards(year, 11, chance)
        yield from self._late_donations(year, chance)
        yield from self._members(year, chance)

    def _reports(self, year: int) -> Iterator[Command]:
        for unit in (*self.living(year), *self.districts, PROVINCE):
            on = date(year + 1, 1, 9)
            yield _command("ReportSubmitted", on, f"{unit}/{year}", {"unit_id": unit, "year": year})

    def _donations(self, year: int, month: int, chance: Random) -> Iterator[Command]:
        for unit in (*self.living(year), PROVINCE):
            yield _donation(unit, _day(chance, year, month), f"{year}-{month:02}", chance)

    def _late_donations(self, year: int, chance: Random) -> Iterator[Command]:
        """Recorded in December, half a year after they were received."""
        for unit in self.living(year)[year % 3 :: 3]:
            yield _donation(unit, _day(chance, year, 6), f"{year}-muon", chance)

    def _awards(self, year: int, month: int, chance: Random) -> Iterator[Command]:
        for n, unit in enumerate(self.living(year)):
            on, key = _day(chance, year, month), f"{unit}-{year}-{month:02}"
            data = {
                "fund_id": f"quy-{unit}",
                "award_id": f"kt-{key}",
                "category": "excellent_student",
                "recipients": chance.randint(5, 60),
                "measure": "person_turn",
                "amount": 50_000 * chance.randint(10, 60),
                "pocket": "cash",
                "purpose": "excellence_award",
                "school_year": f"{year - 1}-{year}",
            }
            granted = _command("AwardGranted", on, key, data)
            yield granted
            if (n + year) % 50 == 0:
                wrong = {"event_id": f"command:{granted['command_id']}", "reason": "Ghi nhầm số tiền."}
                yield _command("EntryReversed", on, key, {"fund_id": f"quy-{unit}", **wrong})

    def _classes(self, year: int, month: int, chance: Random) -> Iterator[Command]:
        for unit in self.living(year):
            for n in range(2):
                classes = chance.randint(1, 4)
                data = {
                    "centre_id": f"tt-{unit}",
                    "topic": f"Chuyên đề {chance.randint(1, 40)}",
                    "participants": classes * chance.randint(15, 45),
                    "classes": classes,
                }
                yield _command("ClassHeld", _day(chance, year, month), f"{unit}/{year}/{month}/{n}", data)

    def _candidates(self, year: int) -> Iterator[Candidate]:
        """Of a year: some of every kind, and the families."""
        for commune in self.living(year):
            yield f"dong-ho-{commune}", "clan", commune
            yield f"don-vi-{commune}", "unit", commune
        yield from self._families(0, self.family_count)

    def _families(self, first: int, last: int) -> Iterator[Candidate]:
        chapters, count = self.all_chapters, len(self.all_chapters)
        for n in range(first, last):
            yield _uuid(f"household/{n}"), "family", chapters[n % count]

    def _registered(self, year: int, chance: Random, candidates: Iterable[Candidate]) -> Iterator[Command]:
        for candidate, model, unit in candidates:
            data = {"candidate_id": candidate, "model": model, "unit_id": unit, "year": year}
            if model != "family":
                data["name"] = f"{model} {unit}"
            yield _command("ModelRegistered", _day(chance, year, 3), f"{candidate}/{year}", data)

    def _evaluated(self, year: int, chance: Random, candidates: Iterable[Candidate]) -> Iterator[Command]:
        for candidate, _, _ in candidates:
            total = chance.randint(50, 98)
            data = {"candidate_id": candidate, "year": year, "rule_set": "qd-448-2015", "total": total}
            data["achieved"] = total >= 60
            yield _command("ModelEvaluated", _day(chance, year, 11), f"{candidate}/{year}", data)

    def _members(self, year: int, chance: Random) -> Iterator[Command]:
        for n, chapter in enumerate(self.all_chapters):
            on, key = _day(chance, year, 12), f"{chapter}/{year}"
            data = {"unit_id": chapter, "members": chance.randint(20, 140)}
            counted = _command("MembersCounted", on, key, data)
            yield counted
            if (n + year) % 500 == 0:
                why = {"event_id": f"command:{counted['command_id']}", "reason": "Ghi thừa một chữ số."}
                yield _command("RecordWithdrawn", on, key, why)
                yield _command("MembersCounted", on, f"{key}/anew", data)


def _unit(unit_id: str, level: str, parent_id: str | None) -> Command:
    data = {"unit_id": unit_id, "name": f"Hội Khuyến học {unit_id}", "level": level}
    return _command(
        "UnitEstablished", FOUNDED, unit_id, data | ({"parent_id": parent_id} if parent_id else {})
    )


def _donation(unit: str, on: date, key: str, chance: Random) -> Command:
    data = {
        "fund_id": f"quy-{unit}",
        "donation_id": f"uh-{unit}-{key}",
        "amount": 100_000 * chance.randint(5, 80),
        "pocket": "cash",
        "donor": {"kind": "organisation", "name": f"Đơn vị thí dụ số {chance.randint(1, 60):02}"},
    }
    if chance.random() < 0.05:
        data["note"] = "Trao tại lễ khai giảng."
    return _command("DonationReceived", on, f"{unit}/{key}", data)


def _command(kind: str, on: date, key: str, data: dict[str, Any]) -> Command:
    command_id = _uuid(f"{kind}/{key}")
    return {"type": kind, "occurred_on": on.isoformat(), "data": data, "command_id": command_id}


def _day(chance: Random, year: int, month: int) -> date:
    return date(year, month, 1 + int(chance.random() * 28))


def _uuid(key: str) -> str:
    return str(UUID(bytes=blake2b(key.encode(), digest_size=16).digest(), version=5))
