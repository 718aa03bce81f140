"""A chart in a Word document: its drawing as a part of the document, the numbers as a workbook inside."""

import datetime as dt
from xml.sax.saxutils import quoteattr

from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.shared import Mm

from services.report.bars import drawing, height_mm, numbers_of
from services.report.content import Chart
from services.report.docx_form import paragraph

# ECMA-376 part 1, 21.2.2.63: where the numbers are stands after the chart and before how it is printed.
_NUMBERS = b'<c:externalData r:id="%s"><c:autoUpdate val="0"/></c:externalData><c:printSettings>'
_INLINE = """
<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
  xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
  xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
  xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
  xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
  <wp:inline distT="0" distB="0" distL="0" distR="0">
    <wp:extent cx="{width}" cy="{height}"/>
    <wp:docPr id="{number}" name="Biểu đồ {number}" descr={title}/>
    <wp:cNvGraphicFramePr/>
    <a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
      <c:chart r:id="{relation}"/>
    </a:graphicData></a:graphic>
  </wp:inline>
</w:drawing>
"""


def add_chart(document: Document, chart: Chart, number: int, width_mm: int, made_at: dt.datetime) -> None:
    """A paragraph with the chart. `number`: of the charts of this document, from 1."""
    package = document.part.package
    workbook = Part(
        PackURI(f"/word/embeddings/bieu-do-{number}.xlsx"),
        CONTENT_TYPE.SML_SHEET,
        numbers_of(chart, made_at),
        package,
    )
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CONTENT_TYPE.DML_CHART, b"", package)
    numbers = part.relate_to(workbook, RELATIONSHIP_TYPE.PACKAGE)
    part._blob = drawing(chart).replace(b"<c:printSettings>", _NUMBERS % numbers.encode(), 1)
    inline = _INLINE.format(
        width=Mm(width_mm),
        height=Mm(height_mm(chart)),
        number=number,
        title=quoteattr(chart.title),
        relation=document.part.relate_to(part, RELATIONSHIP_TYPE.CHART),
    )
    paragraph(document, "", "Picture").add_run()._r.append(parse_xml(inline))
