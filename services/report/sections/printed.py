"""IX. What print says otherwise. Only where it was asked for; nothing here changes a figure."""

from services.report.content import Block, Cell, Column, Paragraph, Row
from services.report.lines import UNKNOWN, Sheet, difference, plain, words
from services.report.words import LEVELS, label
from services.statistics.comparison import ComparedFigure
from services.statistics.contradictions import ContradictingFigure, Contradiction
from services.statistics.figures import CHANGE
from services.writing import number

TITLE = "Đối chiếu với số đã in"
SHORT = "Số đã in"


def blocks(sheet: Sheet) -> list[Block]:
    """Empty where nothing was printed of the year."""
    printed = sheet.material.printed
    if printed is None or not printed.compared:
        return []
    differing = [f for f in printed.compared if f.verdict == "differs"]
    told: list[Block] = [
        Paragraph(
            f"Đã so {number(len(printed.compared))} số đã in của năm với sổ: {number(len(differing))} số"
            " khác. Số đã in giữ nguyên trong sổ, bên cạnh số tính được."
        )
    ]
    if differing:
        told.append(_table(sheet, differing))
    if printed.contradictions:
        told.append(Paragraph("Những số đã in tự mâu thuẫn với nhau:"))
        told += [Paragraph(_told(c), item=True) for c in printed.contradictions]
    return told


def _table(sheet: Sheet, differing: list[ComparedFigure]) -> Block:
    columns = [
        Column("Nguồn", 3, figures=False),
        Column("Chỉ tiêu", 6, figures=False),
        Column("Cấp", 2, figures=False),
        Column("Đã in", 3),
        Column("Tính từ sổ", 3),
    ]
    rows = [
        Row(
            [
                words(f.source),
                words(_name(f.indicator)),
                words(LEVELS.get(f.level, f.level or "")),
                words(f.printed),
                _computed(f),
            ]
        )
        for f in differing
    ]
    return sheet.table("Số đã in khác với số tính từ sổ", columns, rows)


def _computed(f: ComparedFigure) -> Cell:
    if f.computed is None:
        return UNKNOWN
    if f.indicator.endswith(CHANGE):
        return difference(f.computed, "percent" if f.measure == "percentage_point" else f.measure)
    if f.measure == "vnd":
        return Cell(f"{number(f.computed)} đồng", f.computed, "amount")
    return plain(f.computed, f.measure)


def _name(indicator: str) -> str:
    changed = indicator.endswith(CHANGE)
    return label(indicator.removesuffix(CHANGE)) + (" (tăng, giảm)" if changed else "")


def _told(c: Contradiction) -> str:
    first, *others = c.figures
    rest = "; ".join(_said(f) for f in others)
    due = f" Từ đó tính ra {c.expected.replace('.', ',')}." if c.expected is not None else ""
    return f"{_WHY[c.kind]}: {_said(first)}, trong khi {rest}.{due}"


def _said(f: ContradictingFigure) -> str:
    level = f" ({LEVELS.get(f.level, f.level or '').lower()})" if f.level else ""
    return f"{f.source} in {_name(f.indicator).lower()}{level} năm {f.year} là {f.printed}"


_WHY = {
    "rate_against_counts": "Tỷ lệ không khớp hai số làm ra nó",
    "more_achieved_than_registered": "Số đạt nhiều hơn số đăng ký",
    "parts_above_whole": "Các phần cộng lại vượt số chung",
    "sources_differ": "Hai nguồn in khác nhau",
    "change_against_year_before": "Mức tăng, giảm không khớp số năm trước",
}
