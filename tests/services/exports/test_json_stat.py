"""JSON-stat: a foreign reader accepts it, and each value is at the place of its unit, year and cell."""

from itertools import product
from typing import Any

from jsonstat_validator import validate_jsonstat

from tests.services.exports.conftest import Office


def places(dataset: Any) -> dict[tuple[str, ...], str]:
    """Row-major, as json-stat.org/full describes `value`."""
    ids = [dataset["dimension"][name]["category"]["index"] for name in dataset["id"]]
    return {key: str(n) for n, key in enumerate(product(*ids))}


async def test_a_foreign_reader_accepts_it_and_refuses_a_broken_one(office: Office) -> None:
    dataset = (await office.export(format="jsonstat")).json()
    assert validate_jsonstat(dataset)
    dataset["size"][0] += 1
    try:
        accepted = validate_jsonstat(dataset)
    except Exception:
        accepted = False
    assert not accepted


async def test_every_value_is_the_row_of_that_unit_year_and_cell(office: Office) -> None:
    dataset = (await office.export(format="jsonstat")).json()
    rows = (await office.export(format="json")).json()["figures"]
    at = places(dataset)
    expected, estimated = {}, {}
    for row in rows:
        cell = f"{row['indicator']}:{row['level'] or ''}:{row['measure']}"
        if row["value"] is not None:
            place = at[row["unit_id"], str(row["year"]), cell]
            expected[place] = row["value"]
            if row["estimated"]:
                estimated[place] = "E"
    assert dataset["value"] == expected
    assert dataset["status"] == estimated != {}
    assert len(at) > len(expected) > 400


async def test_units_and_measures_are_told(office: Office) -> None:
    dataset = (await office.export("d", format="jsonstat", depth="children")).json()
    assert dataset["role"] == {"time": ["year"], "geo": ["unit"], "metric": ["cell"]}
    units = dataset["dimension"]["unit"]["category"]
    assert units["child"]["d"] == [u for u in units["index"] if u != "d"]
    cells = dataset["dimension"]["cell"]["category"]
    assert cells["unit"]["fund.raised:commune:vnd"]["symbol"] == "₫"
    assert {cells["unit"][c]["decimals"] for c in cells["index"] if c.endswith(":percent")} == {2}
    assert set(cells["label"]) == set(cells["unit"]) == set(cells["index"])
