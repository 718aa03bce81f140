"""What the funds took in: only 2017, since of 2016 nothing was printed (openings paid for its awards).

A name is given for organisations and collectives only, and is plainly an example's.
"""

from collections.abc import Iterator
from datetime import date
from itertools import cycle
from random import Random
from typing import Any

from services.demo.chapters import COMMUNES, Commune, living_chapters
from services.demo.commands import ARTICLE, CITY_SITE_2017, Command, command
from services.demo.funds import CITY, fund_of
from services.demo.persons import GIVERS
from services.demo.shares import apportion_dong, dice, some_day

BICYCLES = 10
BICYCLE = 1_200_000
LATE_DONATION = f"{CITY}-ung-ho-2017-late"
LATE_AMOUNT = 1_350_000

RAISED_BY_CITY = 47_850_000
RAISED_BY_COMMUNES = 107_000_000
RAISED_BY_CHAPTERS = 368_000_000
DONATIONS_TO_CITY = 44
DONATIONS_TO_A_COMMUNE = 8

Donor = dict[str, str]


def _donation(
    unit_id: str, donation_id: str, on: date, amount: int, pocket: str, donor: Donor, **more: Any
) -> Command:
    data = {
        "fund_id": fund_of(unit_id),
        "donation_id": donation_id,
        "amount": amount,
        "pocket": pocket,
        "donor": donor,
        **more,
    }
    source = CITY_SITE_2017 if pocket == "goods" else ARTICLE
    # Nothing printed belongs to 2018: what it shows is wholly invented.
    return command("DonationReceived", on, donation_id, data, source=source if on.year == 2017 else None)


def _organisation(chance: Random) -> Donor:
    return {"kind": "organisation", "name": f"Đơn vị thí dụ số {chance.randint(1, 60):02}"}


def _from_residents(chance: Random, place: str) -> Donor:
    """Chapters and communes live mostly on households; a collective is that of the place itself."""
    kind = chance.choices(
        ("household", "person", "collective", "anonymous", "organisation"), (55, 20, 12, 5, 8)
    )[0]
    if kind == "organisation":
        return _organisation(chance)
    return {"kind": kind, "name": f"Tập thể nhân dân {place}"} if kind == "collective" else {"kind": kind}


def _bicycles() -> Command:
    donor = {"kind": "organisation", "name": "Ủy ban MTTQ Việt Nam thành phố Bắc Kạn"}
    return _donation(
        CITY,
        f"{CITY}-ung-ho-2017-bicycles",
        date(2017, 8, 25),
        BICYCLES * BICYCLE,
        "goods",
        donor,
        purpose="scholarship",
        items=[{"what": "bicycle", "quantity": BICYCLES, "unit": "piece"}],
    )


def donations_to_city() -> Iterator[Command]:
    """Organisations pay into the bank, the others in cash; some cash is meant for university entrants.
    Persons are known to the city, though not all want to be named."""
    chance = dice("donations to the city")
    yield _bicycles()
    yield _donation(
        CITY,
        LATE_DONATION,
        date(2017, 12, 27),
        LATE_AMOUNT,
        "bank",
        {"kind": "organisation", "name": "Đơn vị thí dụ số 61"},
    )
    givers = cycle(GIVERS)
    rest = RAISED_BY_CITY - BICYCLES * BICYCLE - LATE_AMOUNT
    weights = [chance.randint(1, 12) for _ in range(DONATIONS_TO_CITY)]
    for n, amount in enumerate(apportion_dong(rest, weights, step=50_000, least=4), start=1):
        on = some_day(chance, date(2017, 2, 6), date(2017, 11, 30))
        donation_id = f"{CITY}-ung-ho-2017-{n:02}"
        if chance.random() < 0.7:
            yield _donation(CITY, donation_id, on, amount, "bank", _organisation(chance))
            continue
        donor = {"kind": chance.choice(("person", "person", "anonymous"))}
        if donor["kind"] == "person":
            donor["person_id"] = next(givers)
        bound = {"purpose": "university_entrant_award"} if chance.random() < 0.4 else {}
        yield _donation(CITY, donation_id, on, amount, "cash", donor, **bound)


def donations_to_communes() -> Iterator[Command]:
    """Eight to each commune."""
    chance = dice("donations to communes")
    receiving = [commune for commune in COMMUNES for _ in range(DONATIONS_TO_A_COMMUNE)]
    weights = [chance.randint(5, 30) for _ in receiving]
    amounts = apportion_dong(RAISED_BY_COMMUNES, weights, step=100_000, least=2)
    for n, (commune, amount) in enumerate(zip(receiving, amounts, strict=True)):
        on = some_day(chance, date(2017, 1, 10), date(2017, 12, 10))
        donation_id = f"{commune.unit_id}-ung-ho-2017-{n % DONATIONS_TO_A_COMMUNE + 1}"
        yield _to_commune(commune, donation_id, on, amount, chance)


def _to_commune(commune: Commune, donation_id: str, on: date, amount: int, chance: Random) -> Command:
    donor = _from_residents(chance, commune.place)
    if donor["kind"] == "organisation":
        return _donation(commune.unit_id, donation_id, on, amount, "bank", donor)
    bound = {"purpose": "study_promotion"} if chance.random() < 0.15 else {}
    return _donation(commune.unit_id, donation_id, on, amount, "cash", donor, **bound)


def donations_to_chapters() -> Iterator[Command]:
    """Two to five to each of the 152 chapters; a few bound to the awards they end in."""
    chance = dice("donations to chapters")
    receiving = [(chapter, n) for chapter in living_chapters() for n in range(1, chance.randint(2, 5) + 1)]
    weights = [chapter.weight * chance.randint(2, 10) for chapter, _ in receiving]
    amounts = apportion_dong(RAISED_BY_CHAPTERS, weights, step=10_000, least=5)
    for (chapter, n), amount in zip(receiving, amounts, strict=True):
        on = some_day(chance, date(2017, 1, 10), date(2017, 12, 10))
        donor = _from_residents(chance, chapter.place)
        bound = {"purpose": "excellence_award"} if chance.random() < 0.1 else {}
        donation_id = f"{chapter.unit_id}-ung-ho-2017-{n}"
        yield _donation(chapter.unit_id, donation_id, on, amount, "cash", donor, **bound)


def donations_of_2018() -> Iterator[Command]:
    """One to each commune before Tết 2018: the next year has begun when the last one is put right."""
    chance = dice("donations of 2018")
    for commune in COMMUNES:
        on = some_day(chance, date(2018, 1, 15), date(2018, 2, 9))
        amount = 100_000 * chance.randint(5, 20)
        yield _to_commune(commune, f"{commune.unit_id}-ung-ho-2018-1", on, amount, chance)
