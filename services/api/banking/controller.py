"""Routes of reconciliation: what the bank says beside what the book says, what was counted beside it."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import QueryParameter

from services.api.access import BOOKS, AnyRequest, ledger_of
from services.api.answers import Answer, answer
from services.api.banking.reach import require_fund
from services.api.banking.shapes import (
    Counted,
    Counts,
    LineState,
    SettledBy,
    StatementDetail,
    StatementLine,
    Statements,
    StatementSummary,
)
from services.api.documented import documented
from services.api.parameters import (
    Cursor,
    Identifier,
    Limit,
    MinPosition,
    next_page,
    refuse_unknown,
    understood,
    written,
)
from services.api.problems import STATEMENT_NOT_FOUND, ApiProblem
from services.banking.matching import OpenLine, Proposal, around, propose
from services.banking.recorded import (
    MODELS,
    balance_at,
    counts,
    entries_between,
    lines_of,
    matchable,
    statements,
    without_line,
)
from services.persons.opening import Opened, opened, text_of

MOST_ENTRIES = 1_000
EVERY_DAY = (dt.date.min, "")

Days = Annotated[
    int,
    QueryParameter(
        ge=0, le=31, description="How many days a line and its entry may lie apart to be proposed"
    ),
]
State = Annotated[LineState | None, QueryParameter(description="Only lines in that state")]


@get(
    "/v1/funds/{fund_id:str}/statements",
    operation_id="listStatements",
    summary="A fund's bank statements",
    tags=["funds"],
    responses=documented({200: Statements}, 400, 404, 503),
    before_request=refuse_unknown,
)
async def list_statements(
    request: AnyRequest,
    fund_id: Identifier,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every recorded statement by its first day, with how many of its lines are matched, set aside, open."""
    after = understood(cursor, tuple[dt.date, str]) or EVERY_DAY
    async with ledger_of(request).reading_models(MODELS, min_position) as (connection, position):
        await require_fund(request, connection, fund_id, BOOKS)
        rows = await statements(connection, fund_id, after, limit + 1)
    found = [StatementSummary(**row) for row in rows[:limit]]
    last = written((found[-1].from_date, found[-1].statement_id)) if len(rows) > limit else None
    link = next_page(request, cursor=last) if last else None
    return answer(Statements(fund_id, found), position, link=link)


