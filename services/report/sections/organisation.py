"""I. The organisation: chapters, members, reports handed in."""

from services.report.content import Block, Column, Paragraph, Row
from services.report.lines import Figures, Notes, Sheet, before, changed, words
from services.report.telling import rise
from services.report.words import label, unit_of
from services.statistics.yearly import YearlyFigure
from services.writing import day, quantity

TITLE = "Tổ chức Hội và hội viên"
SHORT = "Tổ chức"
_READ = ("unit.", "member.", "population.", "report.")


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where nothing is known."""
    m = sheet.material
    found = list(figures.among(*_READ))
    if not found:
        return []
    told: list[Block] = []
    chapters, members = figures.of("unit.chapters"), figures.of("member.total")
    there = [_count(chapters, "chi hội", m.year), _count(members, "hội viên", m.year)]
    if counted := [text for text in there if text]:
        told.append(Paragraph(f"Hết ngày {day(m.through)}, toàn Hội có {'; '.join(counted)}."))
    share = figures.of("member.share")
    if share is not None and share.value is not None:
        told.append(Paragraph(f"Cứ 100 người dân có {quantity(share.value, '')} hội viên."))
    return [*told, compared_table(sheet, "Tổ chức và hội viên", found)]


def compared_table(sheet: Sheet, title: str, figures: list[YearlyFigure]) -> Block:
    """A line a figure: the year before, the year, the difference."""
    year, notes = sheet.material.year, Notes()
    columns = [
        Column("Nội dung", 7, figures=False),
        Column("Đơn vị tính", 2, figures=False),
        Column(f"Năm {year - 1}"),
        Column(f"Năm {year}"),
        Column("Tăng, giảm", 3),
    ]
    rows = [
        Row(
            [
                words(label(f.indicator)),
                words(unit_of(f.indicator, f.measure)),
                before(f),
                notes.value(f),
                changed(f),
            ]
        )
        for f in figures
    ]
    return sheet.table(title, columns, rows, notes)


def _count(figure: YearlyFigure | None, unit: str, year: int) -> str:
    if figure is None or figure.value is None:
        return ""
    return f"{quantity(figure.value, '')} {unit}{rise(figure, year)}"
