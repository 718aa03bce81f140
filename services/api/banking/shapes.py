"""What is answered about statements and counts. Amounts are integer đồng."""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

from events.vocabulary import Pocket
from services.banking.matching import Proposal
from services.banking.recorded import BookEntry

LineState = Literal["matched", "proposed", "unmatched", "set_aside"]
"""`proposed`: one entry fits it best, nobody has said so yet. `unmatched`: none does, or several alike."""


class StatementLine(msgspec.Struct, frozen=True):
    """A line of a bank statement, and what became of it."""

    line: int
    date: dt.date
    amount: int
    """What came in is positive, what went out negative."""
    text: str | None
    """As the bank wrote it; null once erased."""
    reference: str | None
    state: LineState
    entries: list[UUID]
    """The entries it is matched with."""
    settled_by: UUID | None
    """The event that matched it or set it aside; withdrawing that opens the line again."""
    reason: str | None
    """Why it was set aside."""
    proposal: Proposal | None


class Imported(msgspec.Struct, frozen=True):
    """A statement as it was recorded, or would be (dry run)."""

    fund_id: str
    statement_id: str
    recorded: bool
    bank: str | None
    account: str | None
    from_date: dt.date
    to_date: dt.date
    opening: int
    closing: int
    line_count: int
    proposed: int
    unmatched: int
    lines: list[StatementLine]
    """At most 1,000 of them; all can be read of the recorded statement."""


class StatementSummary(msgspec.Struct, frozen=True):
    """A recorded statement with how many of its lines are settled."""

    statement_id: str
    from_date: dt.date
    to_date: dt.date
    opening: int
    closing: int
    recorded_at: dt.datetime
    position: int
    lines: int
    matched: int
    set_aside: int
    open: int


class Statements(msgspec.Struct, frozen=True):
    """A page of a fund's statements by their first day."""

    fund_id: str
    statements: list[StatementSummary]


class StatementDetail(msgspec.Struct, frozen=True):
    """A statement held against the book."""

    fund_id: str
    summary: StatementSummary
    booked: int
    """What the book says lay at the bank at the end of the last day, to hold against `closing`."""
    proposed: int
    unmatched: int
    lines: list[StatementLine]
    """This page of them."""
    without_line: list[BookEntry]
    """Recorded in the book in those days, not found at the bank; at most 1,000."""
    without_line_count: int


class SettledBy(msgspec.Struct, frozen=True):
    """A difference booked for a count."""

    event_id: UUID
    amount: int
    reason: str | None
    """Null once erased."""
    reversed_by: UUID | None


class Counted(msgspec.Struct, frozen=True):
    """What was found in a pocket at a day's end, against the book as known now."""

    event_id: UUID
    position: int
    counted_on: dt.date
    recorded_at: dt.datetime
    pocket: Pocket
    counted: int
    booked: int
    """At that day's end, before the differences booked for this count."""
    difference: int
    """Counted less booked."""
    settled: int
    """The sum of the differences booked for it."""
    remaining: int
    """0: settled. Otherwise not yet booked, or recorded late since."""
    settled_by: list[SettledBy]


class Counts(msgspec.Struct, frozen=True):
    """A page of a fund's counts by day."""

    fund_id: str
    counts: list[Counted]
