"""The yearly table and the comparison, as people read them."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from services.statistics.canonical import as_csv
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
    """One line a figure: what the events give, then what each source printed, with its verdict."""
    shown = _table(f"{name} – năm {comparison.year}: tính từ sổ và đã in")
    for heading in ("Chỉ tiêu", "Cấp"):
        shown.add_column(heading)
    shown.add_column("Tính được", justify="right", no_wrap=True)
    sources = list(dict.fromkeys(f.source for f in comparison.figures))
    for source in sources:
        shown.add_column(source, justify="right", overflow="fold")
    lines: dict[tuple[str, str | None, str], list[ComparedFigure]] = {}
    for f in comparison.figures:
        lines.setdefault((f.indicator, f.level, f.measure), []).append(f)
    for figures in lines.values():
        shown.add_row(*_compared_row(figures, sources))
    return shown


def label(indicator: str) -> str:
    """The Vietnamese label; of a printed change, that of what changed."""
    declared = INDICATORS.get(indicator.removesuffix(CHANGE))
    if declared is None:
        return indicator
    return declared.vi + (" (tăng/giảm)" if indicator.endswith(CHANGE) else "")


def differing(figures: Iterable[ComparedFigure]) -> int:
    """How many printed figures differ from what the events give."""
    return sum(f.verdict == "differs" for f in figures)


def _compared_row(figures: list[ComparedFigure], sources: list[str]) -> list[str]:
    first = figures[0]
    shown = change if first.indicator.endswith(CHANGE) else quantity
    printed = [
        "\n".join(f"{escape(f.printed)} {VERDICTS[f.verdict]}" for f in figures if f.source == source)
        for source in sources
    ]
    return [
        label(first.indicator) + _unit(first.measure),
        LEVELS.get(first.level, first.level or ""),
        shown(first.computed, first.measure),
        *(told or NOTHING for told in printed),
    ]


def _unit(measure: str) -> str:
    unit = MEASURES.get(measure, measure)
    return f" ({unit})" if unit else ""


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", caption_justify="left", title_style="bold", pad_edge=False
    )


__all__ = ["NOTHING", "as_csv", "compared", "differing", "label", "yearly"]
