"""The yearly report of Bắc Kạn 2017: every expected figure as people print it, in Word, Excel and HTML."""

import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from services.cli.ledger import Ledger, RefusedError
from services.cli.report import Format, save
from tests.services.report.reading import BASIS, ReadReport, all_text, charts, is_nfc, read
from workers.indicators import INDICATORS

CITY, TODAY = "bac-kan-city", "thai-nguyen-province"
FORMATS = ("docx", "xlsx", "html")
LEVELS = {"": "", "district": "Cấp huyện", "commune": "Cấp xã", "chapter": "Chi hội"}
UNITS = {"person": "người", "person_turn": "lượt", "award": "suất", "vnd": "đồng", "percent": "%"}
WHOLE = "Số liệu năm 2017 bên cạnh năm 2016"

with (Path(__file__).parent / "expected-2017.csv").open(encoding="utf-8") as file:
    EXPECTED = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def files(bac_kan: Ledger) -> dict[str, bytes]:
    return {f: _get(bac_kan, format=f, with_print="true") for f in FORMATS}


@pytest.fixture(scope="module")
def reports(files: dict[str, bytes]) -> dict[str, ReadReport]:
    return {format: read(format, content) for format, content in files.items()}


def _get(ledger: Ledger, unit: str = CITY, **query: str) -> bytes:
    answer = ledger.http.get(f"/v1/units/{unit}/report/2017", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def _printed(text: str, measure: str, *, sign: bool = False) -> str:
    """10.380, 97,16%, +576, +5,04 điểm %: written here anew, to hold the report against."""
    if not text:
        return "–"
    value = Decimal(text)
    digits = f"{abs(value):,.2f}" if measure == "percent" else f"{abs(int(value)):,}"
    digits = digits.replace(",", " ").replace(".", ",").replace(" ", ".")
    before = "−" if value < 0 else "+" if sign and value > 0 else ""
    after = "" if measure != "percent" else " điểm %" if sign else "%"
    return before + digits + after


@pytest.mark.parametrize("format", FORMATS)
def test_every_figure_of_2017_as_people_print_it(reports: dict[str, ReadReport], format: str) -> None:
    table = reports[format].table(WHOLE)
    for row in EXPECTED:
        name, measure = row["indicator"].removesuffix(".change"), row["measure"]
        first = (INDICATORS[name].vi, LEVELS[row["level"]])
        if measure in ("person", "person_turn", "award", "vnd", "percent"):
            first += (UNITS[measure],)
        line = table.row(*first)
        if row["indicator"].endswith(".change"):
            points = "percent" if measure == "percentage_point" else measure
            assert line["Tăng, giảm"][0] == _printed(row["value"], points, sign=True)
            continue
        assert line["Năm 2017"][0] == _printed(row["value"], measure)
        for heading, column in (("Năm 2016", "previous"), ("Tăng, giảm", "change")):
            if row[column]:
                assert line[heading][0] == _printed(row[column], measure, sign=column == "change")


def test_the_three_say_the_same(reports: dict[str, ReadReport]) -> None:
    word = reports["docx"]
    assert len(word.tables) == 10
    for other in (reports["xlsx"], reports["html"]):
        for ours, theirs in zip(word.tables, other.tables, strict=True):
            assert ours == theirs
        sections = [p for p in word.paragraphs if p not in other.paragraphs]
        # the two halves of the title are one there; upper case is the page's own
        assert [p for p in sections if not p.isupper() and p not in other.text] == []


@pytest.mark.parametrize("format", FORMATS)
def test_it_reads_as_people_write(
    reports: dict[str, ReadReport], files: dict[str, bytes], format: str
) -> None:
    report = reports[format]
    for told in (
        "152 chi hội (giảm 4 so với năm 2016, tức 2,56%)",
        "10.380 hội viên (tăng 576 so với năm 2016, tức 5,88%)",
        "97,16% của 8.760 gia đình đăng ký (tăng 5,04 điểm % so với năm 2016)",
        "cấp huyện 47.850.000 đồng, cấp xã 107 triệu đồng, chi hội 368 triệu đồng",
        "chưa tới 5 người mỗi lớp",
        "sổ chưa ghi nhận gì về chỉ tiêu đề ra cho năm 2017 và năm 2018",
    ):
        assert told in report.text, told
    assert "điểm %" in report.text
    assert is_nfc(all_text(format, files[format]))


@pytest.mark.parametrize("format", FORMATS)
def test_every_table_names_its_position(bac_kan: Ledger, reports: dict[str, ReadReport], format: str) -> None:
    answer = bac_kan.http.get(f"/v1/units/{CITY}/report/2017")
    position = f"{int(answer.headers['ledger-position']):,}".replace(",", ".")
    for table in reports[format].tables:
        assert table.basis.startswith(f"{BASIS}{position} của sổ (ghi lúc "), table.title
        assert table.basis.endswith("theo địa giới ngày 31/12/2017.")


def test_odd_figures_are_marked(reports: dict[str, ReadReport]) -> None:
    table = reports["docx"].table(WHOLE)
    text, marks = table.row("Lượt người học tại trung tâm học tập cộng đồng")["Năm 2017"]
    assert (text, marks, table.notes[0]) == ("365", "(1)", "(1) Số cần xem lại: chưa tới 5 người mỗi lớp.")


@pytest.mark.parametrize(("unit", "tree", "below"), [(CITY, "then", 8), (TODAY, "now", 3)])
def test_units_below_sum_to_the_whole(bac_kan: Ledger, unit: str, tree: str, below: int) -> None:
    made = read("html", _get(bac_kan, unit, tree=tree)).table("Số liệu chính theo đơn vị")
    *parts, total = made.rows
    assert len(parts) == below + 1
    assert parts[-1][0][0].startswith("Riêng ")
    for column, heading in enumerate(made.headings):
        if column and heading != "Tỷ lệ đạt":
            counted = [int(row[column][0].replace(".", "")) for row in parts if row[column][0] != "–"]
            assert sum(counted) == int(total[column][0].replace(".", "")), heading


def test_funds_by_level_sum_and_transfers_are_left_out(reports: dict[str, ReadReport]) -> None:
    total = reports["html"].table("Thu, chi và số dư quỹ theo cấp").row("Cộng các cấp")
    assert total["Vận động được (đồng)"][0] == "522.850.000"
    assert total["Khen thưởng, hỗ trợ (đồng)"][0] == "370.000.000"
    assert "đã loại trừ" in reports["html"].text
    assert "chuyển cho nhau 850.000 đồng" in reports["html"].text


def test_what_print_says_otherwise_is_told_where_asked(
    bac_kan: Ledger, reports: dict[str, ReadReport]
) -> None:
    printed = reports["docx"].table("Số đã in khác với số tính từ sổ")
    assert len(printed.rows) == 5
    rate = printed.row("article-2017", "Cộng đồng học tập: tỷ lệ đạt")
    assert (rate["Đã in"][0], rate["Tính từ sổ"][0]) == ("76,67%", "79,67%")
    assert "76,67%" in reports["docx"].text
    assert "76,67%" not in _get(bac_kan, format="html").decode()


def test_charts_draw_the_figures(files: dict[str, bytes]) -> None:
    levels = [[47_850_000, 107_000_000, 368_000_000], [42_000_000, 54_000_000, 274_000_000]]
    for format in ("docx", "xlsx"):
        drawn = list(charts(format, files[format]))
        assert len(drawn) == 3
        assert drawn[0][1][:2] == [97.16, 100]
        assert drawn[1] == levels
    with zipfile.ZipFile(io.BytesIO(files["docx"])) as archive:
        inside = openpyxl.load_workbook(io.BytesIO(archive.read("word/embeddings/bieu-do-2.xlsx")))
    rows = [list(row)[1:] for row in inside.worksheets[0].values]
    assert [[row[n] for row in rows[1:]] for n in (0, 1)] == levels


@pytest.mark.parametrize("format", FORMATS)
def test_made_twice_it_is_the_same_file(bac_kan: Ledger, files: dict[str, bytes], format: str) -> None:
    assert _get(bac_kan, format=format, with_print="true") == files[format]


def test_the_command_writes_it_and_overwrites_no_other(bac_kan: Ledger, tmp_path: Path) -> None:
    target = tmp_path / "báo cáo.docx"
    for _ in range(2):  # the same content again is no harm
        save(bac_kan, CITY, 2017, Format.docx, {}, target)
        assert target.read_bytes() == _get(bac_kan, format="docx")
    target.write_bytes(b"written on by hand")
    with pytest.raises(RefusedError, match="khác nội dung"):
        save(bac_kan, CITY, 2017, Format.docx, {}, target)
    assert target.read_bytes() == b"written on by hand"
    with pytest.raises(RefusedError, match="nowhere"):
        save(bac_kan, "nowhere", 2017, Format.html, {}, tmp_path / "a.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["báo cáo.docx"]
