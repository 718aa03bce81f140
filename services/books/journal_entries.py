"""The entries of the books in the order of a journal, one after another out of the database.

The lines of an entry are those that the journal (`posting`) holds. What its accounts must hold afterwards is
summed from another table, the movements, so that an amount altered in either shows.
"""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from events.declare import CATALOGUE
from events.vocabulary import day_of
from services.books.journal_accounts import Account, account_of, one_line
from workers.accounts import postings

AT_ONCE = 500
"""Rows in memory."""
SECONDS = 600.0
"""Sorting some ten million entries."""

Lines = list[tuple[Account, int]]
"""đồng: debit positive"""


@dataclass(frozen=True, slots=True)
class Books:
    """Which books: funds and up to which day of life (None: all there is), as known from so many events."""

    funds: list[str] | None
    as_of: dt.date | None
    known: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One event that moved value in a fund."""

    occurred_on: dt.date
    what: str
    party: str | None  # an organisation or a collective, never a person
    code: str | None  # the voucher as people write it
    told: tuple[tuple[str, str | int | dt.date], ...]  # where it comes from; no spaces in any
    transfer: str | None  # the same for both halves and their reversals
    lines: Lines
    moved: Lines


class _Moved(msgspec.Struct):
    fund_id: str
    kind: str
    pocket: str
    amount: int
    party_kind: str | None
    category: str | None
    purpose: str | None
    other_fund: str | None


# Only what never changes after an entry was recorded: two exports at one position are the same bytes.
_ENTRIES = """
    SELECT m.occurred_on, m.position, m.recorded_at, m.event_id, m.type, m.kind, m.fund_id, m.pocket,
        m.amount, m.party_kind, m.party_name, m.category, m.purpose, m.other_fund, m.transfer_id,
        m.payment_id, m.approval, m.reversal_of,
        m.voucher_unit, m.voucher_series, m.voucher_year, m.voucher_number,
        m.unit_id, m.level, m.actor, m.approved_by, p.accounts, p.amounts
    FROM read_funds.movement m
    LEFT JOIN LATERAL (
        SELECT array_agg(account ORDER BY line) AS accounts, array_agg(amount ORDER BY line) AS amounts
        FROM read_funds.posting
        WHERE fund_id = m.fund_id AND occurred_on = m.occurred_on AND position = m.position
    ) p ON m.line = 0
    WHERE ($1::text[] IS NULL OR m.fund_id = ANY($1)) AND ($2::date IS NULL OR m.occurred_on <= $2)
        AND m.position <= $3
    ORDER BY m.occurred_on, m.position, m.line
"""


async def entries(connection: Any, books: Books) -> AsyncIterator[Entry]:
    """By day, within a day by position. To be read inside a snapshot of `funds` (workers/reading.py)."""
    rows: list[Any] = []
    found = connection.cursor(
        _ENTRIES, books.funds, books.as_of, books.known, prefetch=AT_ONCE, timeout=SECONDS
    )
    async for row in found:
        if rows and row["position"] != rows[0]["position"]:
            yield _entry(rows)
            rows = []
        rows.append(row)
    if rows:
        yield _entry(rows)


def _entry(rows: list[Any]) -> Entry:
    first = rows[0]
    fund_id = first["fund_id"]
    moved = postings(_Moved(*(row[column] for column in _Moved.__struct_fields__)) for row in rows)
    return Entry(
        occurred_on=first["occurred_on"],
        what=_what(first),
        party=one_line(first["party_name"]) if first["party_name"] else None,
        code=_code(first),
        told=tuple((name, value) for name, value in _told(first) if value is not None),
        transfer=_transfer(first),
        lines=[
            (account_of(path, fund_id), amount)
            for path, amount in zip(first["accounts"] or (), first["amounts"] or (), strict=True)
        ],
        moved=[(account_of(line.account, fund_id), line.amount) for line in moved],
    )


def _what(row: Any) -> str:
    what = CATALOGUE[row["kind"]].vi
    return what if row["type"] == row["kind"] else f"{CATALOGUE[row['type']].vi}: {what}"


def _code(row: Any) -> str | None:
    if row["voucher_number"] is None:
        return None
    return f"{row['voucher_series'].upper()} {row['voucher_number']}/{row['voucher_year']}"


def _transfer(row: Any) -> str | None:
    if row["transfer_id"] is None:
        return None
    sender = row["fund_id"] if row["kind"] == "TransferSent" else row["other_fund"]
    return f"{sender}/{row['transfer_id']}"


def _told(row: Any) -> list[tuple[str, str | int | dt.date | None]]:
    voucher = None
    if row["voucher_number"] is not None:
        voucher = "/".join(str(row[f"voucher_{part}"]) for part in ("unit", "series", "year", "number"))
    return [
        ("event", str(row["event_id"])),
        ("position", row["position"]),
        ("recorded", day_of(row["recorded_at"])),
        ("recorded_by", _id(row["actor"])),
        ("fund", row["fund_id"]),
        ("unit", row["unit_id"]),
        ("level", row["level"]),
        ("voucher", voucher),
        ("purpose", row["purpose"]),
        ("transfer", _transfer(row)),
        ("payment", row["payment_id"]),
        ("approval", _id(row["approval"])),
        ("approved_by", _id(row["approved_by"])),
        ("reversal_of", _id(row["reversal_of"])),
    ]


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
