"""Excel workbooks (.xlsx), the first sheet. A figure typed as a number needs no style; text follows it."""

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl

from events.refusals import Refused, Spoken
from services.banking.mappings import Mapping
from services.banking.refusals import FIELD, TOO_LARGE, unreadable
from services.banking.statement import Statement
from services.banking.tables import MOST_COLUMNS, Cell, filled, read_table

warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")  # they quote cells

MOST_UNPACKED = 40 * 1024 * 1024
"""Bytes of all parts together: a workbook is a zip file, and a small one may unpack to anything."""
MOST_PARTS = 1_000


def read_workbook(content: bytes, mapping: Mapping) -> Statement:
    """Raises `Refused`."""
    try:
        _require_small(content)
        rows = list(filled(_rows(content)))
    except Refused:
        raise
    except Exception:  # whatever the library makes of a damaged file
        raise unreadable("XLSX") from None
    return read_table(rows, mapping)


def _require_small(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        infos = parts.infolist()
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise Refused(
            TOO_LARGE, FIELD, limit=MOST_UNPACKED, what=Spoken("byte sau khi giải nén", "bytes unpacked")
        )


def _rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is often wrong
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
            yield number, [_cell(value) for value in cells]
    finally:
        book.close()


def _cell(value: Any) -> Cell:
    """`Any`: what openpyxl gives for a cell."""
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case int():
            return value
        case float():  # some programs write every number as one: 1000000.0, 1.2E7
            return int(value) if value.is_integer() else Decimal(repr(value))
        case dt.datetime():
            return value.date()
        case dt.date():
            return value
    return str(value)
