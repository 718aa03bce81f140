"""What the report says where little is known, where units were divided, of targets, and as known earlier."""

import asyncio
import io
import re
import unicodedata
from typing import Any

import docx
import httpx
import openpyxl
import pytest

from tests.services.conftest import Service
from tests.services.report.reading import is_nfc, read

FORMATS = ("docx", "xlsx", "html")
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
PATH = "/v1/units/bac-kan-city/report/2020"


async def _get(service: Service, path: str = PATH, **query: Any) -> httpx.Response:
    answer = await service.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("format", FORMATS)
async def test_of_what_is_not_known_it_says_so(service: Service, format: str) -> None:
    await service.fold()
    answer = await _get(service, format=format, with_print="true")
    assert answer.headers["content-type"] == MEDIA[format]
    assert f'filename="bao-cao-bac-kan-city-2020.{format}"' in answer.headers["content-disposition"]
    assert answer.headers["ledger-position"] == "2"
    report = read(format, answer.content)
    assert report.tables == []
    assert len([p for p in report.paragraphs if p.startswith("Đến vị trí 2, sổ chưa ghi nhận gì về ")]) == 9
    assert not re.search(r"\b0\b", report.text)


async def test_it_has_the_form_of_an_official_document(service: Service) -> None:
    province = {"unit_id": "tinh", "name": "Hội Khuyến học tỉnh Cao Bằng", "level": "province"}
    await service.recorded("UnitEstablished", "2000-01-01", **province)
    await service.recorded("UnitMoved", "2001-01-01", unit_id="bac-kan-city", parent_id="tinh")
    await service.fold()
    content = (await _get(service, format="docx")).content
    document = docx.Document(io.BytesIO(content))
    page = document.sections[0]
    margins = (page.left_margin, page.right_margin, page.top_margin, page.bottom_margin)
    assert [round(m.mm) for m in margins if m is not None] == [30, 15, 20, 20]
    assert [round(m.mm) for m in (page.page_width, page.page_height) if m is not None] == [210, 297]
    assert document.styles["Body Text"].font.name == "Times New Roman"  # type: ignore[attr-defined]
    assert document.styles["Body Text"].font.size.pt == 13  # type: ignore[attr-defined]
    told = read("docx", content).paragraphs
    head = [
        "HỘI KHUYẾN HỌC TỈNH CAO BẰNG",
        "HỘI KHUYẾN HỌC THÀNH PHỐ BẮC KẠN",
        "Số: ……/BC-HKH",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Bắc Kạn, ngày …… tháng …… năm ……",
        "BÁO CÁO",
        "Kết quả hoạt động khuyến học năm 2020 và chỉ tiêu năm 2021",
    ]
    assert [line for line in told if line][: len(head)] == head
    assert told[-5:] == [
        "Nơi nhận:",
        "- Hội Khuyến học tỉnh Cao Bằng (để báo cáo);",
        "- Lưu: VT.",
        "TM. BAN THƯỜNG VỤ",
        "CHỦ TỊCH",
    ]


async def test_a_divided_unit_leaves_estimates_and_they_are_marked(service: Service) -> None:
    """A commune of 100 members is divided 1 : 2; the city's total is exact, the parts are not."""
    half = {"level": "commune", "parent_id": "bac-kan-city"}
    for unit in ("cu", "mot", "hai"):
        await service.recorded("UnitEstablished", "2001-01-01", unit_id=unit, name=f"Xã {unit}", **half)
    await service.recorded("MembersCounted", "2020-06-01", unit_id="cu", members=100)
    into = [{"unit_id": "mot", "parts": 1}, {"unit_id": "hai", "parts": 2}]
    await service.recorded("UnitSplit", "2022-01-01", unit_id="cu", into=into)
    await service.fold()
    then = read("html", (await _get(service)).content)
    assert "ước tính" not in "".join(n for t in then.tables for n in t.notes)
    for format in FORMATS:
        now = read(format, (await _get(service, format=format, tree="now")).content)
        table = now.table("Số liệu chính theo đơn vị")
        assert table.row("Xã mot")["Hội viên"] == ("33", "(1)")
        assert table.row("Xã hai")["Hội viên"] == ("67", "(1)")
        assert table.notes[0].startswith("(1) Số ước tính")
        assert table.row("Cộng")["Hội viên"][0] == "100"


async def test_what_was_paid_at_a_level_is_told_once(service: Service) -> None:
    """Twenty pupils are counted by head, ten awards by number: together they got five million."""
    fund = {"fund_id": "quy", "unit_id": "bac-kan-city", "name": "Quỹ"}
    opening = [{"pocket": "cash", "amount": 5_000_000}]
    await service.recorded("FundOpened", "2020-01-01", **fund, opening=opening)
    paid = {"fund_id": "quy", "category": "scholarship", "pocket": "cash"}
    for measure, recipients, amount in (("person", 20, 3_000_000), ("award", 10, 2_000_000)):
        more = {"award_id": measure, "measure": measure, "recipients": recipients, "amount": amount}
        await service.recorded("AwardGranted", "2020-09-05", **paid, **more)
    await service.fold()
    told = read("html", (await _get(service)).content).paragraphs
    sentences = [p for p in told if "20 người" in p or "10 suất" in p]
    assert len(sentences) == 2
    assert [s.endswith(", 5 triệu đồng.") for s in sentences] == [True, False]
    assert "đồng" not in sentences[1]


