"""Writes a folded page of `funds`: one statement a table, whatever the number of entries."""

from typing import Any

import msgspec

from workers.projection import columns
from workers.projections.funds_book import Page, Payment

_ADD_DAYS = """
INSERT INTO fund_day AS d (fund_id, occurred_on, pocket, recorded_on, amount, receipts, payments, entries)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[],
                     $8::integer[])
ON CONFLICT (fund_id, occurred_on, pocket, recorded_on) DO UPDATE SET
    amount = d.amount + excluded.amount, receipts = d.receipts + excluded.receipts,
    payments = d.payments + excluded.payments, entries = d.entries + excluded.entries
"""

_ADD_BALANCES = """
UPDATE fund f SET cash = f.cash + m.cash, bank = f.bank + m.bank, goods = f.goods + m.goods,
                  last_on = m.last_on
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::date[])
    AS m (fund_id, cash, bank, goods, last_on)
WHERE f.fund_id = m.fund_id
"""

_VOUCHERS = """
UPDATE movement m SET voucher_unit = v.unit, voucher_series = v.series, voucher_year = v.year,
                      voucher_number = v.number
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::integer[])
    AS v (event_id, unit, series, year, number)
WHERE m.event_id = v.event_id
"""


async def store(connection: Any, page: Page) -> None:
    rows = [msgspec.structs.astuple(row) for made in page.made.values() for row in made]
    if rows:
        await connection.copy_records_to_table("movement", records=rows)
        await connection.copy_records_to_table("posting", records=page.postings)
        days = [(*key, *msgspec.structs.astuple(day)) for key, day in page.days.items()]
        await connection.execute(_ADD_DAYS, *columns(days, 8))
        await connection.execute(_ADD_BALANCES, *columns(_balances(page), 5))
    for column, links in page.links.items():
        if links:
            await connection.execute(
                f"UPDATE movement m SET {column} = l.linked FROM unnest($1::uuid[], $2::uuid[])"
                " AS l (event_id, linked) WHERE m.event_id = l.event_id",
                list(links),
                list(links.values()),
            )
    if page.vouchers:
        vouchers = [(entry, *voucher) for entry, voucher in page.vouchers.items()]
        await connection.execute(_VOUCHERS, *columns(vouchers, 5))
    if page.touched_payments:
        await _store_payments(connection, page)


def _balances(page: Page) -> list[tuple[Any, ...]]:
    sums: dict[str, dict[str, int]] = {}
    for (fund_id, _, pocket, _), day in page.days.items():
        pockets = sums.setdefault(fund_id, {"cash": 0, "bank": 0, "goods": 0})
        pockets[pocket] += day.amount
    return [(fund_id, *pockets.values(), page.last_on.get(fund_id)) for fund_id, pockets in sums.items()]


async def _store_payments(connection: Any, page: Page) -> None:
    await connection.execute(
        "DELETE FROM payment WHERE (fund_id, payment_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        *columns(page.touched_payments, 2),
    )
    held: list[Payment] = [page.payments[key] for key in page.touched_payments if key in page.payments]
    await connection.copy_records_to_table("payment", records=map(msgspec.structs.astuple, held))
