"""What the funds gave: the city and the communes in both years, the chapters in 2017 (2016 was not printed).

Persons, turns and awards are different measures and never added up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.demo.chapters import COMMUNES, living_chapters
from services.demo.commands import ARTICLE, CITY_SITE_2016, Command, command
from services.demo.donations import BICYCLE, BICYCLES
from services.demo.funds import CITY, fund_of
from services.demo.shares import apportion, apportion_dong, dice, some_day

COMMUNES_GAVE = {2016: 196_500_000, 2017: 54_000_000}
RECIPIENTS_OF_COMMUNES = {2016: 3_612, 2017: 672}
CHAPTERS_GAVE = 274_000_000
RECIPIENTS_OF_CHAPTERS = 4_583
SOURCES = {2016: CITY_SITE_2016, 2017: ARTICLE}

PURPOSES = {
    "excellent_student": "excellence_award",
    "scholarship": "scholarship",
    "university_entrant": "university_entrant_award",
    "mixed": "study_promotion",
}


@dataclass(frozen=True)
class Occasion:
    """When awards are given: between two days (month, day), for the school year ended or begun."""

    term: str
    first: tuple[int, int]
    last: tuple[int, int]
    ended: bool = True

    def school_year(self, year: int) -> str:
        return f"{year - 1}-{year}" if self.ended else f"{year}-{year + 1}"


YEAR_END = Occasion("school_year_end", (5, 25), (6, 20))
MID_AUTUMN = Occasion("mid_autumn", (10, 1), (10, 4))  # the festival was on 4 October in 2017
YEAR_START = Occasion("school_year_start", (9, 1), (9, 8), ended=False)
TEACHERS_DAY = Occasion("teachers_day", (11, 16), (11, 20), ended=False)
ADMISSION = Occasion("university_admission", (8, 20), (8, 31))


@dataclass(frozen=True)
class Grant:
    """One award: so many recipients of a category, so many đồng in all."""

    category: str
    recipients: int
    measure: str
    amount: int
    occasion: Occasion
    pocket: str = "cash"


GRANTS_OF_CITY: tuple[tuple[date, Grant], ...] = (
    (date(2016, 5, 27), Grant("excellent_student", 90, "person", 90 * 200_000, YEAR_END)),
    (date(2016, 6, 1), Grant("excellent_student", 63, "person", 63 * 200_000, YEAR_END)),
    (date(2016, 8, 29), Grant("university_entrant", 28, "person", 28 * 350_000, ADMISSION)),
    (date(2016, 9, 5), Grant("scholarship", 13, "award", 13 * 1_000_000, YEAR_START)),
    (date(2017, 5, 26), Grant("excellent_student", 62, "person", 62 * 100_000, YEAR_END)),
    (date(2017, 5, 29), Grant("excellent_student", 38, "person", 38 * 100_000, YEAR_END)),
    (date(2017, 6, 1), Grant("excellent_student", 75, "person", 75 * 100_000, YEAR_END)),
    (date(2017, 8, 28), Grant("university_entrant", 66, "person", 66 * 150_000, ADMISSION)),
    (date(2017, 8, 29), Grant("university_entrant", 13, "person", 13 * 200_000, ADMISSION)),
    (date(2017, 9, 5), Grant("scholarship", BICYCLES, "award", BICYCLES * BICYCLE, YEAR_START, "goods")),
)


def _granted(unit_id: str, award_id: str, on: date, grant: Grant) -> Command:
    data = {
        "fund_id": fund_of(unit_id),
        "award_id": award_id,
        "category": grant.category,
        "recipients": grant.recipients,
        "measure": grant.measure,
        "amount": grant.amount,
        "pocket": grant.pocket,
        "purpose": PURPOSES[grant.category],
        "occasion": grant.occasion.term,
        "school_year": grant.occasion.school_year(on.year),
    }
    return command("AwardGranted", on, award_id, data, source=SOURCES[on.year])


def _draw_cash(unit_id: str, award_id: str, on: date, amount: int) -> Command:
    """City and communes keep their money in the bank and draw what they are about to give."""
    data = {"fund_id": fund_of(unit_id), "from_pocket": "bank", "to_pocket": "cash", "amount": amount}
    return command("CashMoved", on - timedelta(days=3), award_id, data)


def _drawn_and_granted(unit_id: str, award_id: str, on: date, grant: Grant) -> Iterator[Command]:
    if grant.pocket == "cash":
        yield _draw_cash(unit_id, award_id, on, grant.amount)
    yield _granted(unit_id, award_id, on, grant)


def awards_of_city(year: int) -> Iterator[Command]:
    """53.400.000 đồng in 2016, 42.000.000 in 2017, the ten bicycles among them."""
    for on, grant in GRANTS_OF_CITY:
        if on.year == year:
            award_id = f"{CITY}-{PURPOSES[grant.category].replace('_', '-')}-{on}"
            yield from _drawn_and_granted(CITY, award_id, on, grant)


def awards_of_communes(year: int) -> Iterator[Command]:
    """Three occasions in each commune; 2016 counted pupils' turns, 2017 persons of every kind."""
    chance = dice(f"awards of communes {year}")
    given = [(commune, occasion) for commune in COMMUNES for occasion in (YEAR_END, YEAR_START, TEACHERS_DAY)]
    weights = [chance.randint(10, 30) for _ in given]
    recipients = apportion(RECIPIENTS_OF_COMMUNES[year], weights, least=5)
    amounts = apportion_dong(COMMUNES_GAVE[year], recipients, step=10_000)
    category, measure = ("excellent_student", "person_turn") if year == 2016 else ("mixed", "person")
    for (commune, occasion), count, amount in zip(given, recipients, amounts, strict=True):
        on = some_day(chance, date(year, *occasion.first), date(year, *occasion.last))
        award_id = f"{commune.unit_id}-khen-thuong-{on}"
        grant = Grant(category, count, measure, amount, occasion)
        yield from _drawn_and_granted(commune.unit_id, award_id, on, grant)


def awards_of_chapters() -> Iterator[Command]:
    """At the end of the school year and at mid-autumn everywhere, at its start in every other chapter."""
    chance = dice("awards of chapters")
    given = [
        (chapter, occasion)
        for chapter in living_chapters()
        for occasion in (YEAR_END, MID_AUTUMN, *((YEAR_START,) if chance.random() < 0.5 else ()))
    ]
    weights = [chapter.weight * chance.randint(5, 15) for chapter, _ in given]
    recipients = apportion(RECIPIENTS_OF_CHAPTERS, weights, least=3)
    amounts = apportion_dong(CHAPTERS_GAVE, recipients, step=10_000)
    for (chapter, occasion), count, amount in zip(given, recipients, amounts, strict=True):
        on = some_day(chance, date(2017, *occasion.first), date(2017, *occasion.last))
        award_id = f"{chapter.unit_id}-khen-thuong-{on}"
        grant = Grant("excellent_student", count, "person_turn", amount, occasion)
        yield _granted(chapter.unit_id, award_id, on, grant)
