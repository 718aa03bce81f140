"""VII. Every known figure beside that of the year before, on one tree and from the same events."""

from services.report.content import Block, Cell, Column, Paragraph, Row
from services.report.lines import Figures, Notes, Sheet, before, changed, words
from services.report.telling import relative
from services.report.words import LEVELS, label, unit_of
from services.statistics.yearly import YearlyFigure
from services.writing import NOTHING, day, number

TITLE = "So sánh với năm trước"
SHORT = "So sánh"


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where nothing is known of either year."""
    if not figures.lines:
        return []
    m = sheet.material
    told: list[Block] = [
        Paragraph(
            f"Số liệu hai năm {m.year - 1} và {m.year} tính trên cùng địa giới ngày {day(m.scope.tree_on)},"
            " từ cùng một phần của sổ. Tỷ lệ so với nhau bằng điểm phần trăm."
        )
    ]
    changes = [f.change for f in figures.lines if f.change is not None]
    if changes:
        up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
        told.append(
            Paragraph(
                f"Có {number(len(changes))} chỉ tiêu đủ số cả hai năm: {number(up)} tăng,"
                f" {number(down)} giảm, {number(len(changes) - up - down)} giữ nguyên."
            )
        )
    else:
        told.append(Paragraph(f"Chưa có số liệu năm {m.year - 1} để so sánh."))
    return [*told, _table(sheet, figures)]


def _table(sheet: Sheet, figures: Figures) -> Block:
    year, notes = sheet.material.year, Notes()
    columns = [
        Column("Chỉ tiêu", 8, figures=False),
        Column("Cấp", 3, figures=False),
        Column("Đơn vị tính", 3, figures=False),
        Column(f"Năm {year - 1}", 3),
        Column(f"Năm {year}", 3),
        Column("Tăng, giảm", 4),
        Column("Tăng, giảm (%)", 3),
    ]
    rows = [
        Row(
            [
                words(label(f.indicator)),
                words(LEVELS[f.level]),
                words(unit_of(f.indicator, f.measure)),
                before(f),
                notes.value(f),
                changed(f),
                _relative(f),
            ]
        )
        for f in figures.lines
    ]
    return sheet.table(f"Số liệu năm {year} bên cạnh năm {year - 1}", columns, rows, notes)


def _relative(figure: YearlyFigure) -> Cell:
    """Of a rate none: its change is in points already."""
    share = None if figure.measure == "percent" else relative(figure.change, figure.previous)
    if share is None:
        return Cell(NOTHING)
    return Cell(("+" if share > 0 else "") + number(share) + "%", share, "percent_change")
