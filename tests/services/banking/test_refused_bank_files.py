"""What is wrong with a bank's file is said in both languages, under a code of its own; nothing is guessed."""

import io
import zipfile
from typing import Any

import pytest

from events.refusals import Refused, codes
from services.api.problems import status_of
from services.banking import refusals
from services.banking.mappings import Mapping, of_bank, parsed
from services.banking.reading import read_statement
from services.banking.statement import Format
from tests.services.banking import files

VCB = files.VIETCOMBANK
BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><Document>&c;</Document>'
FOREIGN = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'

OWN = """
bank = "x"
numbers = "1,234,567.00"
dates = ["%d/%m/%Y"]
[columns]
date = ["a"]
text = ["b"]
amount = ["c"]
"""


def csv(old: str, new: str, bank: str = "vietcombank") -> tuple[Format, bytes, Mapping]:
    assert old in VCB
    return "csv", VCB.replace(old, new).encode(), of_bank(bank)


def camt(old: str, new: str) -> tuple[Format, bytes, None]:
    assert old in files.CAMT
    return "camt", files.CAMT.replace(old, new).encode(), None


def mt940(old: str, new: str) -> tuple[Format, bytes, None]:
    assert old in files.MT940
    return "mt940", files.MT940.replace(old, new).encode(), None


def sheet(row: int, column: int, value: Any) -> tuple[Format, bytes, Mapping]:
    rows = files.bidv_rows()
    rows[row][column] = value
    return "xlsx", files.workbook(rows), of_bank("bidv")


def zipped(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"0" * size)
    return out.getvalue()


