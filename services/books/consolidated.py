"""The books of a unit and all below it as one: transfers between its funds are eliminated, what is on its way
between two of them is still held."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from services.books.known import Known
from services.books.movements import (
    COLUMNS,
    Balances,
    Movement,
    Place,
    balances,
    movement,
    opening,
    place_of,
    told,
)
from services.books.scope import BooksScope, Owned


class FundLine(msgspec.Struct, frozen=True):
    """One of the funds, and what it held at the day's end."""

    fund_id: str
    name: str
    unit_id: str
    level: str
    balances: Balances


class Transit(msgspec.Struct, frozen=True):
    """A transfer between two of the funds that was sent and not yet received."""

    from_fund_id: str
    to_fund_id: str
    transfer_id: str
    event_id: UUID
    sent_on: dt.date
    pocket: str
    """It was sent from."""
    amount: int


class Consolidated(msgspec.Struct, frozen=True):
    """Everything together, in đồng. On its way: between two of the funds."""

    held: Balances
    money_in_transit: int
    goods_in_transit: int
    transits: list[Transit]


# Sent and received count as known then, on their own days; a reversal of either is one more row.
_TRANSITS = """
    WITH halves AS (
        SELECT CASE kind WHEN 'TransferSent' THEN fund_id ELSE other_fund END AS from_fund_id,
            CASE kind WHEN 'TransferSent' THEN other_fund ELSE fund_id END AS to_fund_id, transfer_id,
            -sum(amount)::bigint AS amount,
            max(event_id::text) FILTER (WHERE type = 'TransferSent') AS event_id,
            min(occurred_on) FILTER (WHERE type = 'TransferSent') AS sent_on,
            max(pocket) FILTER (WHERE type = 'TransferSent') AS pocket
        FROM read_funds.movement
        WHERE fund_id IN (SELECT unnest($1::text[])) AND other_fund IN (SELECT unnest($1::text[]))
            AND kind IN ('TransferSent', 'TransferReceived')
            AND transfer_id IS NOT NULL AND occurred_on <= $2 AND position <= $3
        GROUP BY 1, 2, 3
    )
    SELECT from_fund_id, to_fund_id, transfer_id, event_id::uuid AS event_id, sent_on, pocket, amount
    FROM halves WHERE amount <> 0 AND event_id IS NOT NULL ORDER BY sent_on, from_fund_id, transfer_id
"""

_NAMES = "SELECT fund_id, name FROM read_funds.fund WHERE fund_id IN (SELECT unnest($1::text[]))"

_PAGE = f"""
    SELECT {COLUMNS} FROM read_funds.movement m
    WHERE fund_id IN (SELECT unnest($1::text[])) AND position <= $2 AND occurred_on <= $3
        AND (occurred_on, position, line) > ($4, $5, $6::bigint)
        AND (other_fund IS NULL OR other_fund NOT IN (SELECT unnest($1::text[]))) AND kind <> 'CashMoved'
    ORDER BY occurred_on, position, line LIMIT $7
"""

_IN_TRANSIT = """
    SELECT CASE pocket WHEN 'goods' THEN 'goods' ELSE 'money' END AS sort, -sum(amount)::bigint AS amount
    FROM read_funds.movement
    WHERE fund_id IN (SELECT unnest($1::text[])) AND other_fund IN (SELECT unnest($1::text[]))
        AND transfer_id IS NOT NULL AND position <= $2
        AND (occurred_on, position, line) <= ($3, $4, $5::bigint)
    GROUP BY 1
"""


async def consolidated(connection: Any, scope: BooksScope, known: Known) -> Consolidated:
    """What all the funds hold, and what is on its way between them."""
    sums: dict[str, int] = {}
    for held in (await balances(connection, scope.fund_ids, scope.as_of, known)).values():
        for pocket, amount in held.items():
            sums[pocket] = sums.get(pocket, 0) + amount
    rows = await connection.fetch(_TRANSITS, scope.fund_ids, scope.as_of, known.position)
    found = [Transit(**row) for row in rows]
    goods = sum(t.amount for t in found if t.pocket == "goods")
    return Consolidated(told(sums), sum(t.amount for t in found) - goods, goods, found)


async def fund_lines(
    connection: Any, scope: BooksScope, known: Known, fund_ids: Iterable[str]
) -> list[FundLine]:
    """The named ones of the scope's funds, each with what it held."""
    chosen = list(fund_ids)
    held = await balances(connection, chosen, scope.as_of, known)
    names = {row["fund_id"]: row["name"] for row in await connection.fetch(_NAMES, chosen)}
    owned: list[Owned] = [scope.funds[fund_id] for fund_id in chosen]
    return [FundLine(o.fund_id, names[o.fund_id], o.unit_id, o.level, told(held[o.fund_id])) for o in owned]


async def movements_together(
    connection: Any, scope: BooksScope, known: Known, after: Place, limit: int
) -> tuple[Consolidated, list[Movement], Place | None]:
    """What was held before the page (on its way included), the page, and where the next one begins.

    Left out: what only went from fund to fund or pocket to pocket within the scope, reversals of it likewise.
    A running balance is that of all the funds' money or goods, what is on its way included.
    """
    funds = scope.fund_ids
    sums = await opening(connection, funds, known, after)
    transit = {
        row["sort"]: int(row["amount"])
        for row in await connection.fetch(_IN_TRANSIT, funds, known.position, *after)
    }
    before = told(sums)
    on_its_way = Consolidated(before, transit.get("money", 0), transit.get("goods", 0), [])
    running = {
        "money": before.money + on_its_way.money_in_transit,
        "goods": before.goods + on_its_way.goods_in_transit,
    }
    rows = await connection.fetch(_PAGE, funds, known.position, scope.as_of, *after, limit + 1)
    found = []
    for row in rows[:limit]:
        sort = "goods" if row["pocket"] == "goods" else "money"
        running[sort] += row["amount"]
        found.append(movement(row, known.position, running[sort], running["money"]))
    return on_its_way, found, place_of(rows[limit - 1]) if len(rows) > limit else None
