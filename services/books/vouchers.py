"""The register of a voucher series: what each number was issued for, and whether one is missing.

A number is the voucher's place in its stream, so the log cannot skip one. What is checked here is that
nothing was lost afterwards: every number up to the last stands in the log and, with the same entry, in the
books.
"""

import datetime as dt
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

import msgspec

from events.catalogue.vouchers import Series
from events.vocabulary import PartyKind, Pocket


class VoucherParty(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who paid in or was paid; of a transfer the other fund."""

    kind: PartyKind | None = None
    name: str | None = None
    person_id: UUID | None = None
    fund_id: str | None = None


class VoucherLine(msgspec.Struct, frozen=True, kw_only=True):
    """One voucher, with the entry it was issued for."""

    number: int
    issued_on: dt.date
    event_id: UUID
    """Of the entry."""
    position: int
    """Of the entry."""
    type: str
    """Of the entry."""
    occurred_on: dt.date
    fund_id: str
    pocket: Pocket
    amount: int
    """In đồng, whether received or paid."""
    counterparty: VoucherParty | None
    purpose: str | None
    category: str | None
    reversed_by: UUID | None
    """The event that reversed the entry; the number stays taken."""


class VoucherGap(msgspec.Struct, frozen=True):
    """Numbers that ought to be there, first and last included."""

    first: int
    last: int
    missing_from: Literal["log", "books"]
    """`log`: no voucher of that number. `books`: the entry it was issued for is not in the books under it."""


class VoucherSeries(msgspec.Struct, frozen=True):
    """What a unit issued in one series in one year."""

    unit_id: str
    series: Series
    year: int
    as_known: int
    issued: int
    """How many; without gaps this is the last number."""
    first: int | None
    last: int | None
    gaps: list[VoucherGap]
    """Empty: no number is missing. Of the whole series, whatever the page."""
    vouchers: list[VoucherLine]
    """A page of those that stand in the log and in the books, by number."""


_LINES = """
    SELECT v.version AS number, v.occurred_on AS issued_on, m.event_id, m.position, m.type, m.occurred_on,
        m.fund_id, m.pocket, abs(m.amount) AS amount, m.party_kind, m.party_name, m.party_person,
        m.other_fund, m.purpose, m.category, r.event_id AS reversed_by
    FROM log.events v
    JOIN read_funds.movement m ON m.event_id = v.target AND m.line = 0 AND m.voucher_number = v.version
    LEFT JOIN read_funds.movement r ON r.event_id = m.reversed_by AND r.line = 0 AND r.position <= $2
    WHERE v.stream = $1 AND v.position <= $2 AND v.version > $3::bigint
    ORDER BY v.version LIMIT $4
"""

# A voucher comes right behind its entry: it is known once something behind the entry is.
_MISSING = """
    WITH issued AS (
        SELECT version AS number, target FROM log.events WHERE stream = $1 AND position <= $2
    ), booked AS (
        SELECT voucher_number AS number, event_id FROM read_funds.movement
        WHERE voucher_unit = $3 AND voucher_series = $4 AND voucher_year = $5 AND position < $2
    ), numbers AS (
        SELECT number FROM issued UNION SELECT number FROM booked
    )
    SELECT number, CASE WHEN i.target IS NULL THEN 'log' ELSE 'books' END AS missing_from
    FROM generate_series(1, (SELECT max(number) FROM numbers)) AS number
    LEFT JOIN issued i USING (number) LEFT JOIN booked b USING (number)
    WHERE i.target IS DISTINCT FROM b.event_id OR i.target IS NULL
    ORDER BY number
"""

_ISSUED = """
    SELECT count(*)::integer AS issued, min(version) AS first, max(version) AS last
    FROM log.events WHERE stream = $1 AND position <= $2
"""


def stream_of(unit_id: str, series: Series, year: int) -> str:
    return f"voucher-{unit_id}.{series}.{year}"


async def series_of(
    connection: Any, unit_id: str, series: Series, year: int, known: int, *, after: int = 0, limit: int = 100
) -> tuple[VoucherSeries, int | None]:
    """The series with the vouchers behind number `after`, and where the next page begins (None: nowhere).

    Must be called inside a snapshot of `funds` (workers/reading.py).
    """
    stream = stream_of(unit_id, series, year)
    issued = await connection.fetchrow(_ISSUED, stream, known)
    missing = await connection.fetch(_MISSING, stream, known, unit_id, series, year)
    found = await lines(connection, stream, known, after, limit + 1)
    shown = found[:limit]
    report = VoucherSeries(
        unit_id,
        series,
        year,
        known,
        issued["issued"],
        issued["first"],
        issued["last"],
        _gaps([(row["number"], row["missing_from"]) for row in missing]),
        shown,
    )
    return report, shown[-1].number if len(found) > limit else None


async def lines(connection: Any, stream: str, known: int, after: int, limit: int) -> list[VoucherLine]:
    """The vouchers of a stream behind a number, as known then."""
    return [_line(row) for row in await connection.fetch(_LINES, stream, known, after, limit)]


def _line(row: Any) -> VoucherLine:
    told = dict(row)
    kind, name = told.pop("party_kind"), told.pop("party_name")
    person, fund = told.pop("party_person"), told.pop("other_fund")
    party = VoucherParty(kind, name, person, fund) if kind or fund else None
    return VoucherLine(**told, counterparty=party)


def _gaps(missing: list[tuple[int, str]]) -> list[VoucherGap]:
    """Runs of numbers missing from the same place, as one gap each."""
    gaps = []
    for (_, where), run in groupby(enumerate(missing), lambda at: (at[1][0] - at[0], at[1][1])):
        numbers = [number for _, (number, _) in run]
        gaps.append(VoucherGap(numbers[0], numbers[-1], where))
    return gaps
