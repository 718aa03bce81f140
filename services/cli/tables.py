"""The yearly table and the comparison, as people read them."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from rich.table import Table

from services.statistics.comparison import ComparedFigure, Comparison
from services.statistics.figures import CHANGE
from services.statistics.yearly import YearlyTable
from services.writing import NOTHING, change, day, number, quantity
from workers.indicators import INDICATORS

LEVELS = {
    None: "",
    "central": "trung ương",
    "province": "tỉnh",
    "district": "huyện/thành phố",
    "commune": "xã/phường",
    "chapter": "chi hội",
    "board": "ban khuyến học",
    "clan": "dòng họ",
}
MEASURES = {
    "count": "",
    "person": "người",
    "person_turn": "lượt",
    "award": "suất",
    "vnd": "",
    "percent": "",
    "percentage_point": "",
}
VERDICTS = {
    "matches": "[green]khớp[/]",
    "within": "[green]khớp (xấp xỉ)[/]",
    "differs": "[bold red]KHÁC[/]",
    "not computed": "[yellow]chưa tính được[/]",
}


def yearly(table: YearlyTable, name: str) -> Table:
    """One line an indicator: the year, the year before, the change."""
    shown = _table(f"{name} – số liệu năm {table.year}")
    shown.caption = f"Theo {number(table.as_known)} sự kiện đầu tiên của sổ, địa giới ngày {day(table.tree)}"
    for heading in ("Chỉ tiêu", "Cấp"):
        shown.add_column(heading)
    for heading in (str(table.year), str(table.year - 1), "Tăng/giảm", "Số sự kiện"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for f in table.indicators:
        if f.value is None and f.previous is None:
            continue
        mark = (" (ước tính)" if f.estimated else "") + (" (chưa đủ)" if f.incomplete else "")
        shown.add_row(
            label(f.indicator) + _unit(f.measure),
            LEVELS[f.level],
            quantity(f.value, f.measure) + mark,
            quantity(f.previous, f.measure),
            change(f.change, f.measure),
            number(f.events),
        )
    return shown


def compared(comparison: Comparison, name: str) -> Table:
    """One line a printed figure, beside what the events give."""
    shown = _table(f"{name} – năm {comparison.year}: tính từ sổ và đã in")
    for heading in ("Nguồn", "Chỉ tiêu", "Cấp"):
        shown.add_column(heading)
    for heading in ("Đã in", "Tính được"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("Kết luận", no_wrap=True)
    for f in comparison.figures:
        shown.add_row(*_compared_row(f))
    return shown


def label(indicator: str) -> str:
    """The Vietnamese label; of a printed change, that of what changed."""
    declared = INDICATORS.get(indicator.removesuffix(CHANGE))
    if declared is None:
        return indicator
    return declared.vi + (" (tăng/giảm)" if indicator.endswith(CHANGE) else "")


def as_csv(table: YearlyTable) -> str:
    """Fixed columns, `\\n`, ISO numbers: two tables of the same position are equal to the byte."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["indicator", "level", "measure", "value", "previous", "change", "numerator", "denominator", "events"]
    )
    for f in table.indicators:
        row = [f.indicator, f.level, f.measure, f.value, f.previous, f.change]
        counts = [f.numerator, f.denominator]
        writer.writerow([*map(_plain, row), *(c if isinstance(c, int) else "" for c in counts), f.events])
    return out.getvalue()


def differing(figures: Iterable[ComparedFigure]) -> int:
    """How many printed figures differ from what the events give."""
    return sum(f.verdict == "differs" for f in figures)


def _compared_row(f: ComparedFigure) -> list[str]:
    shown = change if f.indicator.endswith(CHANGE) else quantity
    return [
        f.source,
        label(f.indicator) + _unit(f.measure),
        LEVELS.get(f.level, f.level or ""),
        f.printed,
        shown(f.computed, f.measure),
        VERDICTS[f.verdict],
    ]


def _unit(measure: str) -> str:
    unit = MEASURES.get(measure, measure)
    return f" ({unit})" if unit else ""


def _plain(value: int | Decimal | str | None) -> str:
    return "" if value is None else str(value)


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", caption_justify="left", title_style="bold", pad_edge=False
    )


__all__ = ["NOTHING", "as_csv", "compared", "differing", "label", "yearly"]
