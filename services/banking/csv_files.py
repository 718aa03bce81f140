"""CSV as a bank's website gives it out."""

import csv
import io
import re
from collections.abc import Iterator

from events.refusals import Refused
from services.banking.mappings import Mapping
from services.banking.refusals import BROKEN_ENCODING, FIELD, unreadable
from services.banking.statement import Statement
from services.banking.tables import MOST_COLUMNS, Cell, filled, read_table

_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\N{REPLACEMENT CHARACTER}]")
"""What no bank writes: signs of bytes read as something they are not."""


def read_csv(content: bytes, mapping: Mapping) -> Statement:
    """Raises `Refused`."""
    text = decoded(content, mapping.encoding)
    try:
        rows = list(filled(_rows(text, mapping.delimiter)))
    except csv.Error:
        raise unreadable("CSV") from None
    return read_table(rows, mapping)


def decoded(content: bytes, encoding: str) -> str:
    """The whole file as text. Raises `statement-broken-encoding`."""
    try:
        text = content.decode(encoding)
    except UnicodeError as e:
        at = e.start + 1 if isinstance(e, UnicodeDecodeError) else 1
        raise Refused(BROKEN_ENCODING, FIELD, encoding=encoding, byte=at) from None
    if broken := _BROKEN.search(text):
        place = len(text[: broken.start()].encode(encoding)) + 1
        raise Refused(BROKEN_ENCODING, FIELD, encoding=encoding, byte=place)
    return text


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for cells in reader:
        yield reader.line_num, list(cells[:MOST_COLUMNS])
