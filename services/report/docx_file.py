"""The report as a Word document, ready for its number, its day and its signature."""

import io

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.shared import Mm

from services.report.archive import fixed
from services.report.content import Cell, Paragraph, Report, Row, Section, Table
from services.report.docx_chart import add_chart
from services.report.docx_form import (
    WIDTH_MM,
    begin,
    end,
    keep_whole,
    paragraph,
    repeat,
    set_up,
)
from services.report.docx_widths import measured

SHORT = 12
"""Rows: a table of no more stays on one page."""


def docx_of(report: Report) -> bytes:
    """The whole file; of one report always the same bytes."""
    document = Document()
    set_up(document)
    _properties(document, report)
    begin(document, report.heading)
    paragraph(document, report.opening, "Body Text")
    charts = 0
    for section in report.sections:
        charts = _section(document, section, charts, report)
    end(document, report.heading)
    out = io.BytesIO()
    document.save(out)
    return fixed(out.getvalue())


def _section(document: WordDocument, section: Section, charts: int, report: Report) -> int:
    paragraph(document, section.heading, "Heading 1")
    for block in section.blocks:
        if isinstance(block, Paragraph):
            style, text = ("List Paragraph", f"- {block.text}") if block.item else ("Body Text", block.text)
            paragraph(document, text, style)
        elif isinstance(block, Table):
            _table(document, block)
        else:
            charts += 1
            add_chart(document, block, charts, WIDTH_MM, report.recorded_at)
    return charts


def _table(document: WordDocument, table: Table) -> None:
    paragraph(document, f"Bảng {table.number}. {table.title}", "Caption")
    drawn = document.add_table(1 + len(table.rows), len(table.columns), style="Table Grid")
    drawn.autofit, drawn.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    size, in_mm = measured(table)
    widths = [Mm(width) for width in in_mm]
    for column, width in zip(drawn.columns, widths, strict=True):
        column.width = width
    heading = Row([Cell(column.heading) for column in table.columns])
    rows = [heading, *table.rows]
    cells = iter(drawn._cells)  # once: the library looks them all up again for each that is asked for
    for r, row in enumerate(rows):
        together = len(rows) <= SHORT or r in (0, len(rows) - 1)
        for column, width, cell in zip(table.columns, widths, row.cells, strict=True):
            place = next(cells)
            place.width = width
            line = place.paragraphs[0]
            style = "Heading" if r == 0 else "Figure" if column.figures else "Text"
            line._p.style = f"Cell{style}{size}"
            if together:
                line.paragraph_format.keep_with_next = True
            run = line.add_run(cell.text)
            if row.strong:
                run.bold = True
            if cell.marks:
                line.add_run("".join(f"({n})" for n in cell.marks)).font.superscript = True
    for placed in drawn.rows:
        keep_whole(placed)
    repeat(drawn.rows[0])
    for n, note in enumerate(table.notes, 1):
        paragraph(document, f"({n}) {note}", "Note").paragraph_format.keep_with_next = True
    paragraph(document, table.basis, "Basis")


def _properties(document: WordDocument, report: Report) -> None:
    """Made when its last event was recorded: what depends on the clock would make each file another."""
    properties, at = document.core_properties, report.recorded_at.replace(microsecond=0, tzinfo=None)
    properties.title = f"{report.heading.title}: {report.heading.subject}"
    properties.author = properties.last_modified_by = report.heading.organisation
    properties.subject = f"{report.unit_id} {report.year}, vị trí {report.position}"
    properties.keywords, properties.comments, properties.language = "", "", "vi-VN"
    properties.created = properties.modified = at
    properties.revision = 1
