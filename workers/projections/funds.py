"""Read model `funds`: every fund, each movement of its pockets, the journal, sums by day, payments awaiting
a decision, pledges and goods.

A page is folded in memory (`funds_book.py`) from the few rows it builds on, and written in a dozen
statements, however many entries it holds.
"""

from collections.abc import Sequence
from typing import Any

from events.declare import Fact
from events.log.read import Stored, stored
from workers.projection import Projection, columns, history_of, rows_of_page
from workers.projections.funds_book import PAYMENTS, UNDOING, Movement, Page, Payment, standing
from workers.projections.funds_details import TABLES as DETAILS
from workers.projections.funds_details import store_details
from workers.projections.funds_store import store
from workers.projections.funds_tables import INDEXES, TABLES
from workers.projections.searching import plain

HEADER = ("FundOpened", "FundHandedOver", "FundClosed", "PeriodClosed")
MOVING = (
    "DonationReceived",
    "AwardGranted",
    "ExpensePaid",
    "TransferSent",
    "TransferReceived",
    "CashMoved",
    "DifferenceBooked",
)
KINDS = (*HEADER, *MOVING, *PAYMENTS, "VoucherIssued", "DonationPledged")

_UPSERT_FUND = """
INSERT INTO fund (fund_id, unit_id, name, search, restricted_to, opened_on, closed_on, closed_through,
                  handed_over_on)
SELECT fund_id, unit_id, name, search, coalesce(string_to_array(restricted_to, ','), '{}'), opened_on,
       closed_on, closed_through, handed_over_on
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[], $8::date[],
            $9::date[])
    AS f (fund_id, unit_id, name, search, restricted_to, opened_on, closed_on, closed_through, handed_over_on)
ON CONFLICT (fund_id) DO UPDATE SET
    unit_id = excluded.unit_id, name = excluded.name, search = excluded.search,
    restricted_to = excluded.restricted_to, opened_on = excluded.opened_on, closed_on = excluded.closed_on,
    closed_through = excluded.closed_through, handed_over_on = excluded.handed_over_on
"""


class Funds(Projection):
    name = "funds"
    version = 5
    tables = TABLES + DETAILS
    indexes = INDEXES

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        rows = await rows_of_page(connection, after, through, parked, KINDS)
        if not rows:
            return
        events = [stored(row) for row in rows if row["type"] != "VoucherIssued"]
        page = await _begin(connection, events, through)
        headed = {e.fact.stream for e in events if e.fact.effect.kind in HEADER}
        if headed:
            await _head(connection, headed, through)
        for event in events:
            page.apply(event)
        for row in rows:
            if row["type"] == "VoucherIssued":  # its columns say all that its entry says
                page.vouch(row["target"], (row["unit"], row["subject"], row["year"], row["version"]))
        await store(connection, page)
        await store_details(connection, events)


async def _head(connection: Any, streams: set[str], through: int) -> None:
    """Whose a fund is and whether it is closed: few events each, so folded anew, withdrawals and all."""
    by_fund: dict[str, list[Fact]] = {stream.removeprefix("fund-"): [] for stream in streams}
    history = await history_of(connection, streams, through, HEADER)
    await _store_owners(connection, list(by_fund), history)
    for fact in standing(history):
        by_fund[fact.stream.removeprefix("fund-")].append(fact)
    # Where the opening was withdrawn nothing stands; as known before that the fund is still asked for.
    openings = {e.fact.stream: e.fact for e in history if e.fact.type == "FundOpened"}
    rows = [_fund_row(fund_id, facts or [openings[f"fund-{fund_id}"]]) for fund_id, facts in by_fund.items()]
    await connection.execute(_UPSERT_FUND, *columns(rows, 9))


async def _store_owners(connection: Any, fund_ids: list[str], history: list[Stored]) -> None:
    withdrawn = {e.fact.effect.target: e.position for e in history if e.fact.type == "RecordWithdrawn"}
    rows = []
    for event in history:
        data: Any = event.fact.data
        owner = {"FundOpened": "unit_id", "FundHandedOver": "to_unit_id"}.get(event.fact.type)
        if owner is not None:
            unit, undone = getattr(data, owner), withdrawn.get(event.fact.event_id)
            rows.append((data.fund_id, event.fact.occurred_on, event.position, unit, undone))
    await connection.execute("DELETE FROM fund_owner WHERE fund_id IN (SELECT unnest($1::text[]))", fund_ids)
    await connection.copy_records_to_table("fund_owner", records=rows)


