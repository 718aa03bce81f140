"""The report as an Excel workbook: a sheet for each section, figures as numbers to go on reckoning with,
charts of Excel's own. Separators are those of the reader's machine; the Word document has them as printed."""

import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import xlsxwriter

from services.report.archive import fixed
from services.report.bars import WORKBOOK, drawn, fill, height_mm
from services.report.content import Cell, Chart, Paragraph, Report, Section, Table
from services.report.docx_form import COUNTRY, FONT, MOTTO
from services.report.xlsx_formats import Formats

FRONT, CHART_DATA = "Báo cáo", "Số liệu biểu đồ"
FIRST_WIDTH, WIDTH = 44, 17
"""Characters: of the first column, and of the others."""
LEAST_COLUMNS = 5
LINE = 17
"""Points of a line of text."""
PIXELS_A_MM = 96 / 25.4


def xlsx_of(report: Report) -> bytes:
    """The whole file; of one report always the same bytes."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, WORKBOOK | {"default_format_properties": {"font_name": FONT}}) as book:
        _Book(book, report).write()
    return fixed(out.getvalue())


class _Page:
    """A sheet that is written from the top down."""

    def __init__(self, book: Any, name: str, formats: Formats, columns: int) -> None:
        self.sheet, self.formats = book.add_worksheet(name), formats
        self.row, self._last = 0, columns - 1
        self.sheet.set_column(0, 0, FIRST_WIDTH)
        self.sheet.set_column(1, self._last, WIDTH)
        self.sheet.set_paper(9)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.8, right=0.6, top=0.8, bottom=0.8)
        self.sheet.set_footer("&C&P/&N")
        self.sheet.hide_gridlines(2)

    def text(self, text: str, look: str = "text") -> None:
        """Over all columns, as many lines as it needs."""
        if not text:
            self.row += 1
            return
        room = FIRST_WIDTH + WIDTH * self._last
        lines = sum(1 + len(part) // room for part in text.split("\n"))
        self.sheet.merge_range(self.row, 0, self.row, self._last, text, self.formats.of(look))
        self.sheet.set_row(self.row, LINE * lines)
        self.row += 1

    def table(self, table: Table) -> None:
        self.text(f"Bảng {table.number}. {table.title}", "caption")
        for column, of in enumerate(table.columns):
            self.sheet.write_string(self.row, column, of.heading, self.formats.of("heading"))
        self.sheet.set_row(self.row, 2 * LINE)
        self.row += 1
        for row in table.rows:
            for column, cell in enumerate(row.cells):
                self._cell(column, cell, strong=row.strong, figures=table.columns[column].figures)
            self.row += 1
        for n, note in enumerate(table.notes, 1):
            self.text(f"({n}) {note}", "note")
        self.text(table.basis, "note")
        self.row += 1

    def _cell(self, column: int, cell: Cell, *, strong: bool, figures: bool) -> None:
        look = self.formats.cell(cell, strong=strong, figures=figures)
        if cell.value is None:
            self.sheet.write_string(self.row, column, cell.text, look)
        else:
            self.sheet.write_number(self.row, column, _plain(cell.value), look)


class _Book:
    def __init__(self, book: Any, report: Report) -> None:
        self.book, self.report = book, report
        self.formats = Formats(book)
        self._data: Any = None
        self._data_row = 0

    def write(self) -> None:
        heading, at = self.report.heading, self.report.recorded_at
        self.book.set_properties(
            {
                "title": f"{heading.title}: {heading.subject}",
                "author": heading.organisation,
                "subject": f"{self.report.unit_id} {self.report.year}, vị trí {self.report.position}",
                "created": at.replace(microsecond=0, tzinfo=None),
            }
        )
        self._front()
        charts = [b for section in self.report.sections for b in section.blocks if isinstance(b, Chart)]
        pages = [(self._page(section.short, section.blocks), section) for section in self.report.sections]
        if charts:
            self._data = self.book.add_worksheet(CHART_DATA)
            self._data.set_column(0, 0, FIRST_WIDTH)
            self._data.set_column(1, 2, WIDTH)
        for page, section in pages:
            self._section(page, section)

    def _front(self) -> None:
        h, page = self.report.heading, self._page(FRONT, [])
        for text, look in (
            (h.above.upper() if h.above else "", "above"),
            (h.organisation.upper(), "organisation"),
            (h.symbol, "above"),
            ("", ""),
            (COUNTRY.upper(), "country"),
            (MOTTO, "country"),
            (h.place, "place"),
            ("", ""),
            (h.title.upper(), "title"),
            (h.subject, "title"),
            ("", ""),
            (self.report.opening, "text"),
            ("", ""),
        ):
            page.text(text, look)
        for section in self.report.sections:
            link = f"internal:'{section.short}'!A1"
            page.sheet.write_url(page.row, 0, link, self.formats.of("link"), section.heading)
            page.row += 1
        page.text("")
        for line in h.signing:
            page.text(line, "signing")
        page.text("Nơi nhận:", "receivers")
        for receiver in h.receivers:
            page.text(f"- {receiver}", "text")

    def _page(self, name: str, blocks: Iterable[Any]) -> _Page:
        widest = max((len(b.columns) for b in blocks if isinstance(b, Table)), default=0)
        return _Page(self.book, name, self.formats, max(widest, LEAST_COLUMNS))

    def _section(self, page: _Page, section: Section) -> None:
        page.text(section.heading, "section")
        page.row += 1
        for block in section.blocks:
            if isinstance(block, Paragraph):
                page.text(f"- {block.text}" if block.item else block.text)
            elif isinstance(block, Table):
                page.row += 1
                page.table(block)
            else:
                self._chart(page, block)

    def _chart(self, page: _Page, chart: Chart) -> None:
        self._data.write_string(self._data_row, 0, chart.title)
        fill(self._data, chart, self._data_row + 1)
        bars = drawn(self.book, CHART_DATA, chart, self._data_row + 1)
        height = height_mm(chart) * PIXELS_A_MM
        bars.set_size({"width": 760, "height": height})
        page.sheet.insert_chart(page.row, 0, bars)
        page.row += int(height / 20) + 2
        self._data_row += len(chart.categories) + 3


def _plain(value: int | Decimal) -> float:
    """Whole numbers up to 10^15 stay whole."""
    return value if isinstance(value, int) else float(value)
