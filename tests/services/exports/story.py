"""Five years of a district: a late gift, a transfer, a renaming, a split, a merger, moves; population stated
at two levels; models with nobody registered; a programme ended late."""

from pathlib import Path

from tests.events.funds import give, open_fund, pay, receive, send
from tests.events.history import History
from tests.events.units import establish
from tests.workers.sealing import beginning, secrets_in
from workers.sealing.sealer import Secrets

FORMULA = '=SUM(A1:A9)+"Hội", phường'
"""What somebody might call a unit."""
YEARS = range(2017, 2022)
COMMUNES = ("a", "b", "c")


def story(folder: Path) -> tuple[Secrets, History]:
    """What seals it, and its events; the units' ids are single letters below `d`."""
    secrets = secrets_in(folder)
    told = beginning(secrets)
    establish(told, "p", "province", code="06")
    establish(told, "d", "district", "p", code="058")
    establish(told, "e", "district", "p")
    for letter in COMMUNES:
        establish(told, letter, "commune", "d", code=f"0184{ord(letter) - ord('a')}")
        for number in (1, 2):
            establish(told, f"{letter}{number}", "chapter", letter)
    told.record("UnitRenamed", "2018-07-01", unit_id="c", name=FORMULA)
    _population(told)
    _members_and_models(told)
    _programme(told)
    _money(told)
    _boundaries(told)
    return secrets, told


def _population(told: History) -> None:
    for unit_id, on, persons in (
        ("a", "2018-01-01", 900),
        ("b", "2018-01-01", 700),
        ("d", "2020-01-01", 2000),
    ):
        told.record("PopulationStated", on, unit_id=unit_id, persons=persons, households=persons // 4)


def _members_and_models(told: History) -> None:
    for n, letter in enumerate(COMMUNES):
        for number in (1, 2):
            told.record("MembersCounted", "2017-06-01", unit_id=f"{letter}{number}", members=31 + 10 * n)
        told.record("MembersJoined", "2019-06-01", unit_id=f"{letter}1", members=5)
        for year in (2018, 2019):
            counts = {"registered": 123 + n + year, "achieved": 98 + n}
            told.record("ModelsCounted", f"{year}-12-01", unit_id=letter, model="family", year=year, **counts)
    nobody = {"model": "community", "year": 2018, "registered": 0, "achieved": 0}
    told.record("ModelsCounted", "2018-12-01", unit_id="b", **nobody)


def _programme(told: History) -> None:
    """Ended for form's sake, years after its last one."""
    agreed = {"title": "Phối hợp khuyến học", "partners": ["Ủy ban MTTQ"], "from_year": 2017, "to_year": 2018}
    told.record("ProgrammeSigned", "2017-02-01", programme_id="mttq", unit_id="d", **agreed)
    told.record("ProgrammeEnded", "2021-02-01", programme_id="mttq", reason="Đã hết thời hạn")


def _money(told: History) -> None:
    for fund in ("d", *COMMUNES):
        open_fund(told, fund, fund)
    for n, fund in enumerate(("d", *COMMUNES), 1):
        for year in (2017, 2018, 2020):
            give(told, 1_000_001 * n, f"{year}-05-01", fund_id=fund)
        pay(told, 300_000, "2018-09-05", fund_id=fund, recipients=3, measure="person_turn")
        pay(told, 100_000, "2018-09-06", fund_id=fund, recipients=2, measure="person")
    receive(told, send(told, 50_000, "d", "2018-10-01", fund_id="a"), "2018-10-02")


def _boundaries(told: History) -> None:
    for letter in "xy":
        establish(told, letter, "commune", "d", on="2020-01-01")
    into = [{"unit_id": "x", "parts": 1}, {"unit_id": "y", "parts": 2}]
    for child in ("c1", "c2"):
        told.record("UnitMoved", "2020-01-01", unit_id=child, parent_id="x")
    told.record("FundHandedOver", "2020-12-31", fund_id="c", to_unit_id="d")
    told.record("UnitSplit", "2021-01-01", unit_id="c", into=into)
    told.record("FundHandedOver", "2020-12-31", fund_id="b", to_unit_id="a")
    told.record("UnitMerged", "2021-01-01", unit_id="b", into_unit_id="a")
    told.record("UnitMoved", "2021-06-01", unit_id="y", parent_id="e")


def late(told: History) -> None:
    """What comes to light years afterwards."""
    give(told, 7_000_000, "2017-11-20", fund_id="a")
    told.record("MembersCounted", "2018-06-01", unit_id="b1", members=77)
