"""`khuyenhoc vouchers`: the register of a series, and whether a number is missing from it."""

import sys

import msgspec
from rich.markup import escape
from rich.table import Table

from services.books.voucher_page import POCKETS
from services.books.voucher_sheet import TITLES
from services.books.vouchers import VoucherGap, VoucherParty, VoucherSeries
from services.cli.ledger import Ledger, RefusedError, sentence_of
from services.cli.screen import results
from services.writing import NOTHING, day, number

MISSING = {"log": "không có trong sổ", "books": "không có bút toán"}


def show(ledger: Ledger, unit: str, series: str, year: int, *, as_json: bool) -> None:
    """Print the whole series and what is missing from it. Raises `RefusedError` where anything is."""
    report = _whole(ledger, f"/v1/units/{unit}/vouchers/{series}/{year}")
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        results().print(_table(report))
        results().print(told(report), soft_wrap=True, markup=False)
    if report.gaps:
        raise RefusedError("Dãy số chứng từ không liền mạch.")


def told(report: VoucherSeries) -> str:
    """How many there are, and the gaps."""
    count = f"{number(report.issued)} chứng từ. "
    if not report.gaps:
        return count + "Không có số nào bị bỏ trống."
    return (
        count + "Thiếu: " + "; ".join(f"{_numbers(gap)} ({MISSING[gap.missing_from]})" for gap in report.gaps)
    )


def _whole(ledger: Ledger, path: str) -> VoucherSeries:
    """All pages as one: the later ones are as known to the first."""
    pages, page = [], f"{path}?limit=1000"
    while page:
        answer = ledger.http.get(page)
        if answer.is_error:
            raise RefusedError(sentence_of(answer))
        pages.append(msgspec.json.decode(answer.content, type=VoucherSeries))
        page = answer.links.get("next", {}).get("url", "")
    return msgspec.structs.replace(pages[0], vouchers=[v for one in pages for v in one.vouchers])


def _table(report: VoucherSeries) -> Table:
    table = Table(
        title=f"{TITLES[report.series]} năm {report.year} – {escape(report.unit_id)}", pad_edge=False
    )
    table.add_column("Số", justify="right", no_wrap=True)
    for heading in ("Ngày lập", "Phát sinh", "Quỹ"):
        table.add_column(heading, no_wrap=heading != "Quỹ")
    table.add_column("Số tiền", justify="right", no_wrap=True)
    for heading in ("Hình thức", "Người nộp, nhận", "Ghi chú"):
        table.add_column(heading)
    for v in report.vouchers:
        table.add_row(
            number(v.number),
            day(v.issued_on),
            day(v.occurred_on),
            escape(v.fund_id),
            f"{number(v.amount)} ₫",
            POCKETS[v.pocket],
            escape(_party(v.counterparty)),
            "ĐÃ ĐẢO" if v.reversed_by else "",
        )
    return table


def _party(party: VoucherParty | None) -> str:
    if party is None:
        return NOTHING
    return party.name or str(party.fund_id or party.person_id or NOTHING)


def _numbers(gap: VoucherGap) -> str:
    return f"số {number(gap.first)}" + (f"–{number(gap.last)}" if gap.last > gap.first else "")
