"""Balances and movements out of the read model `funds`, as known at any position."""

import datetime as dt
from typing import Any

from services.api.funds.shapes import Balances, Counterparty, Movement, Voucher

Place = tuple[dt.date, int, int]
"""Where a movement stands in the book: day, position, line."""

POCKETS = ("cash", "bank", "goods")

_BALANCES = """
    SELECT pocket, sum(amount)::bigint AS amount FROM read_funds.movement
    WHERE fund_id = $1 AND occurred_on <= $2 AND position <= $3 GROUP BY pocket
"""

_BALANCES_NOW = """
    SELECT pocket, sum(amount)::bigint AS amount FROM read_funds.fund_day
    WHERE fund_id = $1 AND occurred_on <= $2 GROUP BY pocket
"""

_OPENING = """
    SELECT pocket, sum(amount)::bigint AS amount FROM read_funds.movement
    WHERE fund_id = $1 AND position <= $2 AND (occurred_on, position, line) <= ($3, $4, $5)
    GROUP BY pocket
"""

# A link is shown if what it leads to was known: a later reversal is not part of an earlier book.
_PAGE = """
    SELECT m.*,
        (SELECT min(r.position) FROM read_funds.movement r WHERE r.event_id = m.reversed_by) AS reversed_at,
        (SELECT min(o.position) FROM read_funds.movement o WHERE o.event_id = m.other_half) AS other_at
    FROM read_funds.movement m
    WHERE fund_id = $1 AND position <= $2 AND occurred_on <= $3
        AND (occurred_on, position, line) > ($4, $5, $6)
    ORDER BY occurred_on, position, line LIMIT $7
"""


async def balances(connection: Any, fund_id: str, day: dt.date, known: int, *, now: bool = False) -> Balances:
    """At the end of a day. `now`: as known at the read model's own position, which is quicker."""
    rows = await (
        connection.fetch(_BALANCES_NOW, fund_id, day)
        if now
        else connection.fetch(_BALANCES, fund_id, day, known)
    )
    return _balances({row["pocket"]: row["amount"] for row in rows})


async def movements(
    connection: Any, fund_id: str, day: dt.date, known: int, after: Place, limit: int
) -> tuple[Balances, list[Movement], Place | None]:
    """Balances before the page, the page, and where the next one begins (None at the end)."""
    sums = {row["pocket"]: row["amount"] for row in await connection.fetch(_OPENING, fund_id, known, *after)}
    opening = _balances(sums)
    rows = await connection.fetch(_PAGE, fund_id, known, day, *after, limit + 1)
    found = []
    for row in rows[:limit]:
        sums[row["pocket"]] = sums.get(row["pocket"], 0) + row["amount"]
        found.append(_movement(row, known, sums[row["pocket"]], sum(sums.values())))
    if len(rows) <= limit:
        return opening, found, None
    last = rows[limit - 1]
    return opening, found, (last["occurred_on"], last["position"], last["line"])


def _balances(sums: dict[str, int]) -> Balances:
    cash, bank, goods = (int(sums.get(pocket, 0)) for pocket in POCKETS)
    return Balances(cash, bank, goods, cash + bank + goods)


def _movement(row: Any, known: int, balance: int, total: int) -> Movement:
    return Movement(
        position=row["position"],
        event_id=row["event_id"],
        type=row["type"],
        occurred_on=row["occurred_on"],
        recorded_at=row["recorded_at"],
        pocket=row["pocket"],
        amount=row["amount"],
        balance=balance,
        total=total,
        late=row["late"],
        counterparty=_counterparty(row),
        purpose=row["purpose"],
        category=row["category"],
        voucher=_voucher(row),
        payment_id=row["payment_id"],
        approval=row["approval"],
        transfer_id=row["transfer_id"],
        other_half=row["other_half"] if (row["other_at"] or known) <= known else None,
        reversal_of=row["reversal_of"],
        reversed_by=row["reversed_by"] if (row["reversed_at"] or known) <= known else None,
    )


def _counterparty(row: Any) -> Counterparty | None:
    if row["party_kind"] is None and row["other_fund"] is None:
        return None
    return Counterparty(row["party_kind"], row["party_name"], row["party_person"], row["other_fund"])


def _voucher(row: Any) -> Voucher | None:
    if row["voucher_number"] is None:
        return None
    return Voucher(row["voucher_unit"], row["voucher_series"], row["voucher_year"], row["voucher_number"])
