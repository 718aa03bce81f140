"""Figures looked up and put into tables, with the notes that belong to them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from services.report.content import Cell, Column, Row, Table
from services.report.material import Material
from services.statistics.yearly import YearlyFigure
from services.writing import NOTHING, change, day, moment, number, quantity, signed

ESTIMATED = "Số ước tính: có phần chia theo tỷ lệ khi một đơn vị được tách."
INCOMPLETE = "Số chưa đủ: trong sổ có sự kiện thuộc đơn vị này chưa tổng hợp được."
ODD = "Số cần xem lại: "


class Figures:
    """The lines of a yearly table, by what they are."""

    def __init__(self, lines: Iterable[YearlyFigure]) -> None:
        self.lines = [line for line in lines if told(line)]

    def of(self, indicator: str, level: str | None = None) -> YearlyFigure | None:
        """The one of that name and level; None where nothing is known of it."""
        return next((f for f in self.lines if f.indicator == indicator and f.level == level), None)

    def all(self, indicator: str) -> list[YearlyFigure]:
        """Of every level and measure."""
        return [f for f in self.lines if f.indicator == indicator]

    def among(self, *beginnings: str) -> Iterator[YearlyFigure]:
        return (f for f in self.lines if f.indicator.startswith(beginnings))

    def total(self, indicator: str) -> int | None:
        """Over the levels, of an amount kept by level; None where none is known."""
        known = [f.value for f in self.all(indicator) if isinstance(f.value, int)]
        return sum(known) if known else None


def told(figure: YearlyFigure | None) -> bool:
    """Whether anything is known of it, this year or the year before."""
    return figure is not None and (figure.value is not None or figure.previous is not None)


@dataclass(slots=True)
class Notes:
    """A table's notes, numbered as they come up."""

    texts: list[str] = field(default_factory=list)

    def marks(self, figure: YearlyFigure) -> tuple[int, ...]:
        """The numbers of what there is to say of the figure."""
        said = [ESTIMATED] if figure.estimated else []
        said += [INCOMPLETE] if figure.incomplete else []
        said += [f"{ODD}{flag.vi}." for flag in figure.flags]
        return tuple(self.mark(text) for text in said)

    def mark(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def value(self, figure: YearlyFigure | None) -> Cell:
        """This year's."""
        if figure is None or figure.value is None:
            return UNKNOWN
        return plain(figure.value, figure.measure, self.marks(figure))


UNKNOWN = Cell(NOTHING)


def words(text: str) -> Cell:
    return Cell(text)


def plain(value: int | Decimal | None, measure: str = "count", marks: tuple[int, ...] = ()) -> Cell:
    """10.380 or 97,16%. Amounts in đồng stand under a heading that says so."""
    if value is None:
        return UNKNOWN
    if measure == "percent":
        return Cell(quantity(value, measure), value, "percent", marks)
    return Cell(number(value), value, "number", marks)


def before(figure: YearlyFigure | None) -> Cell:
    """The year before's."""
    return UNKNOWN if figure is None else plain(figure.previous, figure.measure)


def changed(figure: YearlyFigure | None) -> Cell:
    """+576, −4, +5,04 điểm %."""
    if figure is None or figure.change is None:
        return UNKNOWN
    return difference(figure.change, figure.measure)


def difference(value: int | Decimal, measure: str) -> Cell:
    if measure == "percent":
        return Cell(change(value, measure), value, "points")
    return Cell(signed(value), value, "change")


class Sheet:
    """Numbers the tables and says under each what it was made of."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self._numbered = 0

    def table(self, title: str, columns: list[Column], rows: list[Row], notes: Notes | None = None) -> Table:
        self._numbered += 1
        texts = notes.texts if notes else []
        return Table(self._numbered, title, columns, rows, texts, self.basis())

    def basis(self) -> str:
        """The position, with when it was recorded, and whose boundaries hold."""
        m = self.material
        short = " Số liệu chưa đủ." if any(f.incomplete for f in m.table.indicators) else ""
        return (
            f"Lập tại vị trí {number(m.scope.known)} của sổ (ghi lúc {moment(m.recorded_at)}),"
            f" theo địa giới ngày {day(m.scope.tree_on)}.{short}"
        )
