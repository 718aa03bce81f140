"""Statements, lines and counts out of the read models, beside the entries of the book at the bank."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from events.log.read import COLUMNS, stored
from services.banking.matching import Entry

MODELS = ("banking", "funds")
ID_FIELDS = ("donation_id", "award_id", "expense_id", "transfer_id", "payment_id")

_STATEMENTS = """
    SELECT s.statement_id, s.from_date, s.to_date, s.opening, s.closing, s.recorded_at, s.position,
        count(l.line) AS lines, count(*) FILTER (WHERE l.state = 'matched') AS matched,
        count(*) FILTER (WHERE l.state = 'set_aside') AS set_aside,
        count(*) FILTER (WHERE l.state = 'open') AS open
    FROM read_banking.statement s LEFT JOIN read_banking.line l USING (fund_id, statement_id)
    WHERE s.fund_id = $1 AND ($2::text IS NULL OR s.statement_id = $2)
        AND (s.from_date, s.statement_id) > ($3, $4)
    GROUP BY s.fund_id, s.statement_id ORDER BY s.from_date, s.statement_id LIMIT $5
"""
_LINES = """
    SELECT line, event_id, day, amount, state, settled_by,
        ARRAY(SELECT entry FROM read_banking.match m WHERE (m.fund_id, m.statement_id, m.line)
            = (l.fund_id, l.statement_id, l.line) ORDER BY entry) AS entries
    FROM read_banking.line l WHERE fund_id = $1 AND statement_id = $2 ORDER BY line
"""
# An opening balance is no line of any statement. The other one: an entry's reversal, a reversal's entry.
_ENTRIES = """
    SELECT m.event_id, min(m.occurred_on) AS occurred_on, min(m.type) AS type,
        sum(m.amount)::bigint AS amount, min(m.position) AS position,
        min(m.party_name) AS party_name, min(m.other_fund) AS other_fund,
        min(m.purpose) AS purpose, min(m.voucher_series) AS voucher_series,
        min(m.voucher_number) AS voucher_number, (array_agg(m.reversed_by))[1] AS reversed_by,
        (array_agg(m.reversal_of))[1] AS reversal_of, bool_or(found.entry IS NOT NULL) AS matched,
        min(other.occurred_on) AS other_on, bool_or(other_found.entry IS NOT NULL) AS other_matched
    FROM read_funds.movement m
        LEFT JOIN read_banking.match found ON (found.fund_id, found.entry) = (m.fund_id, m.event_id)
        LEFT JOIN read_funds.movement other
            ON (other.event_id, other.line) = (coalesce(m.reversed_by, m.reversal_of), m.line)
        LEFT JOIN read_banking.match other_found
            ON (other_found.fund_id, other_found.entry) = (other.fund_id, other.event_id)
    WHERE m.fund_id = $1 AND m.pocket = 'bank' AND m.kind <> 'FundOpened' AND m.occurred_on BETWEEN $2 AND $3
    GROUP BY m.event_id ORDER BY min(m.occurred_on), min(m.position)
"""
_EVENTS = f"SELECT {COLUMNS} FROM log.events WHERE event_id = ANY($1)"

# Before what was booked on its account: the balance of that day less the differences booked after the count.
_COUNTS = """
    SELECT c.event_id, c.position, c.counted_on, c.recorded_at, c.pocket, c.amount AS counted,
        coalesce((SELECT sum(d.amount) FROM read_funds.fund_day d WHERE d.fund_id = c.fund_id
            AND d.occurred_on <= c.counted_on AND d.pocket = c.pocket), 0)::bigint AS balance,
        (SELECT min(n.position) FROM read_banking.count n
            WHERE (n.fund_id, n.counted_on, n.pocket) = (c.fund_id, c.counted_on, c.pocket)
            AND n.position > c.position) AS next_at
    FROM read_banking.count c WHERE c.fund_id = $1 AND (c.counted_on, c.position) > ($2, $3)
    ORDER BY c.counted_on, c.position LIMIT $4
"""
_DIFFERENCES = """
    SELECT event_id, position, occurred_on, pocket, amount, type, reversed_by FROM read_funds.movement
    WHERE fund_id = $1 AND kind = 'DifferenceBooked' AND occurred_on BETWEEN $2 AND $3 ORDER BY position
"""
_LAST = """
    SELECT event_id FROM read_banking.statement WHERE fund_id = $1
    ORDER BY to_date DESC, position DESC LIMIT 1