async def test_targets_of_the_year_and_of_the_next(service: Service) -> None:
    unit = {"unit_id": "bac-kan-city"}
    await service.recorded("MembersCounted", "2020-06-01", **unit, members=1_200)
    counted = {**unit, "model": "family", "year": 2020, "registered": 300, "achieved": 200}
    await service.recorded("ModelsCounted", "2020-12-01", **counted)
    for year, indicator, value in (
        (2020, "member.total", 1_250),
        (2020, "model.family.rate", 60),
        (2021, "member.total", 1_500),
        (2021, "model.family.rate", 70.5),
        (2021, "training.classes", 3),
    ):
        target = {**unit, "year": year, "indicator": indicator, "value": value}
        await service.recorded("TargetSet", "2020-12-20", **target)
    await service.fold()
    for format in FORMATS:
        report = read(format, (await _get(service, format=format)).content)
        assert "đạt 1 trong 2 chỉ tiêu đã đề ra" in report.text
        year = report.table("Thực hiện chỉ tiêu năm 2020")
        line = year.row("Tổng số hội viên")
        assert [line[h][0] for h in ("Đề ra", "Thực hiện", "Hơn, kém")] == ["1.250", "1.200", "−50"]
        line = year.row("Gia đình học tập: tỷ lệ đạt")
        assert [line[h][0] for h in ("Đề ra", "Thực hiện", "Hơn, kém")] == [
            "60,00%",
            "66,67%",
            "+6,67 điểm %",
        ]
        following = report.table("Chỉ tiêu năm 2021")
        line = following.row("Gia đình học tập: tỷ lệ đạt")
        assert [line[h][0] for h in ("Thực hiện năm 2020", "Đề ra năm 2021")] == ["66,67%", "70,50%"]
        line = following.row("Số lớp tập huấn cán bộ Hội")
        assert [line[h][0] for h in ("Thực hiện năm 2020", "Đề ra năm 2021", "Tăng, giảm")] == ["–", "3", "–"]


async def test_as_known_earlier_it_is_the_file_of_then(service: Service) -> None:
    unit = {"unit_id": "bac-kan-city"}
    first = await service.recorded("MembersCounted", "2020-06-01", **unit, members=1_000)
    await service.fold()
    then = {f: (await _get(service, format=f)).content for f in FORMATS}
    await asyncio.sleep(2.1)  # a zip archive counts time in steps of two seconds
    await service.recorded("MembersCounted", "2020-12-01", **unit, members=999)
    await service.fold()
    for format in FORMATS:
        again = (await _get(service, format=format, as_known=first["position"])).content
        assert again == then[format]
        assert (await _get(service, format=format)).content != again
    assert "1.000 hội viên" in read("html", then["html"]).text


async def test_names_are_written_as_they_are_and_normalised(service: Service) -> None:
    """What stands in a name is no markup; decomposed letters come out composed."""
    name = "=Hội Khuyến học xã <b>Hoà & “Bình”</b>"
    commune = {"unit_id": "hoa-binh", "name": name, "level": "commune", "parent_id": "bac-kan-city"}
    decomposed = commune | {"name": unicodedata.normalize("NFD", name)}
    await service.recorded("UnitEstablished", "2001-01-01", **decomposed)
    await service.recorded("MembersCounted", "2020-06-01", unit_id="hoa-binh", members=7)
    await service.fold()
    for format in FORMATS:
        report = read(format, (await _get(service, format=format)).content)
        assert is_nfc(report.text)
        assert report.table("Số liệu chính theo đơn vị").row(name)["Hội viên"] == ("7", "")
    own = (await _get(service, "/v1/units/hoa-binh/report/2020", format="xlsx")).content
    front = openpyxl.load_workbook(io.BytesIO(own)).worksheets[0]
    named = [c.data_type for row in front.iter_rows() for c in row if c.value == name.upper()]
    assert named == ["s"]


async def test_what_cannot_be_asked_is_refused(service: Service) -> None:
    await service.fold()
    for path, query, status, code in (
        (PATH, {"format": "pdf"}, 400, "malformed"),
        (PATH, {"formats": "docx"}, 400, "malformed"),
        (PATH, {"tree": "2020-02-31"}, 400, "malformed"),
        ("/v1/units/nowhere/report/2020", {}, 404, "unit-not-found"),
        (PATH, {"as_known": 10**9}, 503, "position-not-reached"),
    ):
        answer = await service.client.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (query, answer.text)
