"""The fund books: balances, movements, sums by day and links, against the fund's own rules folded naively."""

import datetime as dt
from collections import Counter
from typing import Any

from events.catalogue.fund_state import FundState
from events.declare import Fact
from services.books.known import known_up_to
from services.books.movements import balances
from tests.events.history import TODAY, History


def fund_of(told: History, fund_id: str) -> FundState:
    state = told.memory.state(f"fund-{fund_id}")
    assert isinstance(state, FundState)
    return state


async def test_balances_are_those_of_the_rules_on_every_day(
    awkward_told: History, awkward_books: Any
) -> None:
    for fund_id in ("city", "ward", "twice"):
        state = fund_of(awkward_told, fund_id)
        row = await awkward_books.fetchrow("SELECT * FROM read_funds.fund WHERE fund_id = $1", fund_id)
        for pocket in ("cash", "bank", "goods"):
            assert row[pocket] == state.balance(pocket, TODAY)
            for day in sorted({f.occurred_on for f in awkward_told.log}):
                balance = await awkward_books.fetchval(
                    "SELECT coalesce(sum(amount), 0)::bigint FROM read_funds.fund_day"
                    " WHERE fund_id = $1 AND pocket = $2 AND occurred_on <= $3",
                    fund_id,
                    pocket,
                    day,
                )
                expected = 0 if day < state.opened.occurred_on else state.balance(pocket, day)  # type: ignore[union-attr]
                assert balance == expected, (fund_id, pocket, day)


async def test_sums_by_day_are_sums_of_the_movements(awkward_told: History, awkward_books: Any) -> None:
    differing = await awkward_books.fetch(
        "SELECT fund_id, occurred_on, pocket, (recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,"
        " sum(amount)::bigint, count(*)::integer FROM read_funds.movement GROUP BY 1, 2, 3, 4"
        " EXCEPT SELECT fund_id, occurred_on, pocket, recorded_on, amount, entries FROM read_funds.fund_day"
    )
    assert differing == []
    odd = await awkward_books.fetchval(
        "SELECT count(*) FROM read_funds.fund_day WHERE receipts - payments <> amount"
    )
    assert odd == 0


async def test_owner_restriction_and_closing(awkward_told: History, awkward_books: Any) -> None:
    ward = await awkward_books.fetchrow("SELECT * FROM read_funds.fund WHERE fund_id = 'ward'")
    assert ward["unit_id"] == "to-9"
    assert ward["handed_over_on"] == dt.date(2018, 3, 1)
    assert ward["restricted_to"] == ["scholarship", "hardship_support"]
    city = await awkward_books.fetchrow("SELECT * FROM read_funds.fund WHERE fund_id = 'city'")
    assert city["closed_through"] == dt.date(2017, 6, 30)
    assert city["search"] == "quy city"


async def test_a_late_entry_is_marked(awkward_told: History, awkward_books: Any) -> None:
    rows = await awkward_books.fetch(
        "SELECT occurred_on, late FROM read_funds.movement"
        " WHERE fund_id = 'city' AND type = 'DonationReceived' ORDER BY position LIMIT 3"
    )
    assert [(r["occurred_on"].isoformat(), r["late"]) for r in rows] == [
        ("2017-06-01", False),
        ("2017-03-01", True),
        ("2017-04-01", True),
    ]


async def test_reversals_and_what_they_reverse_name_each_other(
    awkward_told: History, awkward_books: Any
) -> None:
    for fact in (f for f in awkward_told.log if f.type == "EntryReversed"):
        original = await _rows(awkward_books, fact.effect.target)
        reversal = await _rows(awkward_books, fact.event_id)
        assert [r["reversed_by"] for r in original] == [fact.event_id] * len(original)
        assert [r["reversal_of"] for r in reversal] == [fact.effect.target] * len(original)
        assert [r["amount"] for r in reversal] == [-r["amount"] for r in original]
        assert [r["party_name"] for r in reversal] == [r["party_name"] for r in original]
        assert {r["occurred_on"] for r in reversal} == {fact.occurred_on}


async def test_cash_carried_to_the_bank_has_two_rows(awkward_told: History, awkward_books: Any) -> None:
    [moved] = [f for f in awkward_told.log if f.type == "CashMoved"]
    rows = await _rows(awkward_books, moved.event_id)
    assert [(r["line"], r["pocket"], r["amount"]) for r in rows] == [
        (0, "bank", -700_000),
        (1, "cash", 700_000),
    ]


async def test_the_halves_of_a_transfer_name_each_other_while_both_stand(
    awkward_told: History, awkward_books: Any
) -> None:
    sent = [f for f in awkward_told.log if f.type == "TransferSent"]
    received = [f for f in awkward_told.log if f.type == "TransferReceived"]
    arrived, came_back, under_way = [(await _rows(awkward_books, f.event_id))[0] for f in sent]
    first, second = [(await _rows(awkward_books, f.event_id))[0] for f in received]
    assert arrived["other_half"] == second["event_id"]
    assert second["other_half"] == first["other_half"] == arrived["event_id"]
    assert first["reversed_by"] is not None
    assert (came_back["other_half"], under_way["other_half"]) == (None, None)
    assert (arrived["other_fund"], second["other_fund"]) == ("ward", "city")
    assert second["purpose"] == "scholarship"


