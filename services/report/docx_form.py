"""The form of an official document after Nghị định 30/2020/NĐ-CP, phụ lục I: A4; margins 20, 20, 30, 15 mm;
Times New Roman 13; name and motto of the country opposite the organisations; number, place and day; pages
numbered in the middle of the upper margin from the second on; receivers opposite the signature."""

from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Mm, Pt, RGBColor

from services.report.content import Heading

FONT = "Times New Roman"
COUNTRY = "Cộng hòa xã hội chủ nghĩa Việt Nam"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
WIDTH_MM = 165
"""Between the margins."""
LEFT_MM = 72
"""Of them for the organisations: the rest must hold the country's name on one line."""


CELL_SIZES = (11, 9)
"""Points: of tables, and of those with many columns."""
CELLS = {
    "Cell Heading": (ALIGN.CENTER, True),
    "Cell Text": (ALIGN.LEFT, False),
    "Cell Figure": (ALIGN.RIGHT, False),
}


def set_up(document: Document) -> None:
    """Page, fonts and styles."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin = page.bottom_margin = Mm(20)
    page.left_margin, page.right_margin = Mm(30), Mm(15)
    page.header_distance = page.footer_distance = Mm(10)
    _style(document, "Normal", 13, after=0)
    _style(document, "Body Text", 13, align=ALIGN.JUSTIFY, indent=10, after=6)
    _style(document, "List Paragraph", 13, align=ALIGN.JUSTIFY, indent=10, after=3).left_indent = Mm(0)
    heading = _style(document, "Heading 1", 13, bold=True, before=12, after=6)
    heading.keep_with_next = True
    caption = _style(document, "Caption", 12, bold=True, align=ALIGN.CENTER, before=6, after=3)
    caption.keep_with_next = True
    _style(document, "Picture", 13, align=ALIGN.CENTER, before=6, after=6)
    _style(document, "Note", 10, italic=True)
    _style(document, "Basis", 10, italic=True, after=8)
    for size in CELL_SIZES:
        for name, (align, bold) in CELLS.items():
            _style(document, f"{name} {size}", size, bold=bold, align=align, before=1, after=1)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "vi-VN")
        language.set(qn("w:eastAsia"), "vi-VN")
    _number_pages(page)


def begin(document: Document, heading: Heading) -> None:
    """From the organisations to the subject."""
    left, right = _two_columns(document, LEFT_MM)
    if heading.above:
        _line(left, heading.above.upper(), 12)
    _line(left, heading.organisation.upper(), 12, bold=True)
    _rule(left, LEFT_MM, 24)
    _line(left, heading.symbol, 13, before=6)
    _line(right, COUNTRY.upper(), 12, bold=True)
    _line(right, MOTTO, 13, bold=True)
    _rule(right, WIDTH_MM - LEFT_MM, 62)
    _line(right, heading.place, 13, italic=True, before=6)
    for text, before in ((heading.title.upper(), 18), (heading.subject, 0)):
        title = document.add_paragraph()
        title.alignment = ALIGN.CENTER
        title.paragraph_format.space_before = Pt(before)
        run = title.add_run(text)
        run.bold, run.font.size = True, Pt(14)
    _rule(document, WIDTH_MM, 60)
    document.paragraphs[-1].paragraph_format.space_after = Pt(12)


def end(document: Document, heading: Heading) -> None:
    """Receivers and signature, together on one page."""
    document.add_paragraph()
    for last in document.paragraphs[-3:]:  # a signature alone on its page is no document's
        last.paragraph_format.keep_with_next = True
    left, right = _two_columns(document, 80)
    _line(left, "Nơi nhận:", 12, bold=True, italic=True, align=ALIGN.LEFT)
    for receiver in heading.receivers:
        _line(left, f"- {receiver}", 11, align=ALIGN.LEFT)
    for line in heading.signing:
        _line(right, line, 13, bold=True)


def _style(
    document: Document,
    name: str,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    align: ALIGN = ALIGN.LEFT,
    indent: int = 0,
    before: float = 0,
    after: float = 0,
) -> Any:
    """Sizes and distances in points, the first line's indent in mm."""
    styles: Any = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.font.name, style.font.size = FONT, Pt(size)
    style.font.bold, style.font.italic, style.font.color.rgb = bold, italic, RGBColor(0, 0, 0)
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for script in ("eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    form = style.paragraph_format
    form.alignment, form.first_line_indent = align, Mm(indent)
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.0
    return form


def _two_columns(document: Document, left_mm: int) -> tuple[Any, Any]:
    """Two cells without a border, each with one empty paragraph less than it is filled with."""
    table = document.add_table(1, 2)
    table.autofit = False
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
    cells = table.rows[0].cells
    for n, width in enumerate((left_mm, WIDTH_MM - left_mm)):
        table.columns[n].width = cells[n].width = Mm(width)
    keep_whole(table.rows[0])
    return cells[0], cells[1]


def _line(
    cell: Any,
    text: str,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    before: float = 0,
    align: ALIGN = ALIGN.CENTER,
) -> None:
    first = cell.paragraphs[0]
    line = first if len(cell.paragraphs) == 1 and not first.text else cell.add_paragraph()
    line.alignment, line.paragraph_format.space_before = align, Pt(before)
    run = line.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _rule(place: Any, width_mm: int, length_mm: int) -> None:
    """A line in the middle of a column of that width."""
    line = place.add_paragraph()
    form = line.paragraph_format
    form.left_indent = form.right_indent = Mm((width_mm - length_mm) / 2)
    form.line_spacing = Pt(3)
    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    properties = line._p.get_or_add_pPr()
    properties.insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def paragraph(document: Document, text: str, style: str) -> Any:
    """One more, in a style that is there: the library looks every style up by its name, and by all others."""
    added = document.add_paragraph(text)
    added._p.style = style.replace(" ", "")
    return added


def keep_whole(row: Any) -> None:
    """Not divided between two pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def repeat(row: Any) -> None:
    """Again on every page that the table goes on to."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _number_pages(page: Any) -> None:
    page.different_first_page_header_footer = True
    paragraph = page.header.paragraphs[0]
    paragraph.alignment = ALIGN.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