CASES: list[tuple[str, tuple[Format, bytes, Mapping | None]]] = [
    ("statement-wrong-bank", ("csv", VCB.encode(), of_bank("agribank"))),
    ("statement-wrong-bank", ("csv", files.AGRIBANK.encode(), of_bank("vietcombank"))),
    ("statement-wrong-bank", csv("NGÂN HÀNG TMCP NGOẠI THƯƠNG VIỆT NAM", "NGÂN HÀNG KHÁC")),
    ("statement-wrong-bank", csv("Số tiền ghi nợ/ Debit", "Tiền ra")),
    ("statement-number-style", csv('"5,000,000"', "5.000.000")),
    ("statement-number-style", csv('"5,000,000"', '"5.000.000,00"')),
    ("statement-number-style", csv('"5,000,000"', '"5,00,000"')),
    ("statement-number-style", csv('"12,500,000"', "12.500.000")),
    ("statement-number-style", sheet(8, 4, "10.000")),
    ("statement-fraction-of-dong", csv('"5,000,000"', '"5,000,000.50"')),
    ("statement-fraction-of-dong", sheet(6, 4, 5_000_000.25)),
    ("statement-fraction-of-dong", camt(">5000000<", ">5000000.5<")),
    ("statement-fraction-of-dong", mt940("C5000000,", "C5000000,5")),
    ("statement-bad-date", csv("12/09/2017", "2017-09-12")),
    ("statement-bad-date", csv("12/09/2017", "31/09/2017")),
    ("statement-row-unclear", csv("12/09/2017", "")),
    ("statement-row-unclear", csv('"200,000",,', '"200,000","1,000",')),
    ("statement-row-unclear", csv('"200,000",,', '"-200,000",,')),
    ("statement-other-currency", csv("Currency: VND", "Currency: USD")),
    ("statement-other-currency", camt('<Amt Ccy="VND">5000000<', '<Amt Ccy="USD">5000000<')),
    ("statement-other-currency", mt940("VND", "USD")),
    ("statement-does-not-add-up", csv('"17,290,000",,,,', '"17,290,001",,,,')),
    ("statement-does-not-add-up", csv('12/09/2017,FT17255002,"200,000"', '12/09/2017,FT17255002,"20,000"')),
    ("statement-does-not-add-up", camt("<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>CRDT</CdtDbtInd>")),
    ("statement-does-not-add-up", mt940("D200000,00", "C200000,00")),
    ("statement-line-outside", csv("30/09/2017,PH", "01/10/2017,PH")),
    ("statement-line-outside", camt("<Dt>2017-09-05</Dt>", "<Dt>2017-08-31</Dt>")),
    ("statement-incomplete", csv("Từ/ From: 01/09/2017 Đến/ To: 30/09/2017", "")),
    ("statement-incomplete", camt("CLBD", "CLAV")),
    ("statement-incomplete", mt940(":62F:", ":64:")),
    ("statement-out-of-range", mt940("VND12500000,", "VND9999999999999999,")),
    ("statement-several", camt("<Stmt>", "<Stmt/><Stmt>")),
    ("statement-several", ("mt940", (files.MT940 * 2).encode(), None)),
    ("statement-broken-encoding", ("csv", VCB.encode("utf-16"), of_bank("vietcombank"))),
    ("statement-broken-encoding", ("csv", VCB.encode()[:200] + b"\xff", of_bank("vietcombank"))),
    ("statement-broken-encoding", ("csv", (VCB + "\ufffd").encode(), of_bank("vietcombank"))),
    ("statement-broken-encoding", ("mt940", files.MT940.encode("utf-16"), None)),
    ("statement-unreadable", ("camt", BOMB.encode(), None)),
    ("statement-unreadable", ("camt", FOREIGN.encode(), None)),
    ("statement-unreadable", ("camt", b"<Document/>", None)),
    ("statement-unreadable", ("xlsx", VCB.encode(), of_bank("bidv"))),
    ("statement-unreadable", ("xlsx", zipped(10), of_bank("bidv"))),
    ("statement-unreadable", ("mt940", b"", None)),
    ("statement-unreadable", ("csv", b'"a', of_bank("bidv"))),
    ("statement-too-large", ("xlsx", zipped(50_000_000), of_bank("bidv"))),
    ("statement-too-large", ("csv", b"x" * 10_485_761, of_bank("bidv"))),
    ("statement-needs-mapping", ("csv", VCB.encode(), None)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "file"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_a_file_is_refused_in_both_languages(code: str, file: tuple[Format, bytes, Mapping | None]) -> None:
    format, content, mapping = file
    with pytest.raises(Refused) as told:
        read_statement(content, format, mapping)
    assert told.value.code == code
    vi, en = told.value.sentence("vi"), told.value.sentence("en")
    assert vi != en
    assert not {"{", "}"} & set(vi + en)
    assert "Lan" not in vi + en
    assert status_of(code) == 400


def test_a_name_in_the_wrong_column_is_not_shown_back() -> None:
    format, content, mapping = csv('"200,000",,', "Nguyễn Thị Lan 200,,")
    with pytest.raises(Refused) as told:
        read_statement(content, format, mapping)
    assert told.value.code == "statement-number-style"
    assert "Lan" not in told.value.sentence("vi")


def test_libraries_say_nothing_of_a_file_in_their_logs(caplog: pytest.LogCaptureFixture) -> None:
    format, content, mapping = mt940(":61:170912", ":61:17Lan912")
    with pytest.raises(Refused, match=r"^statement-unreadable"):
        read_statement(content, format, mapping)
    assert "Lan" not in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bank = 'x'",
        "x" * 9_000,
        "[" * 5_000,
        OWN.replace("1,234,567.00", "1 234"),
        OWN.replace("%d/%m/%Y", "%d"),
        OWN.replace('amount = ["c"]', ""),
        OWN + 'debit = ["d"]\ncredit = ["e"]',
        OWN + "colour = 1",
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_say_enough_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"^statement-bad-mapping"):
        parsed(text)


def test_every_reason_of_a_reader_is_tried_here() -> None:
    tried = {code for code, _ in CASES} | {"statement-bad-mapping", "statement-unknown-bank"}
    assert tried == refusals.FILE_FAULTS
    assert set(codes()) >= refusals.FILE_FAULTS


def test_that_mapping_but_for_its_faults_is_taken() -> None:
    assert parsed(OWN).bank == "x"
