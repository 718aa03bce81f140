"""The same month of the same account, whatever the bank gives out."""

import datetime as dt
import io
import zipfile

import msgspec
import pytest

from services.banking.mappings import Mapping, of_bank, parsed, shipped
from services.banking.reading import read_statement
from services.banking.statement import Format, Line, Statement
from tests.services.banking import files

OWN = """
bank = "Ngân hàng Chính sách"
numbers = "1.234.567,00"
dates = ["%Y-%m-%d"]
delimiter = "|"
encoding = "windows-1258"
newest_first = true
[columns]
date = ["Ngày"]
text = ["Nội dung"]
amount = ["Số tiền"]
balance = ["Còn lại"]
"""


def _agribank() -> Mapping:
    return msgspec.structs.replace(of_bank("agribank"), delimiter=";")


def _without_rows(statement: Statement) -> list[Line]:
    return [msgspec.structs.replace(line, row=0) for line in statement.lines]


@pytest.mark.parametrize(
    ("format", "content", "mapping"),
    [
        ("csv", files.VIETCOMBANK.encode("utf-8-sig"), of_bank("vietcombank")),
        ("csv", files.AGRIBANK.encode(), _agribank()),
        ("xlsx", files.workbook(), of_bank("bidv")),
        ("camt", files.CAMT.encode(), None),
        ("mt940", files.MT940.encode(), None),
    ],
)
def test_every_format_gives_the_same_statement(
    format: Format, content: bytes, mapping: Mapping | None
) -> None:
    read = read_statement(content, format, mapping)
    assert _without_rows(read) == files.LINES
    assert (read.opening, read.closing) == (files.OPENING, files.CLOSING)
    assert (read.from_date, read.to_date) == (dt.date(2017, 9, 1), dt.date(2017, 9, 30))
    assert (read.account, read.currency) == (files.ACCOUNT, "VND")


def test_a_mapping_of_ones_own_with_signed_amounts_newest_first() -> None:
    text = (
        "Ngày|Nội dung|Số tiền|Còn lại\n2017-09-12|Chi|-200.000|300.000,00\n2017-09-05|Thu|500.000|500.000\n"
    )
    content = text.encode("utf-8").decode("utf-8")
    spread = (
        content.replace("à", "a\u0300")
        .replace("ộ", "ô\u0323")
        .replace("ố", "ô\u0301")
        .replace("ề", "ê\u0300")
    )
    spread = spread.replace("ò", "o\u0300").replace("ạ", "a\u0323")
    read = read_statement(spread.encode("windows-1258"), "csv", parsed(OWN))
    assert [(line.date.day, line.amount, line.text) for line in read.lines] == [
        (5, 500_000, "Thu"),
        (12, -200_000, "Chi"),
    ]
    assert (read.opening, read.closing) == (0, 300_000)
    assert (read.from_date.day, read.to_date.day) == (5, 12)


def test_every_shipped_mapping_is_sound() -> None:
    assert shipped() == ["agribank", "bidv", "vietcombank", "vietinbank"]
    for name in shipped():
        assert of_bank(name).marks


def test_a_previous_closing_balance_is_of_the_day_before() -> None:
    text = files.CAMT.replace("OPBD", "PRCD").replace("<Dt>2017-09-01</Dt>", "<Dt>2017-08-31</Dt>")
    period = text[text.index("<FrToDt>") : text.index("</FrToDt>") + len("</FrToDt>")]
    read = read_statement(text.replace(period, "").encode(), "camt")
    assert (read.from_date, read.to_date) == (dt.date(2017, 9, 1), dt.date(2017, 9, 30))


@pytest.mark.parametrize(
    ("opened", "closed", "first"),
    [
        ("170904", "170930", dt.date(2017, 9, 5)),  # the day of the statement before
        ("170905", "170930", dt.date(2017, 9, 5)),  # the bank writes the first day: a line is booked on it
        ("170930", "170930", dt.date(2017, 9, 30)),
    ],
)
def test_an_opening_balance_of_mt940_is_of_the_statement_before(
    opened: str, closed: str, first: dt.date
) -> None:
    text = files.MT940.replace("C170831", f"C{opened}")
    if opened == closed:
        text = text.replace("0905C", "0930C").replace("0912D", "0930D")
    read = read_statement(text.encode(), "mt940")
    assert (read.from_date, read.to_date) == (first, dt.date(2017, 9, 30))


@pytest.mark.parametrize(
    "through", ["2017-10-01T00:00:00", "2017-09-30T00:00:00", "2017-09-30T17:00:00Z", "2017-09-30T23:59:59"]
)
def test_midnight_ends_the_day_of_the_closing_balance(through: str) -> None:
    """Whichever of the two days the bank means by it: its lines of the last day lie in the period."""
    read = read_statement(files.CAMT.replace("2017-10-01T00:00:00", through).encode(), "camt")
    assert (read.to_date, read.lines[-1].date) == (dt.date(2017, 9, 30),) * 2


def test_a_workbook_may_hold_every_number_with_a_fraction_or_an_exponent() -> None:
    """As programs in Java write them, whatever style the bank's own figures have."""
    rows = files.bidv_rows()
    rows[8][3] = "10.000"
    parts, out = zipfile.ZipFile(io.BytesIO(files.workbook(rows))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name in parts.namelist():
            text = parts.read(name).replace(b"<v>12500000</v>", b"<v>1.25E7</v>")
            written.writestr(name, text.replace(b"<v>17290000</v>", b"<v>17290000.0</v>"))
    mapping = msgspec.structs.replace(of_bank("bidv"), numbers="1.234.567,00")
    read = read_statement(out.getvalue(), "xlsx", mapping)
    assert (read.opening, read.closing) == (files.OPENING, files.CLOSING)
    assert _without_rows(read) == files.LINES


def test_a_reversed_credit_went_out_and_a_reversed_debit_came_in() -> None:
    text = files.MT940.replace("C5000000,", "RD5000000,").replace("D200000,", "RC200000,")
    assert [line.amount for line in read_statement(text.encode(), "mt940").lines] == [
        5_000_000,
        -200_000,
        -10_000,
    ]


def test_a_date_and_a_document_number_may_share_a_cell() -> None:
    text = files.VIETCOMBANK.replace("05/09/2017,FT", '"05/09/2017\n5243.65937",FT')
    assert read_statement(text.encode(), "csv", of_bank("vietcombank")).lines[0].date == dt.date(2017, 9, 5)


def test_a_statement_without_lines_is_one() -> None:
    kept = [row for row in files.VIETCOMBANK.splitlines() if not row[:2].isdigit()]
    text = "\n".join(kept).replace("17,290,000", "12,500,000")
    read = read_statement(text.encode(), "csv", of_bank("vietcombank"))
    assert (read.lines, read.closing) == ([], files.OPENING)
