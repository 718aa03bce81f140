"""Statements of one month in every format: 12.500.000 before, three lines, 17.290.000 after."""

import datetime as dt
import io
from typing import Any

import openpyxl

from services.banking.statement import Line

ACCOUNT = "0371000412345"
OPENING, CLOSING = 12_500_000, 17_290_000
LINES = [
    Line(1, dt.date(2017, 9, 5), 5_000_000, "UNG HO QUY KHUYEN HOC - CONG TY BAC KAN", "FT17248001"),
    Line(2, dt.date(2017, 9, 12), -200_000, "Chi học bổng em Lan", "FT17255002"),
    Line(3, dt.date(2017, 9, 30), -10_000, "PHI DICH VU THANG 9", "PH0930"),
]

VIETCOMBANK = """\
NGÂN HÀNG TMCP NGOẠI THƯƠNG VIỆT NAM,,,,,
SAO KÊ TÀI KHOẢN/ ACCOUNT STATEMENT,,,,,
Số tài khoản/Account number: 0371000412345,,,,,
Loại tiền/Currency: VND,,,,,
Từ/ From: 01/09/2017 Đến/ To: 30/09/2017,,,,,
Số dư đầu kỳ/ Opening balance:,"12,500,000",,,,
Ngày GD/ TNX Date,Số CT/ Doc No,Số tiền ghi nợ/ Debit,Số tiền ghi có/ Credit,Số dư/ Balance,Nội dung chi tiết/ Transactions in detail
05/09/2017,FT17248001,,"5,000,000","17,500,000",UNG HO QUY KHUYEN HOC - CONG TY BAC KAN
12/09/2017,FT17255002,"200,000",,"17,300,000",Chi học bổng em Lan
30/09/2017,PH0930,"10,000",0,"17,290,000",PHI DICH VU THANG 9
,Tổng cộng,"210,000","5,000,000",,
Số dư cuối kỳ/ Closing balance:,"17,290,000",,,,
"""  # noqa: E501 - a file as it comes

AGRIBANK = """\
AGRIBANK - CN BẮC KẠN;;;;;
Số tài khoản: 0371000412345;Loại tiền: VND;;;;
Từ ngày 01/09/2017 đến ngày 30/09/2017;;;;;
Ngày hạch toán;Số chứng từ;Diễn giải;Phát sinh nợ;Phát sinh có;Số dư
;;Số dư đầu kỳ;;;12.500.000,00
05/09/2017;FT17248001;UNG HO QUY KHUYEN HOC - CONG TY BAC KAN;;5.000.000,00;17.500.000,00
12/09/2017;FT17255002;Chi học bổng em Lan;200.000,00;;17.300.000,00
30/09/2017;PH0930;PHI DICH VU THANG 9;10.000,00;;17.290.000,00
;;Số dư cuối kỳ;;;17.290.000,00
"""

CAMT = """\
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2017-10-01T07:00:00+07:00</CreDtTm></GrpHdr>
<Stmt><Id>S9</Id>
<FrToDt><FrDtTm>2017-09-01T00:00:00</FrDtTm><ToDtTm>2017-10-01T00:00:00</ToDtTm></FrToDt>
<Acct><Id><Othr><Id>0371000412345</Id></Othr></Id><Ccy>VND</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">12500000.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2017-09-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">17290000</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2017-09-30</Dt></Dt></Bal>
<Ntry><Amt Ccy="VND">5000000</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2017-09-05</Dt></BookgDt><AcctSvcrRef>FT17248001</AcctSvcrRef>
<NtryDtls><TxDtls><RmtInf><Ustrd>UNG HO QUY KHUYEN HOC - CONG TY BAC KAN</Ustrd></RmtInf></TxDtls>
</NtryDtls></Ntry>
<Ntry><Amt Ccy="VND">999</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
<Ntry><Amt Ccy="VND">200000</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><DtTm>2017-09-11T20:00:00Z</DtTm></BookgDt><AcctSvcrRef>FT17255002</AcctSvcrRef>
<AddtlNtryInf>Chi học bổng em Lan</AddtlNtryInf></Ntry>
<Ntry><NtryRef>PH0930</NtryRef><Amt Ccy="VND">10000</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2017-09-30</Dt></BookgDt><AddtlNtryInf>PHI DICH VU THANG 9</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""

MT940 = """\
:20:SK201709
:25:VCB/0371000412345
:28C:9/1
:60F:C170831VND12500000,
:61:1709050905C5000000,NTRFNONREF//FT17248001
:86:UNG HO QUY KHUYEN HOC - CONG TY BAC KAN
:61:1709120912D200000,00NTRFFT17255002
:86:Chi học bổng em Lan
:61:1709300930D10000,NCHGPH0930
:86:PHI DICH VU THANG 9
:62F:C170930VND17290000,00
"""


def workbook(rows: list[list[Any]] | None = None) -> bytes:
    """A BIDV sheet, figures typed as numbers, days partly as text."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows or bidv_rows():
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bidv_rows() -> list[list[Any]]:
    first, second, third = LINES
    return [
        ["NGÂN HÀNG TMCP ĐẦU TƯ VÀ PHÁT TRIỂN VIỆT NAM"],
        ["Số tài khoản", ACCOUNT, None, "Loại tiền", "VND"],
        ["Từ ngày", dt.datetime(2017, 9, 1), "Đến ngày", dt.datetime(2017, 9, 30)],
        ["Số dư đầu", OPENING],
        [],
        ["STT", "NGÀY HIỆU LỰC", "SỐ CT", "GHI NỢ", "GHI CÓ", "SỐ DƯ", "MÔ TẢ"],
        [1, dt.datetime(2017, 9, 5, 8, 30), first.reference, None, 5_000_000, 17_500_000, first.text],
        [2, "12/09/2017", second.reference, 200_000.0, None, 17_300_000, second.text],
        [3, "30/09/2017", third.reference, "10,000", None, 17_290_000, third.text],
        [None, None, "Tổng cộng", 210_000, 5_000_000],
        ["Số dư cuối", CLOSING],
    ]
