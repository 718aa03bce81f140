"""The report as a file. What writes a format is loaded when the first of it is wanted: the libraries for Word
and Excel are a tenth of what the service would otherwise load at its start."""

from typing import Literal

from services.report.content import Report

Format = Literal["html", "docx", "xlsx"]
_OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: dict[Format, str] = {
    "html": "text/html; charset=utf-8",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}


def written(report: Report, format: Format) -> bytes:
    """Of one report always the same bytes."""
    if format == "docx":
        from services.report.docx_file import docx_of as write
    elif format == "xlsx":
        from services.report.xlsx_file import xlsx_of as write
    else:
        from services.report.html_file import html_of as write
    return write(report)