"""
_BALANCE = """
    SELECT coalesce(sum(amount), 0)::bigint FROM read_funds.fund_day
    WHERE fund_id = $1 AND occurred_on <= $2 AND pocket = 'bank'
"""


class BookEntry(msgspec.Struct, frozen=True):
    """An entry of the book at the bank, in đồng: what came in is positive."""

    event_id: UUID
    type: str
    occurred_on: dt.date
    amount: int
    position: int
    counterparty: str | None
    """An organisation's, a collective's or the other fund's name; persons are not named here."""
    purpose: str | None
    voucher: str | None
    """Series and number."""
    reversed_by: UUID | None


async def statements(
    connection: Any, fund_id: str, after: tuple[dt.date, str], limit: int, only: str | None = None
) -> list[Any]:
    """By first day, with how many of their lines are in which state."""
    return list(await connection.fetch(_STATEMENTS, fund_id, only, *after, limit))


async def lines_of(connection: Any, fund_id: str, statement_id: str) -> list[Any]:
    return list(await connection.fetch(_LINES, fund_id, statement_id))


async def last_statement(connection: Any, fund_id: str) -> UUID | None:
    """The event of the latest statement of the fund."""
    found: UUID | None = await connection.fetchval(_LAST, fund_id)
    return found


async def balance_at(connection: Any, fund_id: str, day: dt.date) -> int:
    """Đồng that the book says lay at the bank at that day's end."""
    found: int = await connection.fetchval(_BALANCE, fund_id, day)
    return found


async def entries_between(connection: Any, fund_id: str, since: dt.date, until: dt.date) -> list[Any]:
    """What moved the bank pocket in those days."""
    return list(await connection.fetch(_ENTRIES, fund_id, since, until))


async def matchable(connection: Any, rows: Sequence[Any]) -> list[Entry]:
    """Those of the entries that no line has, with the words by which a text would tell them."""
    free = [row for row in rows if not row["matched"]]
    ids = await _ids(connection, [row["event_id"] for row in free])
    return [
        Entry(
            event_id=row["event_id"],
            occurred_on=row["occurred_on"],
            amount=row["amount"],
            names=tuple(name for name in (row["party_name"], row["other_fund"]) if name),
            ids=ids.get(row["event_id"], ()),
            voucher=(row["voucher_series"], row["voucher_number"]) if row["voucher_number"] else None,
            undone=row["reversed_by"] is not None or row["reversal_of"] is not None,
        )
        for row in free
    ]


def without_line(
    rows: Sequence[Any], proposed: Iterable[UUID], since: dt.date, until: dt.date
) -> list[BookEntry]:
    """Entries of those days that the bank does not show. One and its reversal, both of those days, cancel
    out, unless the bank shows one of the two."""
    spoken_for = {row["event_id"] for row in rows if row["matched"]} | set(proposed)
    return [
        book_entry(row)
        for row in rows
        if row["event_id"] not in spoken_for
        and since <= row["occurred_on"] <= until
        and not (
            row["other_on"] is not None
            and since <= row["other_on"] <= until
            and not row["other_matched"]
            and (row["reversed_by"] or row["reversal_of"]) not in spoken_for
        )
    ]


def book_entry(row: Any) -> BookEntry:
    voucher = f"{row['voucher_series']} {row['voucher_number']}" if row["voucher_number"] else None
    return BookEntry(
        event_id=row["event_id"],
        type=row["type"],
        occurred_on=row["occurred_on"],
        amount=row["amount"],
        position=row["position"],
        counterparty=row["party_name"] or row["other_fund"],
        purpose=row["purpose"],
        voucher=voucher,
        reversed_by=row["reversed_by"],
    )


async def counts(
    connection: Any, fund_id: str, after: tuple[dt.date, int], limit: int
) -> tuple[list[Any], list[Any]]:
    """Counts by day, with the balance of their day and where the next count of that day and pocket stands;
    and the differences booked on those days."""
    found = list(await connection.fetch(_COUNTS, fund_id, *after, limit))
    if not found:
        return [], []
    days = (found[0]["counted_on"], found[-1]["counted_on"])
    return found, list(await connection.fetch(_DIFFERENCES, fund_id, *days))


async def _ids(connection: Any, event_ids: list[UUID]) -> dict[UUID, tuple[str, ...]]:
    found = {}
    for row in await connection.fetch(_EVENTS, event_ids):
        data = stored(row).fact.data
        names = [getattr(data, field, None) for field in ID_FIELDS]
        found[row["event_id"]] = tuple(name for name in names if name)
    return found