def _fund_row(fund_id: str, facts: list[Fact]) -> tuple[Any, ...]:
    """`Any`: the kinds' structs, told apart by their type's name."""
    opened = next(f for f in facts if f.type == "FundOpened")
    data: Any = opened.data
    handed = [f for f in facts if f.type == "FundHandedOver"]
    owner: Any = handed[-1].data if handed else None
    closed = [f for f in facts if f.type == "FundClosed"]
    periods = [f.data.through for f in facts if f.type == "PeriodClosed"]  # type: ignore[attr-defined]
    return (
        fund_id,
        owner.to_unit_id if owner else data.unit_id,
        data.name,
        plain(data.name),
        ",".join(data.restricted_to) if data.restricted_to else None,
        opened.occurred_on,
        closed[-1].occurred_on if closed else None,
        max(periods, default=None),
        handed[-1].occurred_on if handed else None,
    )


async def _begin(connection: Any, events: list[Stored], through: int) -> Page:
    """The page with the rows of earlier pages that its events build on."""
    page, facts = Page(), [e.fact for e in events]
    streams = {f.stream for f in facts if f.stream.startswith("fund-")}
    fund_ids = [s.removeprefix("fund-") for s in streams]
    for row in await connection.fetch(
        "SELECT fund_id, last_on FROM fund"
        " WHERE fund_id IN (SELECT unnest($1::text[])) AND last_on IS NOT NULL",
        fund_ids,
    ):
        page.last_on[row["fund_id"]] = row["last_on"]
    await _load_undone(connection, page, facts)
    await _load_transfers(connection, page, facts)
    await _load_payments(connection, page, facts, through)
    return page


async def _load_undone(connection: Any, page: Page, facts: list[Fact]) -> None:
    made_here = {f.event_id for f in facts}
    targets = [f.effect.target for f in facts if f.type in UNDOING and f.effect.target not in made_here]
    if not targets:
        return
    for row in await connection.fetch(
        f"SELECT {', '.join(Movement.__struct_fields__)} FROM movement"
        " WHERE event_id IN (SELECT unnest($1::uuid[])) ORDER BY position, line",
        targets,
    ):
        page.earlier.setdefault(row["event_id"], []).append(Movement(*row))


async def _load_transfers(connection: Any, page: Page, facts: list[Fact]) -> None:
    received = [f.data.transfer_id for f in facts if f.type == "TransferReceived"]  # type: ignore[attr-defined]
    if not received:
        return
    for row in await connection.fetch(
        "SELECT fund_id, transfer_id, event_id FROM movement"
        " WHERE transfer_id IN (SELECT unnest($1::text[])) AND type = 'TransferSent'",
        received,
    ):
        page.sent[row["fund_id"], row["transfer_id"]] = row["event_id"]


async def _load_payments(connection: Any, page: Page, facts: list[Fact], through: int) -> None:
    """The payments the page names; all those of a fund where one of their events was withdrawn."""
    undone = {f.stream for f in facts if f.type == "RecordWithdrawn" and f.effect.kind in PAYMENTS}
    named = {
        (f.stream.removeprefix("fund-"), payment_id)
        for f in facts
        if (payment_id := getattr(f.data, "payment_id", None)) is not None
    }
    if not undone and not named:
        return
    for row in await connection.fetch(
        f"SELECT {', '.join(Payment.__struct_fields__)} FROM payment"
        " WHERE fund_id IN (SELECT unnest($1::text[]))"
        " OR (fund_id, payment_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))",
        [s.removeprefix("fund-") for s in undone],
        *columns(named, 2),
    ):
        page.payments[row["fund_id"], row["payment_id"]] = Payment(*row)
    for stream in undone:
        page.payment_histories[stream.removeprefix("fund-")] = await history_of(
            connection, [stream], through, PAYMENTS
        )