@get(
    "/v1/funds/{fund_id:str}/statements/{statement_id:str}",
    operation_id="getStatement",
    summary="A bank statement against the book",
    tags=["funds"],
    responses=documented({200: StatementDetail}, 400, 404, 503),
)
async def get_statement(
    request: AnyRequest,
    fund_id: Identifier,
    statement_id: Identifier,
    line_state: State = None,
    days: Days = 3,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Each line with its state: matched with entries, proposed (with score and reasons), unmatched, or set
    aside with its reason; and the entries of those days that no line shows. A proposal is taken up by
    `BankLineMatched`, a line without an entry by `BankLineSetAside`; `RecordWithdrawn` undoes either."""
    after = understood(cursor, int) or 0
    ledger = ledger_of(request)
    async with ledger.reading_models(MODELS, min_position) as (connection, position):
        await require_fund(request, connection, fund_id, BOOKS)
        found = await statements(connection, fund_id, EVERY_DAY, 1, only=statement_id)
        if not found:
            raise ApiProblem(STATEMENT_NOT_FOUND, fund=fund_id, statement=statement_id)
        summary = StatementSummary(**found[0])
        booked = await balance_at(connection, fund_id, summary.to_date)
        rows = await lines_of(connection, fund_id, statement_id)
        texts = await opened(connection, ledger.master, [r["event_id"] for r in rows if r["state"] == "open"])
        near = await entries_between(connection, fund_id, *around(summary.from_date, summary.to_date, days))
        entries = await matchable(connection, near)
        proposals = await asyncio.to_thread(propose, _open_lines(rows, texts), entries, days)
        wanted = [
            row
            for row in rows
            if row["line"] > after and line_state in (None, _state(row, row["line"] in proposals))
        ]
        texts |= await opened(connection, ledger.master, _sealed(wanted[:limit]))
    missing = without_line(near, (p.event_id for p in proposals.values()), summary.from_date, summary.to_date)
    content = StatementDetail(
        fund_id=fund_id,
        summary=summary,
        booked=booked,
        proposed=len(proposals),
        unmatched=summary.open - len(proposals),
        lines=[_line(row, texts, proposals.get(row["line"])) for row in wanted[:limit]],
        without_line=missing[:MOST_ENTRIES],
        without_line_count=len(missing),
    )
    link = next_page(request, cursor=written(wanted[limit - 1]["line"])) if len(wanted) > limit else None
    return answer(content, position, link=link)


@get(
    "/v1/funds/{fund_id:str}/counts",
    operation_id="listCounts",
    summary="What was counted, against the book",
    tags=["funds"],
    responses=documented({200: Counts}, 400, 404, 503),
)
async def list_counts(
    request: AnyRequest,
    fund_id: Identifier,
    limit: Limit = 100,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Answer:
    """Each count with the book's balance at that day's end, the difference, and what was booked for it with
    its reason. A later count of the same day and pocket takes the place of an earlier one."""
    after = understood(cursor, tuple[dt.date, int]) or (dt.date.min, 0)
    ledger = ledger_of(request)
    async with ledger.reading_models(MODELS, min_position) as (connection, position):
        await require_fund(request, connection, fund_id, BOOKS)
        rows, differences = await counts(connection, fund_id, after, limit + 1)
        booked = [d for d in differences if d["type"] == "DifferenceBooked"]
        reasons = await opened(connection, ledger.master, [d["event_id"] for d in booked])
    found = [_counted(row, differences, reasons) for row in rows[:limit]]
    last = written((found[-1].counted_on, found[-1].position)) if len(rows) > limit else None
    link = next_page(request, cursor=last) if last else None
    return answer(Counts(fund_id, found), position, link=link)


def _open_lines(rows: Sequence[Any], texts: Opened) -> list[OpenLine]:
    return [
        OpenLine(row["line"], row["day"], row["amount"], text_of(texts.get((row["event_id"], "text"))) or "")
        for row in rows
        if row["state"] == "open"
    ]


def _sealed(rows: Sequence[Any]) -> list[UUID]:
    """The events whose texts are still to be opened: settled lines, and what set them aside."""
    settled = [row for row in rows if row["state"] != "open"]
    return [row["event_id"] for row in settled] + [
        row["settled_by"] for row in settled if row["state"] == "set_aside"
    ]


def _state(row: Any, proposed: bool) -> LineState:
    if row["state"] == "open":
        return "proposed" if proposed else "unmatched"
    state: LineState = row["state"]
    return state


def _line(row: Any, texts: Opened, proposal: Proposal | None) -> StatementLine:
    state = _state(row, proposal is not None)
    return StatementLine(
        line=row["line"],
        date=row["day"],
        amount=row["amount"],
        text=text_of(texts.get((row["event_id"], "text"))),
        reference=text_of(texts.get((row["event_id"], "reference"))),
        state=state,
        entries=row["entries"],
        settled_by=row["settled_by"],
        reason=text_of(texts.get((row["settled_by"], "reason"))) if state == "set_aside" else None,
        proposal=proposal,
    )


def _counted(row: Any, differences: Sequence[Any], reasons: Opened) -> Counted:
    """Differences of that day and pocket belong to the last count before them."""
    since = [
        d
        for d in differences
        if (d["occurred_on"], d["pocket"]) == (row["counted_on"], row["pocket"])
        and d["position"] > row["position"]
    ]
    own = [d for d in since if row["next_at"] is None or d["position"] < row["next_at"]]
    booked = row["balance"] - sum(d["amount"] for d in since)
    settled = sum(d["amount"] for d in own)
    difference = row["counted"] - booked
    return Counted(
        event_id=row["event_id"],
        position=row["position"],
        counted_on=row["counted_on"],
        recorded_at=row["recorded_at"],
        pocket=row["pocket"],
        counted=row["counted"],
        booked=booked,
        difference=difference,
        settled=settled,
        remaining=difference - settled,
        settled_by=[
            SettledBy(
                d["event_id"], d["amount"], text_of(reasons.get((d["event_id"], "reason"))), d["reversed_by"]
            )
            for d in own
            if d["type"] == "DifferenceBooked"
        ],
    )


HANDLERS: list[Any] = [get_statement, list_counts]
WITH_IMPORT: list[Any] = [list_statements]
"""Has its address in common with `importing.py`, so the two are registered together."""
