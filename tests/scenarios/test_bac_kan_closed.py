"""The real case closed: the year is published, held against the log, and told apart from what came later."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import publishing
from services.cli.ledger import Ledger, RefusedError
from services.cli.main import app
from services.cli.tables import compared
from services.statistics.comparison import Comparison

CITY = "bac-kan-city"
YEAR = 2017


@pytest.fixture(scope="module")
def published(bac_kan: Ledger) -> Any:
    """The year as it was closed: recorded as an event, which changes no figure."""
    fixed = publishing.fix(bac_kan, CITY, YEAR, "then")
    publishing.record(bac_kan, fixed)
    (one,) = bac_kan.get(f"/v1/units/{CITY}/statistics/{YEAR}/published")["published"]
    assert {name: one[name] for name in ("position", "tree", "root", "digest")} == {
        name: fixed[name] for name in ("position", "tree", "root", "digest")
    }
    return one


def test_what_was_fixed_holds_digest_and_root(bac_kan: Ledger, published: Any) -> None:
    assert (published["holds"], published["root_holds"]) == (True, True)
    assert published["tree_on"] == "2017-12-31"
    table = bac_kan.get(f"/v1/units/{CITY}/statistics/{YEAR}", as_known=published["position"])
    named = {d["name"] for d in published["definitions"]}
    assert {f["indicator"] for f in table["indicators"]} <= named


def test_nothing_has_changed_since_it_was_closed(bac_kan: Ledger, published: Any) -> None:
    found = bac_kan.get(f"/v1/units/{CITY}/statistics/{YEAR}/changes")
    assert (found["publication"], found["same"], found["figures"]) == (published["event_id"], True, [])


def test_before_the_late_donation_two_figures_were_others(bac_kan: Ledger) -> None:
    """`first_recorded_on` is a claim of the paper; here it is told by position."""
    path = f"/v1/units/{CITY}/statistics/{YEAR}/fund.raised/events"
    behind = bac_kan.get(path, level="district", limit=1000)["events"]
    late = max(e["position"] for e in behind)
    found = bac_kan.get(f"/v1/units/{CITY}/statistics/{YEAR}/changes", position=late - 1)
    raised = next(f for f in found["figures"] if (f["indicator"], f["level"]) == ("fund.raised", "district"))
    assert (raised["published"], raised["now"], raised["difference"]) == (46_500_000, 47_850_000, 1_350_000)
    assert [(e["position"], e["reason"]) for e in raised["events"]] == [(late, "late_entry")]
    assert not any(f["indicator"] == "member.total" for f in found["figures"])


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        ("centre.classes", 136),
        ("centre.participants", 365),
        ("training.classes", 4),
        ("training.participants", 102),
    ],
)
def test_classes_by_topic_sum_to_the_table(bac_kan: Ledger, indicator: str, value: int) -> None:
    found = bac_kan.get(f"/v1/units/{CITY}/statistics/{YEAR}/{indicator}/topics")
    assert found["value"] == value == sum(t["value"] for t in found["topics"])
    assert all(t["topic"] and t["events"] > 0 for t in found["topics"])
    values = [t["value"] for t in found["topics"]]
    assert values == sorted(values, reverse=True)


def test_what_is_not_there_is_a_problem_in_words(bac_kan: Ledger) -> None:
    answer = bac_kan.http.get(f"/v1/units/{CITY}/statistics/{YEAR}/member.total/topics")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-topics")
    assert "centre.classes" in answer.json()["detail"]
    answer = bac_kan.http.get(f"/v1/units/{CITY}/statistics/2016/changes")
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing-published")


def test_sources_stand_side_by_side(bac_kan: Ledger) -> None:
    comparison = bac_kan.get(f"/v1/units/{CITY}/comparison/{YEAR}", Comparison)
    shown = compared(comparison, "Bắc Kạn")
    headings = [str(column.header) for column in shown.columns]
    assert headings == ["Chỉ tiêu", "Cấp", "Tính được", "article-2017", "city-site-2017"]
    cells = [list(column.cells) for column in shown.columns]
    lines = {(label, level): told for label, level, *told in zip(*cells, strict=True)}
    assert len(lines) == shown.row_count < len(comparison.figures)
    computed, article, site = lines["Dòng họ học tập: đạt", ""]
    assert computed == "10"
    assert article == "10 [green]khớp[/]"
    assert site == "08 [bold red]KHÁC[/]"
    assert lines["Tổng số hội viên", ""][2] == "–"  # only one of them printed it


def said(ledger: Ledger, *words: str | int) -> str:
    """What a command prints on standard output."""
    made = CliRunner().invoke(app, [*map(str, words), "--data", str(ledger.data)])
    if made.exception is not None:
        raise made.exception
    return made.stdout


def test_closing_again_with_nothing_new_records_nothing(bac_kan: Ledger, published: Any) -> None:
    before = bac_kan.get("/health")["position"]
    told = said(bac_kan, "publish", CITY, YEAR)
    assert bac_kan.get("/health")["position"] == before
    assert published["digest"] in told
    assert published["root"] in told
    assert told.count("khớp với sổ") == 2
    assert json.loads(said(bac_kan, "publish", CITY, YEAR, "--json"))["event_id"] == published["event_id"]
    assert published["digest"] in said(bac_kan, "published", CITY, YEAR)


def test_what_changed_is_one_command(bac_kan: Ledger, published: Any) -> None:
    assert "Không có gì khác số đã công bố." in said(bac_kan, "changed", CITY, YEAR)
    late = published["position"] - 2_000
    told = said(bac_kan, "changed", CITY, YEAR, "--position", late)
    as_json = json.loads(said(bac_kan, "changed", CITY, YEAR, "--position", late, "--json"))
    assert "46.500.000 ₫" in told
    assert "ghi muộn: 1 (+1.350.000 ₫)" in told
    assert as_json["position"] == late
    with pytest.raises(RefusedError, match="chưa công bố"):
        said(bac_kan, "changed", CITY, 2016)


def test_figures_are_looked_into_from_the_command_line(bac_kan: Ledger) -> None:
    assert "Số hội viên" not in said(bac_kan, "indicators")  # its name is another
    assert "│member.total " in said(bac_kan, "indicators")
    assert len(json.loads(said(bac_kan, "indicators", "--json"))["indicators"]) > 60
    assert "Kỹ thuật trồng rau an toàn" in said(bac_kan, "topics", CITY, YEAR, "centre.classes")
    assert len(json.loads(said(bac_kan, "topics", CITY, YEAR, "--json"))) == 4
    assert "47.850.000 ₫" in said(bac_kan, "events", CITY, YEAR, "fund.raised", "--level", "district")
    behind = json.loads(said(bac_kan, "events", CITY, YEAR, "model.family.rate", "--json"))
    assert len(behind["events"]) > 1_000  # more than a page
    assert sum(e["contribution"] for e in behind["events"]) == 8_511 + 8_760
    told = said(bac_kan, "contradictions", CITY)
    assert "tỷ lệ không khớp hai số đếm" in told
    assert "79,67" in told
    told = said(bac_kan, "revisions", CITY, "member.total", "--from", 2016, "--to", 2017)
    assert "9.804" in told
    assert "10.380" in told
    assert json.loads(said(bac_kan, "targets", CITY, YEAR, "--json"))["targets"] == []
