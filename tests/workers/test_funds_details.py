"""What the read model `funds` keeps beside movements: pledges, goods item by item, closings."""

import datetime as dt
from typing import Any

from tests.events.history import History


async def test_a_pledge_made_anew_stands_beside_the_one_withdrawn(
    awkward_told: History, awkward_books: Any
) -> None:
    rows = await awkward_books.fetch("SELECT * FROM read_funds.pledge ORDER BY position")
    assert [(r["pledge_id"], r["amount"], r["withdrawn_at"] is None) for r in rows] == [
        ("p", 5_000_000, False),
        ("p", 500_000, True),
    ]
    withdrawal = awkward_told.log[rows[0]["withdrawn_at"] - 1]
    assert (withdrawal.type, withdrawal.effect.target) == ("RecordWithdrawn", rows[0]["event_id"])
    gifts = await awkward_books.fetch("SELECT position FROM read_funds.on_pledge WHERE pledge_id = 'p'")
    assert len(gifts) == 3
    assert all(gift["position"] > rows[1]["position"] for gift in gifts)


async def test_what_a_reversal_takes_back_is_negative(awkward_books: Any) -> None:
    rows = await awkward_books.fetch(
        "SELECT what, quantity, unit FROM read_funds.item WHERE fund_id = 'twice' ORDER BY position, line"
    )
    assert [tuple(r) for r in rows] == [
        ("rice", 3, "kg"),
        ("pen", 3, "box"),
        ("rice", -3, "kg"),
        ("pen", -3, "box"),
        ("rice", 3, "kg"),
        ("rice", 3, "kg"),
    ]


async def test_a_closing_is_kept_with_who_recorded_it(awkward_told: History, awkward_books: Any) -> None:
    [row] = await awkward_books.fetch("SELECT * FROM read_funds.closing")
    fact = awkward_told.log[row["position"] - 1]
    assert (row["fund_id"], row["through"], row["event_id"]) == ("city", dt.date(2017, 6, 30), fact.event_id)
    assert row["actor"] == fact.actor
