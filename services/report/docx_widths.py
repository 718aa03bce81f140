"""How wide the columns of a table are in Word, which has to be told: no figure is broken in two, words share
what is left."""

from services.report.content import Column, Table
from services.report.docx_form import CELL_SIZES, WIDTH_MM

MM_A_POINT = 25.4 / 72
CHARACTER = 0.5
"""Of the font's size: a digit of Times New Roman; bold letters are a little wider."""
BOLD = 1.15
BESIDE_MM = 4.5
"""The cell's margins."""
LEAST_FOR_WORDS = 0.4
"""Of the whole width: with less, the table is set in the smaller size."""


def measured(table: Table) -> tuple[int, list[float]]:
    """(size in points, widths in mm, which add up to the width between the margins)."""
    size, small = CELL_SIZES
    figures = _figures(table, size)
    if WIDTH_MM - sum(figures) < LEAST_FOR_WORDS * WIDTH_MM:
        size, figures = small, _figures(table, small)
    left = WIDTH_MM - sum(figures)
    words = sum(_weight(c) for c in table.columns)
    if not words or left <= 0:
        total = sum(c.weight for c in table.columns)
        return size, [WIDTH_MM * c.weight / total for c in table.columns]
    shared = [left * _weight(c) / words for c in table.columns]
    return size, [own or share for own, share in zip(figures, shared, strict=True)]


def _figures(table: Table, size: int) -> list[float]:
    """What each column of figures needs; 0 for those of words."""
    return [_needed(table, n, size) if c.figures else 0.0 for n, c in enumerate(table.columns)]


def _weight(column: Column) -> int:
    return 0 if column.figures else column.weight


def _needed(table: Table, n: int, size: int) -> float:
    """For the longest figure, and for the longest word of the heading."""
    longest = max(len(word) for word in table.columns[n].heading.split()) * BOLD
    for row in table.rows:
        cell = row.cells[n]
        length = len(cell.text) + len(cell.marks) * 2
        longest = max(longest, length * (BOLD if row.strong else 1))
    return longest * CHARACTER * size * MM_A_POINT + BESIDE_MM
