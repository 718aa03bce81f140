"""An export holds, unit by unit and year by year, what the yearly table of that unit says by itself."""

import csv
import datetime as dt
import io
from collections import defaultdict
from typing import Any

import pytest

from services.exports import ground
from services.exports.ground import Asked, ground_of
from services.exports.tables import yearly_tables
from services.statistics.yearly import yearly_table
from tests.services.exports.conftest import Office
from workers.reading import snapshot

TREES = ["then", "now", dt.date(2019, 6, 1), dt.date(2021, 3, 1)]


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("back", [0, 1, 1010])
async def test_all_at_once_as_one_by_one(office: Office, tree: Any, back: int) -> None:
    """At positions on both days, on every tree; splits, mergers and population included. Every other one."""
    async with office.reader.acquire() as connection, snapshot(connection, "statistics"):
        head = await connection.fetchval("SELECT position FROM log.head")
        asked = Asked("p", range(2017, 2022), tree=tree, as_known=head - back)
        found = await ground_of(connection, asked)
        tables = [table async for year in yearly_tables(connection, found) for table in year]
        assert len(tables) > 5 * 6
        for table in tables[back % 2 :: 2]:
            on, known = table.tree, table.as_known
            alone = await yearly_table(
                connection, table.unit_id, table.year, as_known=known, tree=on, today=dt.date(2026, 11, 25)
            )
            assert table == alone


async def test_the_story_has_what_could_go_wrong(office: Office) -> None:
    """Otherwise the test above would show little."""
    rows = (await office.export(format="json")).json()["figures"]
    assert {row["estimated"] for row in rows} == {True, False}
    assert {row["measure"] for row in rows} >= {"person", "person_turn", "vnd", "percent", "count"}
    assert {row["level"] for row in rows} >= {None, "district", "commune"}
    assert any(row["flags"] for row in rows)
    assert any(row["value"] is None and row["denominator"] == 0 for row in rows)
    persons = {(r["unit_id"], r["year"]): r["value"] for r in rows if r["indicator"] == "population.persons"}
    assert persons["p", 2018] == 1600
    assert persons["p", 2020] == 2000


async def test_the_csv_says_what_the_service_answers(office: Office) -> None:
    answer = await office.export(format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    of: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(answer.text)):
        of[row["unit_id"], row["year"]].append(row)
    for unit_id, year in (("p", "2018"), ("d", "2021"), ("x", "2021"), ("a1", "2017"), ("c", "2018")):
        table = await office.table(unit_id, int(year))
        known = [
            f for f in table["indicators"] if f["value"] is not None or {"numerator", "denominator"} & set(f)
        ]
        rows = of[unit_id, year]
        assert len(rows) == len(known) > 0
        for row, figure in zip(rows, known, strict=True):
            assert row["tree"] == table["tree"]
            for name in ("indicator", "measure"):
                assert row[name] == figure[name]
            assert row["level"] == (figure["level"] or "")
            assert (float(row["value"]) if row["value"] else None) == figure["value"]
            for name in ("numerator", "denominator", "events"):
                assert row[name] == str(figure.get(name, ""))
            assert (row["estimated"] == "true") == figure["estimated"]
            assert row["flags"].split() == [flag["code"] for flag in figure.get("flags", ())]


async def test_communes_add_up_to_their_district_where_nothing_is_its_own(office: Office) -> None:
    rows = (await office.export("d", format="json", from_year=2017, to_year=2019)).json()["figures"]
    value = {(r["unit_id"], r["year"], r["indicator"], r["level"]): r["value"] for r in rows}
    for year in (2017, 2018):
        communes = sum(value[u, year, "fund.raised", "commune"] for u in "abc")
        assert value["d", year, "fund.raised", "commune"] == communes > 0
    members = [value[u, 2019, "member.total", None] for u in "abc"]
    assert value["d", 2019, "member.total", None] == sum(members)


async def test_which_units(office: Office) -> None:
    async def units(**query: Any) -> set[str]:
        answer = await office.export("d", format="json", from_year=2019, to_year=2019, **query)
        return {row["unit_id"] for row in answer.json()["figures"]}

    chapters = {f"{letter}{n}" for letter in "abc" for n in (1, 2)}
    assert await units(depth="unit") == {"d"}
    assert await units(depth="children") == {"d", "a", "b", "c"}
    assert await units() == {"d", "a", "b", "c"} | chapters
    assert await units(unit_level="chapter") == chapters


async def test_years_without_the_unit_are_left_out(office: Office) -> None:
    found = (await office.export("b", format="json")).json()
    assert [one["year"] for one in found["years"]] == [2017, 2018, 2019, 2020]
    gone = await office.client.get("/v1/units/b/statistics", params={"from_year": 2021})
    assert gone.status_code == 404
    assert gone.json()["successors"] == ["a"]


async def test_what_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(status: int, code: str, **query: Any) -> None:
        answer = await office.client.get("/v1/units/p/statistics", params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    await refused(400, "malformed")
    await refused(400, "malformed", from_year=2019, to_year=2018)
    await refused(400, "malformed", from_year=2019, format="xml")
    await refused(400, "malformed", from_year=2019, tree="2019-02-30")
    await refused(400, "malformed", from_year=2019, level="commune")
    await refused(503, "position-not-reached", from_year=2019, as_known=10**6)
    monkeypatch.setattr(ground, "LIMIT", 5 * 14)
    await refused(400, "export-too-large", from_year=2017, to_year=2022)
    await office.export(from_year=2017, to_year=2020)


async def test_behind_the_wall_it_is_the_same(office: Office) -> None:
    """Whoever may see the district only gets its figures whole, those of what was below it once included."""
    asked = Asked("d", range(2018, 2022), as_known=office.before_late)
    sight = ",".join(["d", *"abcxy", *(f"{letter}{n}" for letter in "abc" for n in (1, 2))])
    found = []
    for role, units in (("khuyenhoc_service", "*"), ("khuyenhoc_reader", sight)):
        async with office.reader.acquire() as connection, snapshot(connection, "statistics"):
            await connection.execute(f"SET LOCAL ROLE {role}")
            await connection.execute("SELECT set_config('khuyenhoc.units', $1, true)", units)
            settled = await ground_of(connection, asked)
            found.append([table async for year in yearly_tables(connection, settled) for table in year])
    assert found[0] == found[1] != []
