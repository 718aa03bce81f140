"""A few persons, all invented and named as examples: givers to the city, pupils of its communes, a household.

Some agree to be named in public and some do not, each in a way of their own.
"""

from collections.abc import Iterator
from datetime import date

from services.demo.chapters import COMMUNES
from services.demo.commands import Command, command, stable_uuid
from services.demo.funds import CITY

REGISTERED = date(2017, 1, 3)

GIVERS = tuple(stable_uuid(f"giver {n}") for n in range(1, 4))
"""Registered at the city before they give."""
GIVERS_NAMED = 2
"""So many of them agree to stand in the yearly list of contributions."""


def persons() -> Iterator[Command]:
    """Registered at the unit that keeps their record, and what they or their representatives agreed to."""
    for n, giver in enumerate(GIVERS, start=1):
        yield _registered(giver, "adult", CITY, {"name": f"Người thí dụ số {n:02}"})
        if n <= GIVERS_NAMED:
            yield _agreed(giver, "disclosure", "self")
    for n, commune in enumerate(COMMUNES, start=1):
        pupil = stable_uuid(f"pupil {n}")
        details = {"name": f"Học sinh thí dụ số {n:02}", "birth_date": f"{2004 + n}-09-05"}
        yield _registered(pupil, "child", commune.unit_id, details)
        yield _agreed(pupil, "publish_award_list", "representative")
        if n % 2:
            yield _agreed(pupil, "publish_award_list", "self")
    household = stable_uuid("household 1")
    yield _registered(household, "household", COMMUNES[0].unit_id, {"name": "Hộ thí dụ số 01"})
    yield _agreed(household, "disclosure", "representative")


def _registered(person_id: str, kind: str, unit_id: str, details: dict[str, str]) -> Command:
    data = {"person_id": person_id, "kind": kind, "unit_id": unit_id, "details": details}
    return command("PersonRegistered", REGISTERED, person_id, data)


def _agreed(person_id: str, purpose: str, given_by: str) -> Command:
    data = {"person_id": person_id, "purpose": purpose, "given_by": given_by}
    return command("ConsentGiven", REGISTERED, f"{person_id}/{purpose}/{given_by}", data)
