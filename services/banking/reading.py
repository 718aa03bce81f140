"""From a bank's file to a statement, whatever its format. What reads workbooks is loaded for one only."""

from events.refusals import Refused, Spoken
from services.banking.camt import read_camt
from services.banking.csv_files import read_csv
from services.banking.mappings import Mapping
from services.banking.refusals import FIELD, NEEDS_MAPPING, TOO_LARGE
from services.banking.statement import MOST_BYTES, Format, Statement


def read_statement(content: bytes, format: Format, mapping: Mapping | None = None) -> Statement:
    """Raises `Refused`, and nothing else, whatever the file holds."""
    if len(content) > MOST_BYTES:
        raise Refused(TOO_LARGE, FIELD, limit=MOST_BYTES, what=Spoken("byte", "bytes"))
    if format == "camt":
        return read_camt(content)
    if format == "mt940":
        from services.banking.swift import read_mt940

        return read_mt940(content)
    if mapping is None:
        raise Refused(NEEDS_MAPPING, FIELD, format=format.upper())
    if format == "csv":
        return read_csv(content, mapping)
    from services.banking.workbooks import read_workbook

    return read_workbook(content, mapping)
