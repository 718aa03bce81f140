"""`khuyenhoc statement`: what a period of a fund came to."""

import datetime as dt
import sys

import msgspec
from rich.markup import escape
from rich.table import Table

from services.books.flows import Flow
from services.books.statement import PeriodStatement
from services.books.statement_page import PLACES, WHY, words_of
from services.cli.ledger import Ledger, RefusedError, sentence_of
from services.cli.screen import results
from services.writing import day, moment, number


def show(
    ledger: Ledger, fund: str, first: dt.date, last: dt.date, as_known: str | None, *, as_json: bool
) -> None:
    """Print it, with all that was recorded late. Raises `RefusedError`."""
    made = _whole(ledger, fund, {"from": str(first), "to": str(last), "as_known": as_known})
    if as_json:
        sys.stdout.write(msgspec.json.encode(made).decode() + "\n")
        return
    screen = results()
    for table in tables(made):
        screen.print(table)
    screen.print(closed(made), soft_wrap=True, markup=False)


def tables(made: PeriodStatement) -> list[Table]:
    """The sum, where it came from, what it went for, what moved within, what was recorded late."""
    title = f"{escape(made.name)}: từ {day(made.from_date)} đến {day(made.to_date)}"
    found = [
        _places(made, title),
        _flows("Thu, theo nguồn", made.sources),
        _flows("Chi, theo việc", made.uses),
    ]
    if made.moved:
        found.append(_flows("Luân chuyển (không tính là thu, chi)", made.moved))
    if made.late:
        found.append(_late(made))
    return found


def closed(made: PeriodStatement) -> str:
    """Whether the books are closed, by what, and on which events all this goes."""
    lines = [
        f"Đã khóa sổ đến hết ngày {day(c.through)}: sự kiện {c.event_id}, vị trí {number(c.position)},"
        f" người ghi {c.recorded_by or '–'}."
        for c in made.closings
    ] or ["Chưa khóa sổ hết kỳ này."]
    return "\n".join([*lines, f"Theo {number(made.as_known)} sự kiện đầu tiên của sổ."])


def _whole(ledger: Ledger, fund: str, asked: dict[str, str | None]) -> PeriodStatement:
    """All pages as one: the later ones are as known to the first."""
    query: dict[str, str] | None = {name: value for name, value in asked.items() if value is not None}
    pages, page = [], f"/v1/funds/{fund}/statement"
    while page:
        answer = ledger.http.get(page, params=(query | {"limit": "1000"}) if query else None)
        if answer.is_error:
            raise RefusedError(sentence_of(answer))
        pages.append(msgspec.json.decode(answer.content, type=PeriodStatement))
        page, query = answer.links.get("next", {}).get("url", ""), None
    return msgspec.structs.replace(pages[0], late=[entry for one in pages for entry in one.late])


def _places(made: PeriodStatement, title: str) -> Table:
    table = _table(title, "", "Đầu kỳ", "Thu", "Chi", "Luân chuyển", "Cuối kỳ")
    for p in made.places:
        if p.place in ("cash", "bank", "goods") or p.opening or p.moved or p.closing:
            _row(table, PLACES[p.place], p.opening, p.received, p.spent, p.moved, p.closing)
    table.add_section()
    for name, t in (("Cộng tiền", made.money), ("Cộng hiện vật", made.goods)):
        _row(table, name, t.opening, t.received, t.spent, 0, t.closing)
    return table


def _flows(title: str, flows: list[Flow]) -> Table:
    table = _table(title, "Nội dung", "Tiền mặt", "Ngân hàng", "Cộng tiền", "Hiện vật", "Bút toán")
    for f in flows:
        _row(table, f.label, f.cash, f.bank, f.money, f.goods, f.entries, counted=True)
    return table


def _late(made: PeriodStatement) -> Table:
    table = Table(title=f"Ghi muộn: {number(made.late_count)}", title_justify="left", pad_edge=False)
    for heading in ("Ngày", "Ghi lúc", "Bút toán", "Ngăn"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Số tiền", justify="right", no_wrap=True)
    table.add_column("Vì sao")
    for e in made.late:
        why = WHY[e.why] + (", sau khi khóa sổ" if e.after_closing else "")
        what = words_of(e.type)
        amount = f"{number(e.amount)} ₫"
        table.add_row(day(e.occurred_on), moment(e.recorded_at), what, PLACES[e.pocket], amount, why)
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column(first)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _row(table: Table, name: str, *amounts: int, counted: bool = False) -> None:
    """Amounts in đồng; where `counted`, the last of them is a count."""
    told = [f"{number(amount)} ₫" for amount in amounts]
    if counted:
        told[-1] = number(amounts[-1])
    table.add_row(escape(name), *told)
