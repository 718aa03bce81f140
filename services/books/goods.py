"""Gifts in kind: how much of what was received, at which appraised value, and what became of it in value."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from services.books.flows import Flow, Flows, Total
from services.books.known import Known
from services.books.terms import labels


class GoodsLine(msgspec.Struct, frozen=True):
    """One sort of thing, counted in one unit, less what was reversed."""

    what: str
    label: str
    """In Vietnamese, as the lists of terms have it."""
    quantity: int
    unit: str
    unit_label: str
    gifts: int
    """How many gifts held some of it."""
    value: int
    """Appraised value in đồng of the gifts that held nothing else."""


class Goods(msgspec.Struct, frozen=True):
    """What was given in kind to a unit's funds in a period, and what went out. Values are in đồng.

    A gift is appraised as a whole: the value of gifts of several sorts of things is `value_together`, in no
    line. Quantities are known of gifts only; what goes out is known by its value.
    """

    unit_id: str
    from_date: dt.date
    to_date: dt.date
    as_known: int
    received: list[GoodsLine]
    value_together: int
    stock: Total
    """In value: opening + received − spent = closing; what is on its way between the funds included."""
    sources: list[Flow]
    uses: list[Flow]
    """Awards, costs, transfers out of these funds, losses: in `goods`."""


# A gift's items as one row for each (what, unit), with its value where it holds nothing else.
_RECEIVED = """
    WITH gift AS (
        SELECT fund_id, position, what, unit, sum(quantity)::bigint AS quantity,
            count(*) OVER (PARTITION BY position) AS sorts
        FROM read_funds.item
        WHERE fund_id IN (SELECT unnest($1::text[])) AND occurred_on BETWEEN $2 AND $3 AND position <= $4
        GROUP BY fund_id, position, what, unit
    ), valued AS (
        SELECT g.*, m.amount, m.reversal_of IS NULL AS given
        FROM gift g JOIN read_funds.movement m USING (fund_id, position)
    )
    SELECT what, unit, sum(quantity)::bigint AS quantity,
        (count(*) FILTER (WHERE given) - count(*) FILTER (WHERE NOT given))::integer AS gifts,
        coalesce(sum(amount) FILTER (WHERE sorts = 1), 0)::bigint AS value
    FROM valued GROUP BY what, unit ORDER BY what, unit
"""


async def goods_received(
    connection: Any, fund_ids: Sequence[str], first: dt.date, last: dt.date, known: Known
) -> list[GoodsLine]:
    """By term and unit of count; things of which nothing remains after reversals are left out."""
    rows = await connection.fetch(_RECEIVED, list(fund_ids), first, last, known.position)
    things = await labels(connection, "item")
    units = await labels(connection, "item_unit")
    return [
        GoodsLine(
            row["what"],
            things.get(row["what"], row["what"]),
            row["quantity"],
            row["unit"],
            units.get(row["unit"], row["unit"]),
            row["gifts"],
            row["value"],
        )
        for row in rows
        if row["quantity"] or row["value"]
    ]


def goods_of(
    unit_id: str, first: dt.date, last: dt.date, known: Known, received: list[GoodsLine], found: Flows
) -> Goods:
    """The goods' side of a period's flows, with what was received thing by thing."""
    given = sum(flow.goods for flow in found.sources if flow.kind == "donation")
    return Goods(
        unit_id,
        first,
        last,
        known.position,
        received,
        given - sum(line.value for line in received),
        found.goods,
        [flow for flow in found.sources if flow.goods],
        [flow for flow in found.uses if flow.goods],
    )
