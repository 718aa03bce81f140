"""The trial balance of a unit's books, and the check that every entry, fund and level balances."""

from typing import Any, NamedTuple

import msgspec

from services.books.scope import BooksScope
from workers.accounts import GOODS


class Account(msgspec.Struct, frozen=True):
    """One account of the trial balance."""

    account: str
    label: list[str]
    """Its path in people's words."""
    debit: int
    credit: int
    balance: int
    """Debit less credit, in đồng."""


class Balanced(msgspec.Struct, frozen=True):
    """Debit and credit of one sort of value at one level: equal, or the check fails."""

    level: str
    sort: str
    """`money` (cash and bank) or `goods` (at appraised value): never mixed."""
    funds: int
    entries: int
    debit: int
    credit: int


class Fault(NamedTuple):
    """Something in the books that does not hold."""

    fund_id: str
    what: str
    """`entry`: an entry's lines do not sum to 0. `pocket`: the journal, the sums by day and the fund's
    balance say different things of a pocket."""
    position: int | None
    """Of the entry."""
    pocket: str | None
    difference: int
    """In đồng."""


_ACCOUNTS = """
    SELECT account, coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint AS debit,
        coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::bigint AS credit
    FROM read_funds.posting
    WHERE fund_id IN (SELECT unnest($1::text[])) AND occurred_on <= $2 AND position <= $3
    GROUP BY account ORDER BY account COLLATE "C"
"""

_LEVELS = f"""
    SELECT o.level, CASE WHEN p.account ~ '{GOODS}' THEN 'goods' ELSE 'money' END AS sort,
        count(DISTINCT p.fund_id)::integer AS funds, count(DISTINCT p.position)::integer AS entries,
        coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0)::bigint AS debit,
        coalesce(-sum(p.amount) FILTER (WHERE p.amount < 0), 0)::bigint AS credit
    FROM read_funds.posting p JOIN unnest($1::text[], $2::text[]) AS o (fund_id, level) USING (fund_id)
    WHERE p.occurred_on <= $3 AND p.position <= $4
    GROUP BY 1, 2 ORDER BY 1, 2
"""

_UNBALANCED = f"""
    SELECT fund_id, position, sum(amount)::bigint AS difference FROM read_funds.posting
    WHERE fund_id IN (SELECT unnest($1::text[]))
    GROUP BY fund_id, position, account ~ '{GOODS}' HAVING sum(amount) <> 0
    ORDER BY position LIMIT 100
"""

# Three ways to the same sum: lines of the journal, sums by day, and the balance carried along.
_POCKETS = """
    WITH journal AS (
        SELECT fund_id, split_part(account, ':', 2) AS pocket, sum(amount)::bigint AS amount
        FROM read_funds.posting WHERE account LIKE 'assets:%' GROUP BY 1, 2
    ), days AS (
        SELECT fund_id, pocket, sum(amount)::bigint AS amount FROM read_funds.fund_day GROUP BY 1, 2
    ), carried AS (
        SELECT fund_id, unnest(ARRAY['cash', 'bank', 'goods']) AS pocket,
            unnest(ARRAY[cash, bank, goods]) AS amount FROM read_funds.fund
    )
    SELECT c.fund_id, c.pocket, CASE WHEN coalesce(j.amount, 0) <> c.amount
        THEN coalesce(j.amount, 0) - c.amount ELSE coalesce(d.amount, 0) - c.amount END AS difference
    FROM carried c LEFT JOIN journal j USING (fund_id, pocket) LEFT JOIN days d USING (fund_id, pocket)
    WHERE c.fund_id IN (SELECT unnest($1::text[]))
        AND (coalesce(j.amount, 0) <> c.amount OR coalesce(d.amount, 0) <> c.amount)
    ORDER BY 1, 2 LIMIT 100
"""


async def accounts(connection: Any, scope: BooksScope) -> list[tuple[str, int, int]]:
    """(account, debit, credit) of every account that moved, by name."""
    rows = await connection.fetch(_ACCOUNTS, scope.fund_ids, scope.as_of, scope.known)
    return [(row["account"], row["debit"], row["credit"]) for row in rows]


async def levels(connection: Any, scope: BooksScope) -> list[Balanced]:
    """Both sides by level and sort of value, the owners' levels being those of the day asked about."""
    funds = list(scope.funds.values())
    rows = await connection.fetch(
        _LEVELS, [f.fund_id for f in funds], [f.level for f in funds], scope.as_of, scope.known
    )
    return [Balanced(**row) for row in rows]


async def faults(connection: Any, scope: BooksScope) -> list[Fault]:
    """Everything that does not hold in these funds' books, today and on any day; empty: all does."""
    entries = await connection.fetch(_UNBALANCED, scope.fund_ids)
    pockets = await connection.fetch(_POCKETS, scope.fund_ids)
    return [
        *(Fault(r["fund_id"], "entry", r["position"], None, r["difference"]) for r in entries),
        *(Fault(r["fund_id"], "pocket", None, r["pocket"], r["difference"]) for r in pockets),
    ]


def told(wrong: list[Fault]) -> str:
    """The first few, in signs that need no language: fund, position or pocket, difference."""
    shown = [f"{f.fund_id} {f.pocket or f'#{f.position}'}: {f.difference:+d} ₫" for f in wrong[:10]]
    return "; ".join(shown) + ("; …" if len(wrong) > 10 else "")
