"""CSV for programs, and on request for Excel."""

import csv
import io
import re

from tests.services.exports.conftest import Office
from tests.services.exports.story import FORMULA

MARK = b"\xef\xbb\xbf"


async def test_names_are_as_they_are_for_programs_and_no_formulas_for_excel(office: Office) -> None:
    plain = (await office.export(format="csv")).content
    marked = (await office.export(format="csv", bom="true")).content
    assert marked.startswith(MARK)
    assert MARK not in plain

    def names(content: bytes) -> set[str]:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return {row["unit_name"] for row in rows if row["unit_id"] == "c"}

    assert names(plain) == {"Hội c", FORMULA}
    assert names(marked) == {"Hội c", "'" + FORMULA}
    cells = [cell for row in csv.reader(io.StringIO(marked.decode("utf-8-sig"), newline="")) for cell in row]
    formulas = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert all(re.fullmatch(r"-\d+(\.\d+)?", cell) for cell in formulas)  # a number below zero stays one


async def test_only_the_mark_and_such_names_differ(office: Office) -> None:
    plain = (await office.export("a", format="csv")).content
    assert (await office.export("a", format="csv", bom="true")).content == MARK + plain
    assert b"\r" not in plain


async def test_accept_chooses_and_format_overrides(office: Office) -> None:
    async def kind(accept: str, **query: str) -> str:
        path, years = "/v1/units/a1/statistics", {"from_year": "2019", "as_known": str(office.head)}
        answer = await office.client.get(path, params=years | query, headers={"Accept": accept})
        assert answer.headers["ledger-position"] == str(office.head)
        assert "accept" in answer.headers["vary"].lower()
        return answer.headers["content-type"].split(";")[0]

    assert await kind("*/*") == "application/json"
    assert await kind("text/csv") == "text/csv"
    assert await kind("application/zip, */*;q=0.1") == "application/zip"
    assert await kind("text/csv;q=0") == "application/json"
    assert await kind("application/json, text/csv;q=0.9") == "application/json"
    assert await kind("text/csv;q=0.2, application/zip;q=inf") == "application/zip"
    assert await kind("text/csv", format="jsonstat") == "application/json"
