"""The demo's history adds up to what was printed: every row of expected-2017.csv, summed here by hand.

The sums below are deliberately naive; they are the second opinion on the ledger's own statistics.
"""

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.scenarios.demo_ledger import in_year, level_of_fund, levels, standing

EXPECTED = Path(__file__).with_name("expected-2017.csv")
CHANGE = ".change"


def rows() -> list[dict[str, str]]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def chapters_at_end_of(year: int) -> int:
    living = {unit for unit, level in levels().items() if level == "chapter"}
    ended = standing("UnitMerged", "UnitDissolved")
    return len(
        living - {entry["data"]["unit_id"] for entry in ended if entry["occurred_on"][:4] <= str(year)}
    )


def members_at_end_of(year: int) -> int:
    """Of each unit, ended ones too: its latest count, and who joined or left on a later day."""
    end = f"{year}-12-31"
    counts: dict[str, tuple[str, int]] = {}
    for entry in standing("MembersCounted"):
        unit, day = entry["data"]["unit_id"], entry["occurred_on"]
        if day <= end and day >= counts.get(unit, ("", 0))[0]:
            counts[unit] = (day, entry["data"]["members"])
    total = sum(members for _, members in counts.values())
    for entry in standing("MembersJoined", "MembersLeft"):
        if counts[entry["data"]["unit_id"]][0] < entry["occurred_on"] <= end:
            total += entry["data"]["members"] * (1 if entry["type"] == "MembersJoined" else -1)
    return total


def models(year: int, model: str, what: str) -> int:
    registered = {
        entry["data"]["candidate_id"]
        for entry in standing("ModelRegistered")
        if entry["data"]["model"] == model and in_year(entry, year)
    }
    if what == "registered":
        return len(registered)
    evaluated = [
        entry["data"]
        for entry in standing("ModelEvaluated")
        if in_year(entry, year) and entry["data"]["candidate_id"] in registered
    ]
    assert {data["candidate_id"] for data in evaluated} == registered, "every candidate is evaluated"
    return sum(data["achieved"] if what == "achieved" else data.get("rating") == what for data in evaluated)


def centres(year: int, what: str) -> int:
    if what in ("good", "fair"):
        rated = [entry for entry in standing("CentreRated") if in_year(entry, year)]
        return sum(entry["data"]["rating"] == what for entry in rated)
    return sum(entry["data"][what] for entry in standing("ClassHeld") if in_year(entry, year))


def trainings(year: int, what: str) -> int:
    return sum(entry["data"][what] for entry in standing("TrainingHeld") if in_year(entry, year))


def programmes(year: int) -> int:
    signed = [entry["data"] for entry in standing("ProgrammeSigned")]
    return sum(data["from_year"] <= year <= data["to_year"] for data in signed)


def funds(year: int, kind: str, level: str) -> int:
    moved = [entry["data"] for entry in standing(kind) if in_year(entry, year)]
    return sum(data["amount"] for data in moved if level_of_fund(data["fund_id"]) == level)


def recipients(year: int, category: str, measure: str, level: str) -> int:
    given = [entry["data"] for entry in standing("AwardGranted") if in_year(entry, year)]
    return sum(
        data["recipients"]
        for data in given
        if (data["category"], data["measure"], level_of_fund(data["fund_id"])) == (category, measure, level)
    )


def figure(year: int, row: dict[str, str]) -> Fraction:
    """The figure of a row, exactly."""
    match row["indicator"].split("."):
        case ["unit", "chapters"]:
            found = chapters_at_end_of(year)
        case ["member", "total"]:
            found = members_at_end_of(year)
        case ["model", model, "rate"]:
            return Fraction(100 * models(year, model, "achieved"), models(year, model, "registered"))
        case ["model", model, what]:
            found = models(year, model, what)
        case ["commune_community", "rated", rating]:
            found = models(year, "commune_community", rating)
        case ["centre", *_, what]:
            found = centres(year, what)
        case ["training", what]:
            found = trainings(year, what)
        case ["programme", "active"]:
            found = programmes(year)
        case ["fund", way]:
            kind = "DonationReceived" if way == "raised" else "AwardGranted"
            found = funds(year, kind, row["level"])
        case ["award", category, "recipients"]:
            found = recipients(year, category, row["measure"], row["level"])
        case _:
            raise AssertionError(f"no sum for {row['indicator']}")
    return Fraction(found)


def shown(value: Fraction) -> Decimal:
    """Two decimals, rounded once."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['indicator']} {row['level']}".strip())
def test_the_history_gives_the_figure(row: dict[str, str]) -> None:
    is_change = row["indicator"].endswith(CHANGE)
    base = {**row, "indicator": row["indicator"].removesuffix(CHANGE)}
    now, before = figure(2017, base), figure(2016, base)
    assert shown(now - before if is_change else now) == Decimal(row["value"])
    if row["previous"]:
        assert shown(before) == Decimal(row["previous"])
    if row["change"]:
        assert shown(now - before) == Decimal(row["change"])


def test_nothing_of_2016_is_made_up_where_print_is_silent() -> None:
    assert not [entry for entry in standing("DonationReceived") if entry["occurred_on"] < "2017"]
    assert funds(2016, "AwardGranted", "chapter") == 0


def test_every_living_chapter_takes_in_and_gives_in_2017() -> None:
    for kind in ("DonationReceived", "AwardGranted"):
        by_fund = Counter(entry["data"]["fund_id"] for entry in standing(kind) if in_year(entry, 2017))
        assert sum(level_of_fund(fund) == "chapter" for fund in by_fund) == 152


def test_every_printed_figure_is_recorded_as_printed() -> None:
    printed = Path(__file__).parents[2] / "services" / "demo" / "published-figures.csv"
    with printed.open(encoding="utf-8", newline="") as file:
        wanted = [
            (r["source"], r["indicator"], r["level"], float(r["value"]), r["printed"])
            for r in csv.DictReader(file)
        ]
    recorded = [
        (d["source_id"], d["indicator"], d.get("level", ""), float(d["value"]), d["printed"])
        for d in (entry["data"] for entry in standing("FigurePublished"))
    ]
    assert recorded == wanted


def test_late_and_wrong_entries_of_2017_are_put_right_in_2018() -> None:
    undone_kinds = Counter(entry["type"] for entry in standing("EntryReversed", "RecordWithdrawn"))
    assert undone_kinds == {"EntryReversed": 1, "RecordWithdrawn": 1}
    kinds = list(standing("ReportSubmitted", "DonationReceived"))
    (late,) = [entry for entry in kinds if "first_recorded_on" in entry["metadata"]]
    last_report = max(n for n, entry in enumerate(kinds) if entry["type"] == "ReportSubmitted")
    assert late["occurred_on"] < "2018" < str(late["metadata"]["first_recorded_on"])
    assert kinds.index(late) > last_report
