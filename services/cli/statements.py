"""What `khuyenhoc bank` does with statements: send them, show them beside the book, match them with it."""

import json
import sys
from typing import Any

import httpx
import msgspec
from rich.markup import escape
from rich.table import Table

from events.vocabulary import today
from services.api.banking.shapes import (
    Imported,
    StatementDetail,
    StatementLine,
    Statements,
    StatementSummary,
)
from services.banking.matching import Reason
from services.cli.ledger import Ledger, RefusedError, sentence_of
from services.cli.screen import results, say
from services.writing import NOTHING, day, quantity

STATES = {"matched": "đã khớp", "proposed": "đề nghị khớp", "unmatched": "chưa khớp", "set_aside": "để riêng"}
REASONS: dict[Reason, str] = {
    "amount": "số tiền",
    "same_day": "cùng ngày",
    "near_day": "gần ngày",
    "voucher": "số chứng từ",
    "id": "mã bút toán",
    "name": "tên đơn vị",
}


def bring(ledger: Ledger, fund: str, content: bytes, asked: dict[str, Any], *, as_json: bool) -> int:
    """Send a bank's file, and print what was (or would be) recorded and matched. Returns the position of the
    log. Raises `RefusedError`."""
    answer = ledger.http.post(
        f"/v1/funds/{fund}/statements",
        params={name: value for name, value in asked.items() if value is not None},
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )
    _require(answer)
    if as_json:
        sys.stdout.write(answer.text + "\n")
    else:
        told = msgspec.json.decode(answer.content, type=Imported)
        results().print(_table(told.lines))
        done = "Đã ghi" if told.recorded else "Xem trước, chưa ghi gì:"
        period = f"{day(told.from_date)}–{day(told.to_date)}"
        say(
            f"{done} sao kê {told.statement_id}, {period}, {told.line_count} dòng;"
            f" đề nghị khớp {told.proposed}, chưa khớp {told.unmatched}."
        )
    return int(answer.headers["ledger-position"])


def show_all(ledger: Ledger, fund: str, *, as_json: bool) -> None:
    """Print a fund's statements. Raises `RefusedError`."""
    found = _statements(ledger, fund)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    table = Table(*("Sao kê", "Từ ngày", "Đến ngày", "Đầu kỳ", "Cuối kỳ"))
    for name in ("Dòng", "Đã khớp", "Để riêng", "Còn lại"):
        table.add_column(name, justify="right")
    for one in found:
        balances = (quantity(one.opening, "vnd"), quantity(one.closing, "vnd"))
        numbers = map(str, (one.lines, one.matched, one.set_aside, one.open))
        table.add_row(one.statement_id, day(one.from_date), day(one.to_date), *balances, *numbers)
    results().print(table)


def show(ledger: Ledger, fund: str, statement: str, days: int, *, as_json: bool) -> None:
    """Print a statement against the book. Raises `RefusedError`."""
    found = _statement(ledger, fund, statement, days)
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    results().print(_table(found.lines))
    for entry in found.without_line:
        results().print(
            f"Có trong sổ, không có ở ngân hàng: {day(entry.occurred_on)} {quantity(entry.amount, 'vnd')}"
            f" {entry.counterparty or ''} ({entry.event_id})",
            markup=False,
            soft_wrap=True,
        )
    summary = found.summary
    say(
        f"Đã khớp {summary.matched}, để riêng {summary.set_aside}, đề nghị khớp {found.proposed},"
        f" chưa khớp {found.unmatched}; ngoài sao kê {found.without_line_count} bút toán."
    )


def match(ledger: Ledger, fund: str, statement: str, days: int, *, dry_run: bool) -> int | None:
    """Record every proposal, all or none. Returns the position of the log, None if nothing was recorded.
    Raises `RefusedError`."""
    proposed = [one for one in _statement(ledger, fund, statement, days).lines if one.proposal]
    results().print(_table(proposed))
    if dry_run or not proposed:
        say(f"{len(proposed)} đề nghị khớp, chưa ghi gì.")
        return None
    day = str(today())
    names = {"fund_id": fund, "statement_id": statement}
    lines = [
        {
            "type": "BankLineMatched",
            "occurred_on": day,
            "data": {**names, "line": one.line, "event_ids": [str(one.proposal.event_id)]},
        }
        for one in proposed
        if one.proposal
    ]
    answer = ledger.http.post(
        "/v1/commands/batch",
        params={"atomic": "true"},
        content="".join(json.dumps(line) + "\n" for line in lines),
        headers={"Content-Type": "application/x-ndjson"},
    )
    _require(answer)
    say(f"Đã ghi {len(lines)} dòng khớp.")
    return int(answer.headers["ledger-position"])


def _statements(ledger: Ledger, fund: str) -> list[StatementSummary]:
    page, found = f"/v1/funds/{fund}/statements?limit=1000", list[StatementSummary]()
    while True:
        answer = _require(ledger.http.get(page))
        found += msgspec.json.decode(answer.content, type=Statements).statements
        if "next" not in answer.links:
            return found
        page = answer.links["next"]["url"]


def _statement(ledger: Ledger, fund: str, statement: str, days: int) -> StatementDetail:
    """With all of its lines. Raises `RefusedError`."""
    page = f"/v1/funds/{fund}/statements/{statement}?limit=1000&days={days}"
    lines: list[StatementLine] = []
    while True:
        answer = _require(ledger.http.get(page))
        found = msgspec.json.decode(answer.content, type=StatementDetail)
        lines += found.lines
        if "next" not in answer.links:
            return msgspec.structs.replace(found, lines=lines)
        page = answer.links["next"]["url"]


def _require(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    return answer


def _table(lines: list[StatementLine]) -> Table:
    table = Table("Dòng", "Ngày", "Số tiền", "Nội dung", "Tình trạng", "Bút toán", "Vì sao")
    table.columns[2].justify = "right"
    table.columns[5].no_wrap = True
    for one in lines:
        money = quantity(one.amount, "vnd")
        entry, why = "\n".join(map(str, one.entries)) or NOTHING, one.reason or ""
        if one.proposal is not None:
            entry = str(one.proposal.event_id)
            why = f"{one.proposal.score}: " + ", ".join(REASONS[reason] for reason in one.proposal.reasons)
        text = one.text or NOTHING
        table.add_row(
            str(one.line), day(one.date), money, escape(text), STATES[one.state], entry, escape(why)
        )
    return table
