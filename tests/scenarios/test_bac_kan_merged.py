"""The merger of 2025 looked at from both sides: districts end, eight units become three, one of which also
takes in a commune from outside; codes live on with other meanings."""

from typing import Any

from services.cli.ledger import Ledger
from services.demo.funds import fund_of

CITY, TODAY = "bac-kan-city", "thai-nguyen-province"
NEW = ("duc-xuan-2025", "bac-kan-2025", "phong-quang-2025")
OLD = ("nguyen-thi-minh-khai", "song-cau", "duc-xuan", "phung-chi-kien", "huyen-tung", "duong-quang",
       "nong-thuong", "xuat-hoa")  # fmt: skip
FLOWS_AND_STOCKS = ("member.total", "unit.chapters", "model.family.registered", "model.clan.achieved")


def table(ledger: Ledger, unit: str, tree: str) -> dict[tuple[str, Any, str], Any]:
    answer = ledger.get(f"/v1/units/{unit}/statistics/2017", tree=tree)
    return {(f["indicator"], f["level"], f["measure"]): f for f in answer["indicators"]}


def values(ledger: Ledger, unit: str, tree: str) -> dict[tuple[str, Any, str], int]:
    found = table(ledger, unit, tree)
    return {key: f["value"] for key, f in found.items() if isinstance(f["value"], int)}


def test_what_the_communes_had_went_whole_to_the_three_new_ones(bac_kan: Ledger) -> None:
    before = [values(bac_kan, unit, "then") for unit in OLD]
    after = [values(bac_kan, unit, "now") for unit in NEW]
    for name in FLOWS_AND_STOCKS:
        key = (name, None, "count")
        was, now = (sum(t.get(key, 0) for t in tables) for tables in (before, after))
        assert was == now > 0, name
    for level in ("commune", "chapter"):
        key = ("fund.raised", level, "vnd")
        was, now = (sum(t.get(key, 0) for t in tables) for tables in (before, after))
        assert was == now > 0, level


def test_the_citys_own_fund_has_no_commune_to_go_to_and_rolls_up_to_the_province(bac_kan: Ledger) -> None:
    own = ("fund.raised", "district", "vnd")
    assert all(own not in values(bac_kan, unit, "now") for unit in NEW)
    assert values(bac_kan, TODAY, "now")[own] == values(bac_kan, CITY, "then")[own] == 47_850_000
    assert bac_kan.get(f"/v1/funds/{fund_of(CITY)}")["unit_id"] == TODAY


def test_a_commune_from_outside_the_city_came_in(bac_kan: Ledger) -> None:
    taken = set(bac_kan.get("/v1/units/phong-quang-2025")["predecessors"])
    assert taken == {"duong-quang", "don-phong"}
    assert bac_kan.http.get("/v1/units/don-phong/statistics/2017", params={"tree": "now"}).status_code == 404


def test_an_old_code_means_another_unit_now(bac_kan: Ledger) -> None:
    """01843 was Phùng Chí Kiên until 30 June 2025, and is the new ward of Bắc Kạn since."""

    def code(unit: str) -> Any:
        (found,) = [c for c in bac_kan.get(f"/v1/units/{unit}")["codes"] if c["code"] == "01843"]
        return found

    assert (code("phung-chi-kien")["valid_from"], code("phung-chi-kien")["valid_until"]) == (
        "2004-07-08",
        "2025-07-01",
    )
    assert (code("bac-kan-2025")["valid_from"], code("bac-kan-2025")["valid_until"]) == ("2025-07-01", None)


def test_asked_on_a_tree_where_it_is_not_a_unit_names_its_successors(bac_kan: Ledger) -> None:
    answer = bac_kan.http.get("/v1/units/song-cau/statistics/2017", params={"tree": "now"})
    assert answer.status_code == 404
    assert answer.json()["successors"] == ["bac-kan-2025"]
    answer = bac_kan.http.get(f"/v1/units/{CITY}/statistics/2017", params={"tree": "now"})
    assert answer.json()["successors"] == [TODAY]
