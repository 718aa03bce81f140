"""`khuyenhoc preview`: what commands about units would do to every figure, for people."""

import sys
from pathlib import Path

import msgspec
from rich.table import Table

from services.cli.ledger import Ledger, RefusedError, sentence_of
from services.cli.screen import results, say
from services.cli.tables import LEVELS, MEASURES, label
from services.preview.shapes import Conservation, Preview, Series, TouchedUnit
from services.writing import change, day, number, quantity

_FATES = {"begins": "mới thành lập", "stays": "", "ends": "kết thúc"}
_ENDINGS = {"merged": "nhập vào", "split": "chia cho", "dissolved": "giải thể, số liệu về"}
_WHY = {
    "recorded": "do chính các lệnh này ghi",
    "covers": "do đơn vị khác công bố cho cả địa bàn",
    "lost": "KHÔNG BẢO TOÀN",
}


def show(ledger: Ledger, file: Path, first: int | None, last: int | None, *, as_json: bool) -> None:
    """Raises `RefusedError` with what recording would be refused for, or where a total is not conserved."""
    sent = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    kind = "application/json" if sent.lstrip()[:1] == b"[" else "application/x-ndjson"
    years = {"from_year": first, "to_year": last}
    answer = ledger.http.post(
        "/v1/units/preview",
        content=sent,
        headers={"Content-Type": kind},
        params={name: year for name, year in years.items() if year is not None},
    )
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    if as_json:
        sys.stdout.write(answer.text + "\n")
    found = msgspec.json.decode(answer.content, type=Preview)
    if not as_json:
        _told(found)
    say("Chưa ghi gì vào sổ: đây chỉ là xem trước.")
    if not all(total.conserved for total in found.totals):
        raise RefusedError("Có tổng số không được bảo toàn; xem phần tổng số.")


def _told(found: Preview) -> None:
    screen = results()
    screen.print(
        f"Nếu ghi {number(found.commands)} lệnh (địa giới ngày {day(found.tree)},"
        f" theo {number(found.position)} sự kiện đầu tiên của sổ):",
        style="bold",
    )
    for ending in found.ends:
        heirs = [
            f"{h.name} ({h.parts} phần)" if len(ending.successors) > 1 else h.name for h in ending.successors
        ]
        to = ", ".join(heirs or [unit.name for unit in ending.rolls_up_to]) or "không đơn vị nào"
        screen.print(f"• {ending.name} kết thúc ngày {day(ending.on)}: {_ENDINGS[ending.ending]} {to}")
    for moving in found.moves:
        screen.print(f"• {moving.name}: từ «{moving.from_unit_id or '–'}» sang «{moving.to_unit_id or '–'}»")
    for code in found.codes:
        was = ", ".join(held.name for held in code.before)
        now = (
            f"từ ngày {day(code.after.since)} là {code.after.name}"
            if code.after
            else "không còn của đơn vị nào"
        )
        screen.print(f"• Mã {code.code} ({code.scheme}), trước là {was}: {now}")
    for total in found.totals:
        screen.print(_total(total))
    _left(found)
    for unit in found.units:
        if unit.series is not None and any(s.changes or s.becomes_estimated for s in unit.series):
            screen.print(_figures(unit, unit.series, found.years))


def _total(total: Conservation) -> str:
    units = " + ".join(total.units)
    lines = [
        f"• Tổng số của {units}: so {number(total.compared)} số, "
        + ("được bảo toàn" if total.conserved else "KHÔNG được bảo toàn")
    ]
    lines += [
        f"    {label(d.indicator)} năm {d.year}: {change(d.difference, d.measure)} ({_WHY[d.why]})"
        for d in total.differences
    ]
    return "\n".join(lines)


def _left(found: Preview) -> None:
    screen = results()
    for fund in found.funds:
        held = quantity(fund.cash + fund.bank, "vnd") + (
            f" và hiện vật {quantity(fund.goods, 'vnd')}" if fund.goods else ""
        )
        to = (
            f"bàn giao cho «{fund.handed_over_to}»"
            if fund.handed_over_to
            else "CHƯA bàn giao (FundHandedOver)"
        )
        open_ = f"; đề nghị chi chưa quyết: {', '.join(fund.open_payments)}" if fund.open_payments else ""
        screen.print(f"• Quỹ «{fund.fund_id}» của «{fund.unit_id}», còn {held}: {to}{open_}")
    for centre in found.centres:
        to = f"tiếp tục tại «{centre.goes_on_at}»" if centre.goes_on_at else "không còn đơn vị chủ quản"
        screen.print(f"• {centre.name} («{centre.centre_id}»): {to}")
    for group in found.candidates:
        screen.print(
            f"• «{group.unit_id}»: {number(group.candidates)} đăng ký mô hình «{group.model}» năm"
            f" {group.year} chưa đánh giá; vẫn đánh giá được, tính nơi đã đăng ký"
        )
    for role in found.roles:
        screen.print(
            f"• «{role.unit_id}»: {number(role.actors)} người giữ vai trò «{role.role}», chỉ còn với tới"
            " phần cũ; cần cấp vai trò tại đơn vị mới"
        )


def _figures(unit: TouchedUnit, series: list[Series], years: list[int]) -> Table:
    fate = f" ({_FATES[unit.fate]})" if _FATES[unit.fate] else ""
    shown = Table(title=f"{unit.name}{fate}", title_justify="left", title_style="bold", pad_edge=False)
    for heading in ("Chỉ tiêu", "Cấp"):
        shown.add_column(heading)
    for year in years:
        shown.add_column(str(year), justify="right", no_wrap=True)
    for line in series:
        if line.changes or line.becomes_estimated:
            mark = " (ước tính)" if line.becomes_estimated else ""
            measure = MEASURES.get(line.measure, line.measure)
            cells = [
                f"{quantity(was, line.measure)} → {quantity(now, line.measure)}{mark}"
                for was, now in zip(line.before, line.after, strict=True)
            ]
            name = label(line.indicator) + (f" ({measure})" if measure else "")
            shown.add_row(name, LEVELS.get(line.level, line.level or ""), *cells)
    return shown
