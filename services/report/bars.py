"""A chart of the report as Excel draws it, beside a table or in a workbook of its own. Word shows the same
drawing, with that workbook inside for whoever wants to see or change what it draws."""

import datetime as dt
import io
import zipfile
from typing import Any

import xlsxwriter

from services.report.archive import fixed
from services.report.content import Chart
from services.writing import number, quantity

COLOURS = ("#9DB7D5", "#1F4E79")
"""The first of two series pale, the second dark: told apart in print without colour too."""
NUMBERS = {"number": "#,##0", "percent": '0.00"%"'}
WORKBOOK = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
"""What people named is text, whatever it begins with."""
SURROUNDINGS_MM, BAR_MM = 26, 4
FONT = "Times New Roman"
ROOM = 1.2
"""To the right of the longest bar, for its number."""


def height_mm(chart: Chart) -> int:
    """So that every bar is as thick as in any other chart."""
    return SURROUNDINGS_MM + BAR_MM * len(chart.categories) * (len(chart.series) + 1)


def labels(chart: Chart, series: int) -> list[str]:
    """What stands at the bars of a series, as people print it."""
    values = chart.series[series].values
    if chart.form == "percent":
        return [quantity(value, "percent") for value in values]
    return ["" if value is None else number(value) for value in values]


def colour(chart: Chart, series: int) -> str:
    return COLOURS[series % 2] if len(chart.series) > 1 else COLOURS[1]


def drawn(book: Any, name: str, chart: Chart, row: int, *, as_printed: bool = False) -> Any:
    """The chart of the numbers that stand on that sheet from that row on, not placed yet.

    `as_printed`: what stands at the bars is text, the same in every country; else it follows the numbers.
    """
    first, last = row + 1, row + len(chart.categories)
    bars = book.add_chart({"type": "bar"})
    for column in range(1, len(chart.series) + 1):
        at_bars = {"value": True, "num_format": NUMBERS[chart.form], "font": {"name": FONT, "size": 9}}
        if as_printed:
            at_bars["custom"] = [{"value": text} for text in labels(chart, column - 1)]
        bars.add_series(
            {
                "name": [name, row, column],
                "categories": [name, first, 0, last, 0],
                "values": [name, first, column, last, column],
                "fill": {"color": colour(chart, column - 1)},
                "data_labels": at_bars,
                "gap": 60,
            }
        )
    title = chart.title + (f" ({chart.unit})" if chart.unit else "")
    bars.set_title({"name": title, "name_font": {"name": FONT, "size": 12, "bold": True}})
    bars.set_legend(
        {"position": "bottom", "font": {"name": FONT}} if len(chart.series) > 1 else {"none": True}
    )
    bars.set_y_axis({"reverse": True, "num_font": {"name": FONT, "size": 9}, "major_tick_mark": "none"})
    longest = max((float(v) for s in chart.series for v in s.values if v is not None), default=0)
    bars.set_x_axis(
        {"min": 0, "max": ROOM * longest or 1, "visible": False, "major_gridlines": {"visible": False}}
    )
    return bars


def fill(sheet: Any, chart: Chart, row: int) -> None:
    """The chart's numbers: a heading for each series, a line for each category."""
    sheet.write_row(row, 1, [series.name for series in chart.series])
    for n, category in enumerate(chart.categories):
        sheet.write_string(row + 1 + n, 0, category)
        for column, series in enumerate(chart.series, 1):
            if (value := series.values[n]) is not None:
                sheet.write_number(row + 1 + n, column, float(value))


def drawing(chart: Chart) -> bytes:
    """As DrawingML, of the numbers in `numbers_of`."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        sheet = book.add_worksheet("Sheet1")
        fill(sheet, chart, 0)
        sheet.insert_chart(0, 0, drawn(book, "Sheet1", chart, 0, as_printed=True))
    with zipfile.ZipFile(out) as made:
        return made.read("xl/charts/chart1.xml").replace(b'lang="en-US"', b'lang="vi-VN"')


def numbers_of(chart: Chart, made_at: dt.datetime) -> bytes:
    """The workbook that the drawing goes by."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        fill(book.add_worksheet("Sheet1"), chart, 0)
    return fixed(out.getvalue())
