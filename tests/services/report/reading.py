"""Reports read back by libraries that did not write them, as the same plain tables and paragraphs."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import docx
import openpyxl
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph

CAPTION = re.compile(r"Bảng (\d+)\. (.+)")
BASIS = "Lập tại vị trí "


@dataclass
class ReadTable:
    """Cells as (text, marks)."""

    title: str
    headings: list[str] = field(default_factory=list)
    rows: list[list[tuple[str, str]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    basis: str = ""

    def row(self, *first: str) -> dict[str, tuple[str, str]]:
        """The one row that begins so, by heading."""
        (found,) = [r for r in self.rows if tuple(text for text, _ in r[: len(first)]) == first]
        return dict(zip(self.headings, found, strict=True))


@dataclass
class ReadReport:
    paragraphs: list[str] = field(default_factory=list)
    tables: list[ReadTable] = field(default_factory=list)

    def table(self, title: str) -> ReadTable:
        (found,) = [t for t in self.tables if t.title == title]
        return found

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def read(format: str, content: bytes) -> ReadReport:
    return {"docx": _docx, "xlsx": _xlsx, "html": _html}[format](content)


def all_text(format: str, content: bytes) -> str:
    """Everything a reader may see, and more: the parts of an office file, as they are."""
    if format == "html":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith((".xml", ".rels")))


def is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def _told(report: ReadReport, text: str) -> None:
    """A line outside of tables: a caption, what belongs to the table above it, or a paragraph."""
    if caption := CAPTION.fullmatch(text):
        report.tables.append(ReadTable(caption[2]))
        assert caption[1] == str(len(report.tables))
    elif text.startswith(BASIS):
        report.tables[-1].basis = text
    elif report.tables and not report.tables[-1].basis and re.match(r"\(\d+\) ", text):
        report.tables[-1].notes.append(text)
    elif text:
        report.paragraphs.append(text)


def _docx(content: bytes) -> ReadReport:
    report = ReadReport()
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, WordParagraph):
            _told(report, block.text)
        elif block.style is not None and block.style.name == "Table Grid":
            report.tables[-1].headings, report.tables[-1].rows = _word_rows(block)
        else:
            report.paragraphs += [p.text for row in block.rows for c in row.cells for p in c.paragraphs]
    return report


def _word_rows(table: WordTable) -> tuple[list[str], list[list[tuple[str, str]]]]:
    rows = []
    for row in table.rows:
        cells = []
        for cell in row.cells:
            runs = [run for p in cell.paragraphs for run in p.runs]
            plain = "".join(r.text for r in runs if not r.font.superscript)
            cells.append((plain, "".join(r.text for r in runs if r.font.superscript)))
        rows.append(cells)
    return [text for text, _ in rows[0]], rows[1:]


def _xlsx(content: bytes) -> ReadReport:
    report = ReadReport()
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book.worksheets:
        if sheet.title == "Số liệu biểu đồ":
            continue
        inside = False
        for row in sheet.iter_rows():
            first = row[0].value
            if isinstance(first, str) and CAPTION.fullmatch(first):
                inside = True
                _told(report, first)
                continue
            outside = not isinstance(first, str) or first.startswith(BASIS) or re.match(r"\(\d+\) ", first)
            if inside and not outside:
                table, cells = report.tables[-1], [as_shown(c.value, c.number_format) for c in row]
                if not table.headings:
                    table.headings = [text for text, _ in cells if text]
                else:
                    table.rows.append(cells[: len(table.headings)])
                continue
            inside = inside and not (isinstance(first, str) and first.startswith(BASIS))
            _told(report, first if isinstance(first, str) else "")
    return report


def as_shown(value: object, number_format: str) -> tuple[str, str]:
    """What a spreadsheet set to Vietnamese shows, and the marks behind it."""
    if value is None or isinstance(value, str):
        return value or "", ""
    assert isinstance(value, int | float)
    parts = number_format.split(";")
    part = parts[0] if value > 0 or len(parts) == 1 else parts[1] if value < 0 else parts[2]
    pattern = re.fullmatch(r'((?:"[^"]*")*)([#0,.]+)((?:"[^"]*")*)', part)
    assert pattern, number_format
    before, digits, after = pattern.groups()
    size = len(digits.partition(".")[2])
    text = f"{abs(value):,.{size}f}"
    if digits.endswith("#"):
        text = text.rstrip("0").rstrip(".")
    text = before + text.translate(str.maketrans(",.", ".,")) + after
    marks = re.search(r"( (?:\(\d+\))+)$", text := text.replace('"', ""))
    return (text.removesuffix(marks[0]), marks[0].strip()) if marks else (text, "")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.report = ReadReport()
        self._open: list[str] = []
        self._text: list[str] = []
        self._marks: list[str] = []
        self._cells: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("meta", "hr", "br"):
            return
        self._open.append(tag)
        if tag in ("p", "h1", "h2", "figcaption", "small", "td", "th", "text"):
            self._text, self._marks = [], []
        if tag == "tr":
            self._cells = []

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Bars."""

    def handle_data(self, data: str) -> None:
        (self._marks if self._open and self._open[-1] == "sup" else self._text).append(data)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag
        text = "".join(self._text).strip()
        if tag in ("td", "th"):
            self._cells.append((text, "".join(self._marks)))
        elif tag == "tr":
            table = self.report.tables[-1]
            if "thead" in self._open:
                table.headings = [text for text, _ in self._cells]
            else:
                table.rows.append(self._cells)
        elif tag == "figcaption":
            if CAPTION.fullmatch(text):
                _told(self.report, text)
        elif tag in ("p", "h1", "h2", "small") and "svg" not in self._open:
            _told(self.report, text)


def _html(content: bytes) -> ReadReport:
    page = _Page()
    page.feed(content.decode())
    assert page._open == []
    return page.report


def charts(format: str, content: bytes) -> Iterator[list[list[float]]]:
    """The numbers that each chart of an office file draws, series by series, from its own cache of them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(n for n in archive.namelist() if re.search(r"charts/chart\d+\.xml$", n)):
            drawn = archive.read(name).decode()
            series = re.findall(r"<c:val>.*?</c:val>", drawn)
            yield [[float(v) for v in re.findall(r"<c:v>([^<]*)</c:v>", one)] for one in series]
