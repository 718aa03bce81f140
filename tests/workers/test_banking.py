"""What the read model `banking` says of statements, lines and counts."""

from typing import Any

from tests.events.history import History


async def test_a_statement_recorded_anew_is_the_one_that_counts(awkward_books: Any) -> None:
    [row] = await awkward_books.fetch("SELECT * FROM read_banking.statement")
    assert (row["statement_id"], row["closing"], row["file_digest"]) == ("may", 70_000, "a" * 64)


async def test_lines_say_what_settled_them_last(awkward_told: History, awkward_books: Any) -> None:
    rows = await awkward_books.fetch("SELECT * FROM read_banking.line ORDER BY line")
    assert [(r["amount"], r["state"]) for r in rows] == [
        (70_000, "matched"),
        (30_000, "matched"),
        (-30_000, "set_aside"),
    ]
    settling = [f for f in awkward_told.log if f.type in ("BankLineMatched", "BankLineSetAside")]
    first_match, matched, second_match, _, aside = settling
    assert [r["settled_by"] for r in rows] == [f.event_id for f in (matched, second_match, aside)]
    matches = await awkward_books.fetch("SELECT line, matched_by FROM read_banking.match ORDER BY line")
    assert [r["line"] for r in matches] == [1, 1, 2]
    assert first_match.event_id not in {r["matched_by"] for r in matches}


async def test_counts_that_stand(awkward_books: Any) -> None:
    rows = await awkward_books.fetch("SELECT fund_id, pocket, amount FROM read_banking.count")
    assert [tuple(r) for r in rows] == [("ward", "cash", 380_000)]
