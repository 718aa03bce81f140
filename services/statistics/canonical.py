"""The yearly table as the bytes that digests are made of."""

import csv
import hashlib
import io
from decimal import Decimal

from services.statistics.yearly import YearlyTable


def as_csv(table: YearlyTable) -> str:
    """Fixed columns, `\\n`, ISO numbers: two tables of the same position are equal to the byte."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["indicator", "level", "measure", "value", "previous", "change", "numerator", "denominator", "events"]
    )
    for f in table.indicators:
        row = [f.indicator, f.level, f.measure, f.value, f.previous, f.change]
        counts = [f.numerator, f.denominator]
        writer.writerow([*map(_plain, row), *(c if isinstance(c, int) else "" for c in counts), f.events])
    return out.getvalue()


def digest_of(table: YearlyTable) -> str:
    """SHA-256 of the canonical CSV, hexadecimal."""
    return hashlib.sha256(as_csv(table).encode()).hexdigest()


def _plain(value: int | Decimal | str | None) -> str:
    return "" if value is None else str(value)
