"""Learning models: families one by one (UUIDs, nothing else is known of them), clans, communities, units.

Sums are printed or fixed by the reference data; which household achieved what is invented.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from services.demo.chapters import COMMUNES, chapters, groups, living_chapters, slug
from services.demo.commands import ARTICLE, CITY_SITE_2016, CITY_SITE_2017, Command, command, stable_uuid
from services.demo.shares import apportion, dice, some_day

RULES = "qd-448-2015"
RULES_FOR_COMMUNES = "tt-44-2014"

FAMILIES = {2016: 8_145, 2017: 8_760}
FAMILIES_ACHIEVED = {2016: 7_503, 2017: 8_511}
COMMUNITIES_ACHIEVED = {2016: 92, 2017: 98}
COMMUNES_RATED_GOOD = {2016: 3, 2017: 4}
SOURCES = {2016: CITY_SITE_2016, 2017: ARTICLE}

CLANS = ("Bế", "Đàm", "Hà", "Hoàng", "Lường", "Lý", "Ma", "Nông", "Triệu", "Vi")
KINDS_OF_UNIT = ("Trường Mầm non", "Trường Tiểu học", "Trạm Y tế")


@dataclass(frozen=True)
class Candidate:
    """Who registers where; `since` is the first year of registration."""

    candidate_id: str
    model: str
    unit_id: str
    since: int
    name: str | None = None


def _household(chapter_id: str, number: int) -> str:
    return stable_uuid(f"household/{chapter_id}/{number}")


def _families(year: int) -> list[Candidate]:
    """Households keep their id over the years; those of an ended chapter register at its heir."""
    before = apportion(FAMILIES[2016], [chapter.weight for chapter in chapters()])
    rise = apportion(FAMILIES[2017] - FAMILIES[2016], [chapter.weight for chapter in living_chapters()])
    new = dict(zip((chapter.unit_id for chapter in living_chapters()), rise, strict=True))
    found: list[Candidate] = []
    for chapter, count in zip(chapters(), before, strict=True):
        at = chapter.unit_id if year == 2016 else chapter.heir_id
        total = count if year == 2016 else count + new.get(chapter.unit_id, 0)
        found += [Candidate(_household(chapter.unit_id, n), "family", at, 2016) for n in range(total)]
    return found


def _clans() -> list[Candidate]:
    homes = dice("clans").sample(living_chapters(), len(CLANS))
    return [
        Candidate(
            candidate_id=f"clan-{slug(clan)}-{home.commune_id}",
            model="clan",
            unit_id=home.unit_id,
            since=2017 if clan == CLANS[-1] else 2016,
            name=f"Dòng họ {clan} {home.place}",
        )
        for clan, home in zip(CLANS, homes, strict=True)
    ]


def _communities() -> list[Candidate]:
    return [
        Candidate(f"community-{group.group_id}", "community", group.chapter_id, 2016, group.place)
        for group in groups()
    ]


def _units() -> list[Candidate]:
    found = [
        Candidate(
            candidate_id=f"unit-{slug(kind)}-{commune.unit_id}",
            model="unit",
            unit_id=commune.unit_id,
            since=2016,
            name=f"{kind} {commune.place}",
        )
        for kind in KINDS_OF_UNIT
        for commune in COMMUNES
    ]
    newest = found[-1]
    return [*found[:-1], Candidate(newest.candidate_id, "unit", newest.unit_id, 2017, newest.name)]


def _registered(candidate: Candidate, year: int, on: date, source: str) -> Command:
    data = {
        "candidate_id": candidate.candidate_id,
        "model": candidate.model,
        "unit_id": candidate.unit_id,
        "year": year,
    }
    if candidate.name is not None:
        data["name"] = candidate.name
    return command("ModelRegistered", on, f"{candidate.candidate_id}/{year}", data, source=source)


def _evaluated(candidate: Candidate, year: int, on: date, achieved: bool, total: int) -> Command:
    data = {
        "candidate_id": candidate.candidate_id,
        "year": year,
        "rule_set": RULES,
        "total": total,
        "achieved": achieved,
    }
    key = f"{candidate.candidate_id}/{year}"
    return command("ModelEvaluated", on, key, data, source=SOURCES[year])


def _points(chance: Random, achieved: bool) -> int:
    # Pass marks differ by province (80, or 70 in the mountains): these are clear of both.
    return chance.randint(80, 98) if achieved else chance.randint(45, 68)


def _year_of(candidates: list[Candidate], year: int, achieved: int, chance: Random) -> Iterator[Command]:
    """A chapter registers all its candidates on one day of spring and evaluates them on one of autumn."""
    failing = set(chance.sample(range(len(candidates)), len(candidates) - achieved))
    springs: dict[str, date] = {}
    autumns: dict[str, date] = {}
    for number, candidate in enumerate(candidates):
        at = candidate.unit_id
        if at not in springs:
            springs[at] = some_day(chance, date(year, 3, 1), date(year, 4, 15))
            autumns[at] = some_day(chance, date(year, 11, 1), date(year, 11, 28))
        passed = number not in failing
        yield _registered(candidate, year, springs[at], SOURCES[year])
        yield _evaluated(candidate, year, autumns[at], passed, _points(chance, passed))


def _communes(year: int, chance: Random) -> Iterator[Command]:
    """Learning communities at commune level are rated good or fair; both count as achieved."""
    source = CITY_SITE_2016 if year == 2016 else CITY_SITE_2017
    good = {commune.unit_id for commune in chance.sample(COMMUNES, COMMUNES_RATED_GOOD[year])}
    for commune in COMMUNES:
        candidate_id = f"commune-community-{commune.unit_id}"
        name = f"Cộng đồng học tập {commune.place}"
        candidate = Candidate(candidate_id, "commune_community", commune.unit_id, 2016, name)
        yield _registered(candidate, year, date(year, 3, 20), source)
        is_good = commune.unit_id in good
        data = {
            "candidate_id": candidate_id,
            "year": year,
            "rule_set": RULES_FOR_COMMUNES,
            "total": chance.randint(88, 96) if is_good else chance.randint(72, 82),
            "achieved": True,
            "rating": "good" if is_good else "fair",
        }
        yield command("ModelEvaluated", date(year, 12, 20), f"{candidate_id}/{year}", data, source=source)


def models(year: int) -> Iterator[Command]:
    """All registrations and evaluations of 2016 or 2017."""
    chance = dice(f"models of {year}")
    for candidates, achieved in (
        (_families(year), FAMILIES_ACHIEVED[year]),
        (_communities(), COMMUNITIES_ACHIEVED[year]),
        (_clans(), None),
        (_units(), None),
    ):
        present = [candidate for candidate in candidates if candidate.since <= year]
        yield from _year_of(present, year, len(present) if achieved is None else achieved, chance)
    yield from _communes(year, chance)
