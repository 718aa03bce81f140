"""The main job on the real case: the table of 2017 rebuilt from events and held against what was printed."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.cli.demo import record_history
from services.cli.ledger import Ledger, RefusedError

CITY, PROVINCE, TODAY = "bac-kan-city", "bac-kan-province", "thai-nguyen-province"
Row = dict[str, str]


def _expected() -> list[Row]:
    with (Path(__file__).parent / "expected-2017.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


EXPECTED = _expected()
FIGURES = [r for r in EXPECTED if not r["indicator"].endswith(".change")]


def _name(row: Row) -> str:
    return row["indicator"] + (f"@{row['level']}" if row["level"] else "")


def _table(
    ledger: Ledger, unit: str = CITY, year: int = 2017, **query: Any
) -> dict[tuple[str, Any, str], Any]:
    answer = ledger.http.get(f"/v1/units/{unit}/statistics/{year}", params=query)
    assert answer.status_code == 200, answer.text
    table = msgspec.json.decode(answer.content, type=dict[str, Any])
    return {(f["indicator"], f["level"], f["measure"]): f for f in table["indicators"]}


def _assert_row(row: Row, figure: dict[str, Any]) -> None:
    for field in ("value", "previous", "change"):
        if row[field]:
            assert Decimal(str(figure[field])) == Decimal(row[field]), (field, figure)


@pytest.mark.parametrize("row", FIGURES, ids=_name)
@pytest.mark.parametrize(
    ("unit", "tree"), [(CITY, "then"), (PROVINCE, "then"), (TODAY, "now")], ids=["city", "province", "today"]
)
def test_every_figure_of_2017(bac_kan: Ledger, row: Row, unit: str, tree: str) -> None:
    """On the tree of 2017 and, the districts abolished and communes merged, on today's: totals conserved."""
    figure = _table(bac_kan, unit, tree=tree)[row["indicator"], row["level"] or None, row["measure"]]
    _assert_row(row, figure)


def test_givers_are_named_who_agreed_to_it_and_no_others(bac_kan: Ledger) -> None:
    """Of three known givers two agreed, and a household of a ward; the city's successor names them too."""
    for unit in (CITY, TODAY):
        answer = bac_kan.http.get(f"/v1/units/{unit}/persons", params={"purpose": "disclosure"})
        names = sorted(person["name"] for person in answer.json()["persons"])
        assert names == ["Hộ thí dụ số 01", "Người thí dụ số 01", "Người thí dụ số 02"]


def test_rates_carry_both_counts(bac_kan: Ledger) -> None:
    rate = _table(bac_kan)["model.community.rate", None, "percent"]
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (98, 123, 79.67)


@pytest.mark.parametrize("source", ["article-2017", "city-site-2017"])
def test_the_verdict_on_every_printed_figure(bac_kan: Ledger, source: str) -> None:
    column = "verdict_article" if source == "article-2017" else "verdict_city_site"
    wanted = {(r["indicator"], r["level"] or None): r[column] for r in EXPECTED if r[column]}
    compared = bac_kan.get(f"/v1/units/{CITY}/comparison/2017")["figures"]
    got = {(f["indicator"], f["level"]): f["verdict"] for f in compared if f["source"] == source}
    assert got == wanted


def test_the_wrong_percentage_is_named(bac_kan: Ledger) -> None:
    compared = bac_kan.get(f"/v1/units/{CITY}/comparison/2017")["figures"]
    (rate,) = [f for f in compared if f["indicator"] == "model.community.rate"]
    assert (rate["printed"], rate["computed"], rate["verdict"]) == ("76,67%", 79.67, "differs")


def test_2016_agrees_with_its_own_print(bac_kan: Ledger) -> None:
    compared = bac_kan.get(f"/v1/units/{CITY}/comparison/2016")["figures"]
    assert len(compared) == 13
    assert {f["verdict"] for f in compared} <= {"matches", "within"}


@pytest.mark.parametrize("row", FIGURES, ids=_name)
def test_the_events_behind_a_figure_sum_to_it(bac_kan: Ledger, row: Row) -> None:
    query = {"level": row["level"] or None, "measure": row["measure"], "limit": 1000}
    path: str | None = f"/v1/units/{CITY}/statistics/2017/{row['indicator']}/events"
    total: dict[str, int] = {}
    first = True
    while path:
        answer = bac_kan.http.get(path, params={k: v for k, v in query.items() if v} if first else None)
        assert answer.status_code == 200, answer.text
        for event in answer.json()["events"]:
            name = event.get("indicator", row["indicator"])
            total[name] = total.get(name, 0) + event["contribution"]
        path, first = answer.links.get("next", {}).get("url"), False
    if row["measure"] == "percent":
        base = row["indicator"].removesuffix("rate")
        figure = _table(bac_kan)[row["indicator"], None, "percent"]
        assert total == {base + "achieved": figure["numerator"], base + "registered": figure["denominator"]}
    else:
        assert sum(total.values()) == int(row["value"])


def test_as_known_before_the_late_donation(bac_kan: Ledger) -> None:
    """1.350.000 ₫ of 2017 came to the books after the year's report; before it the figure was lower."""
    raised = ("fund.raised", "district", "vnd")
    after = 0
    late = None
    while late is None:
        page = bac_kan.get("/v1/events", after=after, limit=1000)["events"]
        assert page, "no late donation in the log"
        late = next(
            (
                e
                for e in page
                if e["type"] == "DonationReceived"
                and e["metadata"].get("first_recorded_on", "") > "2018"
                and e["occurred_on"] < "2018"
            ),
            None,
        )
        after = page[-1]["position"]
    before = _table(bac_kan, as_known=late["position"] - 1)
    assert before[raised]["value"] == 47_850_000 - 1_350_000
    assert _table(bac_kan, as_known=late["position"])[raised]["value"] == 47_850_000


def test_nothing_was_known_at_the_beginning(bac_kan: Ledger) -> None:
    answer = bac_kan.http.get(f"/v1/units/{CITY}/statistics/2017", params={"as_known": 1})
    assert answer.status_code == 404


def test_a_unit_that_is_gone_names_who_succeeded_it(bac_kan: Ledger) -> None:
    answer = bac_kan.http.get(f"/v1/units/{PROVINCE}/statistics/2017", params={"tree": "now"})
    assert answer.status_code == 404
    assert TODAY in answer.text


def test_recording_it_all_again_records_nothing_twice(bac_kan: Ledger) -> None:
    before = bac_kan.get("/health")["position"]
    record_history(bac_kan)
    assert bac_kan.get("/health")["position"] == before


def test_an_unknown_unit_is_refused_kindly(bac_kan: Ledger) -> None:
    with pytest.raises(RefusedError, match="khong-co"):
        bac_kan.get("/v1/units/khong-co/statistics/2017")
