"""VI. Each unit below with its main figures; together with the unit's own work they are the whole."""

from services.report.content import Block, Cell, Column, Paragraph, Row
from services.report.lines import Figures, Notes, Sheet, plain, words
from services.report.words import BELOW
from services.statistics.yearly import YearlyTable
from services.writing import number

TITLE = "Kết quả của các đơn vị trực thuộc"
SHORT = "Đơn vị"
_COUNTS = (
    ("unit.chapters", "Chi hội"),
    ("member.total", "Hội viên"),
    ("model.family.registered", "Gia đình đăng ký"),
    ("model.family.achieved", "Gia đình đạt"),
    ("model.family.rate", "Tỷ lệ đạt"),
    ("centre.classes", "Lớp"),
)
_MONEY = (("fund.raised", "Vận động được (đồng)"), ("fund.awarded", "Khen thưởng (đồng)"))

Columns = list[tuple[str, str]]
"""(indicator, heading)"""


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where there are no units below."""
    m = sheet.material
    counts = [(name, heading) for name, heading in _counted(sheet) if figures.of(name)]
    money = [(name, heading) for name, heading in _MONEY if figures.all(name)]
    if not m.parts or not (counts or money):
        return []
    notes = Notes()
    columns = [
        Column("Đơn vị", 11, figures=False),
        *(Column(heading, 4) for _, heading in counts),
        *(Column(heading, 6) for _, heading in money),
    ]
    own = f"Riêng {m.unit.name(m.scope.tree_on)}"
    rows = [Row([words(p.name or own), *_cells(p.table, counts, money, notes)]) for p in m.parts]
    rows.append(Row([words("Cộng"), *_cells(m.table, counts, money, notes)], strong=True))
    intro = (
        f"Hội có {number(len(m.parts) - 1)} đơn vị trực thuộc. Dòng «Riêng» là phần việc của chính cấp này;"
        " các dòng cộng lại đúng bằng số chung, khoản chuyển giữa các quỹ đã loại trừ như ở phần quỹ."
    )
    table = sheet.table("Số liệu chính theo đơn vị", columns, rows, notes)
    return [Paragraph(intro), table]


def _counted(sheet: Sheet) -> Columns:
    """Of chapters themselves there is nothing to count: each is one."""
    tree = sheet.material.scope.tree
    below = [tree.get(part.unit_id) for part in sheet.material.parts if part.unit_id]
    lowest = all(unit is not None and unit.level in BELOW for unit in below)
    return [column for column in _COUNTS if not (lowest and column[0] == "unit.chapters")]


def _cells(table: YearlyTable, counts: Columns, money: Columns, notes: Notes) -> list[Cell]:
    of = Figures(table.indicators)
    cells = [notes.value(of.of(name)) for name, _ in counts]
    for name, _ in money:
        marks = sorted({mark for f in of.all(name) for mark in notes.marks(f)})
        cells.append(plain(of.total(name), marks=tuple(marks)))
    return cells
