"""Units as they stand today, against the tree that the rules themselves use."""

from typing import Any

from events.declare import Fact
from events.tree import Tree
from tests.events.history import TODAY, History
from workers.projections.searching import plain


async def compare(pool: Any, tree: Tree) -> None:
    rows = {r["unit_id"]: r for r in await pool.fetch("SELECT * FROM read_units.unit")}
    assert set(rows) == {u.unit_id for u in tree}
    for unit in tree:
        row = rows[unit.unit_id]
        assert row["name"] == unit.name(), unit
        assert (row["level"], row["established_on"]) == (unit.level, unit.established_on)
        assert (row["ended_on"], row["ending"]) == (unit.ended_on, unit.ending)
        assert row["recorded_under"] == (unit.parents[-1][1] if unit.parents else None)
        assert row["parent_id"] == tree.parent(unit.unit_id, TODAY), unit
    codes = await pool.fetch(
        "SELECT unit_id, scheme, code FROM read_units.unit_code WHERE valid_until IS NULL"
    )
    assert {(r["unit_id"], r["scheme"], r["code"]) for r in codes} == {
        (u.unit_id, scheme, code) for u in tree for scheme, code in u.codes_on(TODAY).items()
    }
    successors = await pool.fetch("SELECT * FROM read_units.successor ORDER BY unit_id, ordinal")
    assert [(r["unit_id"], r["into_unit_id"], r["parts"]) for r in successors] == sorted(
        (u.unit_id, into, parts) for u in tree for into, parts in u.into
    )


async def test_awkward_units_are_as_the_tree_has_them(awkward_told: History, awkward_books: Any) -> None:
    await compare(awkward_books, awkward_told.memory.tree)
    gone = await awkward_books.fetchval("SELECT count(*) FROM read_units.unit WHERE unit_id = 'by-mistake'")
    assert gone == 0


async def test_members_are_the_last_count_and_what_came_and_went_since(
    awkward_told: History, awkward_books: Any
) -> None:
    rows = await awkward_books.fetch("SELECT unit_id, members FROM read_units.unit WHERE members IS NOT NULL")
    assert {r["unit_id"]: r["members"] for r in rows} == {
        "to-1": 45,
        "to-2": 27,
        "to-8": 0,  # withdrawn with its count, and established again
        "to-9": 20,
    }


async def test_a_unit_is_found_by_any_name_it_had_however_it_is_typed(
    awkward_told: History, awkward_books: Any
) -> None:
    for typed in ("Hội duc-xuan", "hoi khuyen hoc phuong duc xuan", "ĐỨC XUÂN MỚI"):
        found = await awkward_books.fetch(
            "SELECT unit_id FROM read_units.unit WHERE search LIKE '%' || $1 || '%'", plain(typed)
        )
        assert [r["unit_id"] for r in found] == ["duc-xuan"], typed


async def test_a_code_ends_with_the_next_one_of_its_scheme(awkward_told: History, awkward_books: Any) -> None:
    rows = await awkward_books.fetch(
        "SELECT code, valid_from::text, valid_until::text FROM read_units.unit_code"
        " WHERE unit_id = 'duc-xuan' ORDER BY ordinal"
    )
    assert [tuple(r) for r in rows] == [
        ("01840", "2004-07-08", "2019-02-01"),
        ("01841", "2019-02-01", "2025-07-01"),
    ]
    assert await awkward_books.fetchval("SELECT unit_id FROM read_units.unit_external_id WHERE id = 'H06.1'")


async def test_the_units_of_bac_kan(bac_kan_books: Any, bac_kan: list[Fact], bac_kan_tree: Tree) -> None:
    await compare(bac_kan_books, bac_kan_tree)


def test_plain_text() -> None:
    assert plain("Đức  Xuân") == "duc xuan"
    assert plain("PHÙNG CHÍ KIÊN") == "phung chi kien"
    assert plain("Nguyễn Thị Minh Khai") == "nguyen thi minh khai"
