"""VIII. Targets: how those of the year went, and those of the next."""

from decimal import Decimal
from fractions import Fraction

from services.report.content import Block, Cell, Column, Paragraph, Row
from services.report.lines import ESTIMATED, UNKNOWN, Figures, Notes, Sheet, difference, plain, words
from services.report.words import label, unit_of
from services.statistics.figures import percent, rounded
from services.statistics.targets import HUNDREDTH, TargetLine
from services.writing import NOTHING, number
from workers.indicators import INDICATORS

TITLE = "Chỉ tiêu của năm và của năm sau"
SHORT = "Chỉ tiêu"
_SUMMED = "Cộng các cấp."


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where no target of either year is recorded."""
    m = sheet.material
    if not m.targets and not m.next_targets:
        return []
    told: list[Block] = []
    if m.targets:
        known = [t for t in m.targets if t.reached is not None]
        reached = sum(bool(t.reached) for t in known)
        counted = f"đạt {number(reached)} trong {number(len(m.targets))} chỉ tiêu đã đề ra"
        unknown = len(m.targets) - len(known)
        rest = f", {number(unknown)} chỉ tiêu chưa có số liệu thực hiện" if unknown else ""
        told += [Paragraph(f"Năm {m.year} {counted}{rest}."), _of_the_year(sheet)]
    if m.next_targets:
        told += [
            Paragraph(f"Cho năm {m.year + 1} đã đề ra {number(len(m.next_targets))} chỉ tiêu."),
            _of_the_next(sheet, figures),
        ]
    else:
        told.append(Paragraph(f"Trong sổ chưa ghi chỉ tiêu nào cho năm {m.year + 1}."))
    return told


def _of_the_year(sheet: Sheet) -> Block:
    year, notes = sheet.material.year, Notes()
    columns = [
        Column("Chỉ tiêu", 7, figures=False),
        Column("Đơn vị tính", 2, figures=False),
        Column("Đề ra", 3),
        Column("Thực hiện", 3),
        Column("Hơn, kém", 3),
        Column("Bằng (%) đề ra", 2),
    ]
    rows = []
    for t in sheet.material.targets:
        measure = t.measure or "count"
        marks = (notes.mark(ESTIMATED),) if t.estimated else ()
        rows.append(
            Row(
                [
                    words(label(t.indicator)),
                    words(unit_of(t.indicator, t.measure)),
                    _aim(t),
                    UNKNOWN if t.actual is None else plain(t.actual, measure, (*marks, *_summed(t, notes))),
                    UNKNOWN if t.difference is None else difference(t.difference, measure),
                    Cell(NOTHING) if t.share is None else plain(t.share, "percent"),
                ]
            )
        )
    return sheet.table(f"Thực hiện chỉ tiêu năm {year}", columns, rows, notes)


def _of_the_next(sheet: Sheet, figures: Figures) -> Block:
    year, notes = sheet.material.year, Notes()
    columns = [
        Column("Chỉ tiêu", 7, figures=False),
        Column("Đơn vị tính", 2, figures=False),
        Column(f"Thực hiện năm {year}", 3),
        Column(f"Đề ra năm {year + 1}", 3),
        Column("Tăng, giảm", 3),
    ]
    rows = []
    for t in sheet.material.next_targets:
        now, measure = _now(figures, t)
        rows.append(
            Row(
                [
                    words(label(t.indicator)),
                    words(unit_of(t.indicator, measure)),
                    UNKNOWN if now is None else plain(now, measure, _summed(t, notes)),
                    _aim(t, measure),
                    UNKNOWN
                    if now is None
                    else difference(_still(t, now, _exact(figures, t.indicator)), measure),
                ]
            )
        )
    return sheet.table(f"Chỉ tiêu năm {year + 1}", columns, rows, notes)


def _aim(target: TargetLine, measure: str | None = None) -> Cell:
    measure = measure or target.measure or _measure(target.indicator)
    if measure == "percent":
        return plain(rounded(Fraction(target.target), HUNDREDTH), measure)
    return plain(target.target, measure)


def _still(target: TargetLine, now: int | Decimal, exact: Fraction | None) -> int | Decimal:
    """What there is to the target; of a rate from its exact value, rounded once."""
    return target.target - now if exact is None else rounded(Fraction(target.target) - exact, HUNDREDTH)


def _exact(figures: Figures, indicator: str) -> Fraction | None:
    """Of a rate; None of anything else."""
    f = figures.of(indicator)
    if f is None or not isinstance(f.numerator, int) or not isinstance(f.denominator, int):
        return None
    return percent(f.numerator, f.denominator)


def _now(figures: Figures, target: TargetLine) -> tuple[int | Decimal | None, str]:
    """This year's value of what the target is about, over the levels, and its measure."""
    found = figures.all(target.indicator)
    measures = {f.measure for f in found}
    if len(measures) != 1:  # not known, or of several measures that do not add up
        return None, _measure(target.indicator)
    measure = measures.pop()
    value = found[0].value if len(found) == 1 else figures.total(target.indicator)
    return value, measure


def _measure(indicator: str) -> str:
    declared = INDICATORS.get(indicator)
    return (declared.measure if declared else None) or "count"


def _summed(target: TargetLine, notes: Notes) -> tuple[int, ...]:
    declared = INDICATORS.get(target.indicator)
    return (notes.mark(_SUMMED),) if declared is not None and declared.by_level else ()
