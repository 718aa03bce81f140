"""Sentences out of figures. Only what is known is told."""

from decimal import Decimal
from fractions import Fraction

from services.report.words import LEVELS
from services.statistics.figures import rounded
from services.statistics.yearly import YearlyFigure
from services.writing import dong, number, quantity

_HUNDREDTH = Decimal("0.01")


def rise(figure: YearlyFigure, year: int) -> str:
    """` (tăng 576 so với năm 2016, tức 5,88%)`; nothing where the year before is not known."""
    change, previous = figure.change, figure.previous
    if change is None:
        return ""
    if not change:
        return f" (bằng năm {year - 1})"
    way, by = ("tăng", change) if change > 0 else ("giảm", -change)
    if figure.measure == "percent":
        return f" ({way} {quantity(by, 'percentage_point')} so với năm {year - 1})"
    size = dong(int(by)) if figure.measure == "vnd" else number(by)
    share = relative(change, previous)
    told = "" if share is None else f", tức {number(abs(share))}%"
    return f" ({way} {size} so với năm {year - 1}{told})"


def relative(change: int | Decimal | None, previous: int | Decimal | None) -> Decimal | None:
    """The change in percent of the year before, rounded once; None over nothing."""
    if change is None or not previous:
        return None
    return rounded(100 * Fraction(change) / Fraction(previous), _HUNDREDTH)


def by_level(figures: list[YearlyFigure]) -> str:
    """`cấp huyện 47.850.000 đồng, cấp xã 107 triệu đồng`, of amounts."""
    return ", ".join(
        f"{LEVELS[f.level].lower()} {dong(f.value)}" for f in figures if isinstance(f.value, int)
    )
