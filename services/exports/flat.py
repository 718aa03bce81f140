"""Rows as CSV (RFC 4180, but `\\n`): UTF-8, a header, ISO dates, `true` and `false`, nothing for what is not
known; numbers without separators, percentages with two decimals.

Names are written as they are, since other programs join and quote them. Only where a file is made for Excel,
which a byte order mark is asked for, a text that it would take for a formula gets an apostrophe in front.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

MARK = "\N{BYTE ORDER MARK}"
"""What tells Excel that a file is UTF-8."""
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a text begins with that a spreadsheet would take for a formula (OWASP, CSV Injection)."""


def head(shape: type[msgspec.Struct], *, for_excel: bool = False) -> str:
    """The first line: the names of the fields."""
    return (MARK if for_excel else "") + ",".join(shape.__struct_fields__) + "\n"


def lines(rows: Iterable[msgspec.Struct], *, for_excel: bool = False) -> str:
    """A line each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([_cell(v, for_excel) for v in msgspec.structs.astuple(row)] for row in rows)
    return out.getvalue()


def _cell(value: Any, for_excel: bool) -> str | int | Decimal:
    if isinstance(value, str):
        return "'" + value if for_excel and value.startswith(FORMULAS) else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(value)
    assert isinstance(value, (int, Decimal))
    return value
