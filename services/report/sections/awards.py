"""V. Awards by category and level. Persons, turns and awards do not add up; amounts do."""

from collections.abc import Iterator

from services.report.content import Block, Chart, Column, Paragraph, Row, Series
from services.report.lines import Figures, Notes, Sheet, before, changed, plain, words
from services.report.telling import rise
from services.report.words import LEVELS, label, unit_of
from services.statistics.yearly import YearlyFigure
from services.writing import dong, number
from workers.declared.money import RECIPIENTS

TITLE = "Khen thưởng, hỗ trợ người học và người làm khuyến học"
SHORT = "Khen thưởng"
_CATEGORIES = [indicator.name for indicator in RECIPIENTS]
_WITH_ABOVE = "Số tiền gộp ở dòng trên cùng đối tượng và cấp."


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where nothing is known."""
    found = [f for name in _CATEGORIES for f in figures.all(name)]
    if not found:
        return []
    year = sheet.material.year
    return [*_sentences(figures, found, year), _table(sheet, figures, found), *_chart(figures)]


def _sentences(figures: Figures, found: list[YearlyFigure], year: int) -> Iterator[Block]:
    """What was paid at a level is told once, however many measures its recipients are counted by."""
    paid = set()
    for f in found:
        if f.value is None:
            continue
        first = (f.indicator, f.level) not in paid
        if f.value:
            paid.add((f.indicator, f.level))
        yield Paragraph(_told(f, _amount(figures, f) if first else None, year), item=True)


def _table(sheet: Sheet, figures: Figures, found: list[YearlyFigure]) -> Block:
    year, notes = sheet.material.year, Notes()
    columns = [
        Column("Đối tượng", 6, figures=False),
        Column("Cấp", 3, figures=False),
        Column("Đơn vị tính", 2, figures=False),
        Column(f"Năm {year - 1}"),
        Column(f"Năm {year}"),
        Column("Tăng, giảm"),
        Column("Số tiền (đồng)", 3),
    ]
    rows, paid = [], set()
    for f in found:
        first = (f.indicator, f.level) not in paid
        paid.add((f.indicator, f.level))
        amount = _amount(figures, f)
        money = notes.value(amount) if first else words(f"({notes.mark(_WITH_ABOVE)})")
        cells = [words(label(f.indicator)), words(LEVELS[f.level]), words(unit_of(f.indicator, f.measure))]
        rows.append(Row([*cells, before(f), notes.value(f), changed(f), money]))
    sums = [a.value for name in _CATEGORIES for a in figures.all(_paid(name)) if isinstance(a.value, int)]
    blank = [words("")] * 5
    rows.append(Row([words("Cộng số tiền"), *blank, plain(sum(sums) if sums else None)], strong=True))
    return sheet.table("Khen thưởng, hỗ trợ theo đối tượng và cấp", columns, rows, notes)


def _told(f: YearlyFigure, amount: YearlyFigure | None, year: int) -> str:
    assert f.value is not None
    money = ""
    if amount is not None and isinstance(amount.value, int) and f.value:
        money = f", {dong(amount.value)}"
    unit = unit_of(f.indicator, f.measure)
    return f"{label(f.indicator)}, {LEVELS[f.level].lower()}: {number(f.value)} {unit}{rise(f, year)}{money}."


def _amount(figures: Figures, of: YearlyFigure) -> YearlyFigure | None:
    return figures.of(_paid(of.indicator), of.level)


def _paid(recipients: str) -> str:
    return recipients.removesuffix("recipients") + "amount"


def _chart(figures: Figures) -> list[Block]:
    paid = [(name, figures.total(_paid(name))) for name in _CATEGORIES]
    known = [(label(name), amount) for name, amount in paid if amount]
    if not known:
        return []
    series = Series("Số tiền", [amount for _, amount in known])
    return [Chart("Số tiền khen thưởng, hỗ trợ theo đối tượng", [n for n, _ in known], [series], unit="đồng")]