async def test_every_cash_or_bank_receipt_and_payment_has_its_voucher(
    awkward_told: History, awkward_books: Any
) -> None:
    issued = {f.effect.target: f for f in awkward_told.log if f.type == "VoucherIssued"}
    assert issued
    for entry, voucher in issued.items():
        for row in await _rows(awkward_books, entry):
            data: Any = voucher.data
            assert (row["voucher_unit"], row["voucher_series"]) == (data.unit_id, data.series)
            assert (row["voucher_year"], row["voucher_number"]) == (data.year, voucher.version)
    without = await awkward_books.fetch(
        "SELECT event_id FROM read_funds.movement WHERE voucher_number IS NULL"
    )
    assert not {r["event_id"] for r in without} & set(issued)


async def test_payments_wait_are_approved_rejected_or_gone(awkward_told: History, awkward_books: Any) -> None:
    rows = await awkward_books.fetch("SELECT * FROM read_funds.payment ORDER BY payment_id")
    assert [(r["payment_id"], r["state"], r["amount"]) for r in rows] == [
        ("changed", "rejected", 120_000),
        ("paid", "approved", 300_000),
        ("waiting", "proposed", 80_000),
    ]
    [award] = await awkward_books.fetch(
        "SELECT * FROM read_funds.movement WHERE payment_id = 'paid' AND type = 'AwardGranted'"
    )
    assert award["approval"] == rows[1]["decision"]


async def test_the_books_of_bac_kan(bac_kan_books: Any, bac_kan: list[Fact]) -> None:
    """Every fund's balances and numbers of entries, from thirty-eight thousand events."""
    balances: Counter[tuple[str, str]] = Counter()
    entries: Counter[str] = Counter()
    facts = {f.event_id: f for f in bac_kan}
    for fact in bac_kan:
        moving = facts[fact.effect.target] if fact.type == "EntryReversed" and fact.effect.target else fact
        sign = 1 if moving is fact else -1
        for movement in getattr(moving.data, "movements", lambda effect: ())(moving.effect):
            fund_id = fact.stream.removeprefix("fund-")
            balances[fund_id, movement.pocket] += sign * movement.amount
            entries[fund_id] += 1
    rows = await bac_kan_books.fetch("SELECT fund_id, cash, bank, goods FROM read_funds.fund")
    assert {(r["fund_id"], p): r[p] for r in rows for p in ("cash", "bank", "goods") if r[p]} == {
        key: balance for key, balance in balances.items() if balance
    }
    counted = await bac_kan_books.fetch("SELECT fund_id, count(*) FROM read_funds.movement GROUP BY 1")
    assert {r["fund_id"]: r["count"] for r in counted} == entries


async def _rows(pool: Any, event_id: Any) -> list[Any]:
    rows: list[Any] = await pool.fetch(
        "SELECT * FROM read_funds.movement WHERE event_id = $1 ORDER BY line", event_id
    )
    return rows


async def test_every_entry_is_balanced_and_the_journal_has_every_movement(awkward_books: Any) -> None:
    unbalanced = await awkward_books.fetch(
        "SELECT fund_id, position FROM read_funds.posting GROUP BY 1, 2 HAVING sum(amount) <> 0"
    )
    assert unbalanced == []
    differing = await awkward_books.fetch(
        "SELECT fund_id, occurred_on, position, 'assets:' || pocket, amount FROM read_funds.movement"
        " EXCEPT ALL SELECT fund_id, occurred_on, position, account, amount FROM read_funds.posting"
    )
    assert differing == []
    mixed = await awkward_books.fetch(
        "SELECT position FROM read_funds.posting WHERE account LIKE '%:money%' OR account LIKE 'assets:%'"
        " AND account <> 'assets:goods' GROUP BY 1 HAVING sum(amount) <> 0"
    )
    assert mixed == []  # money sums to nothing without goods


async def test_balances_as_known_at_any_position_are_plain_sums(
    awkward_told: History, awkward_books: Any
) -> None:
    head, days = len(awkward_told.log), sorted({f.occurred_on for f in awkward_told.log})
    for position in range(0, head + 1, 3):
        known = await known_up_to(awkward_books, position, head)
        for day in days[::4]:
            told = await balances(awkward_books, ["city", "ward"], day, known)
            rows = await awkward_books.fetch(
                "SELECT fund_id, pocket, sum(amount)::bigint FROM read_funds.movement"
                " WHERE fund_id IN ('city', 'ward') AND position <= $1 AND occurred_on <= $2 GROUP BY 1, 2",
                position,
                day,
            )
            plain: dict[str, dict[str, int]] = {"city": {}, "ward": {}}
            for fund_id, pocket, amount in rows:
                plain[fund_id][pocket] = amount
            assert told == plain, (position, day)


async def test_the_books_of_2017_by_level(bac_kan_books: Any) -> None:
    rows = await bac_kan_books.fetch(
        "SELECT m.level, -sum(p.amount) FILTER (WHERE account LIKE 'income:%')::bigint AS raised,"
        " sum(p.amount) FILTER (WHERE account LIKE 'expenses:award:%')::bigint AS awarded"
        " FROM read_funds.posting p"
        " JOIN (SELECT DISTINCT position, level FROM read_funds.movement) m USING (position)"
        " WHERE occurred_on BETWEEN '2017-01-01' AND '2017-12-31' GROUP BY 1"
    )
    assert {level: (raised, awarded) for level, raised, awarded in rows} == {
        "district": (47_850_000, 42_000_000),
        "commune": (107_000_000, 54_000_000),
        "chapter": (368_000_000, 274_000_000),
    }
