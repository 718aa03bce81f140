"""The words of the report: levels, units of count, and how a document of such an organisation is headed."""

import datetime as dt
import re

from events.tree import Tree, Unit
from services.report.content import Heading
from workers.indicators import INDICATORS

LEVELS = {
    None: "",
    "central": "Trung ương",
    "province": "Cấp tỉnh",
    "district": "Cấp huyện",
    "commune": "Cấp xã",
    "chapter": "Chi hội",
    "board": "Ban khuyến học",
    "clan": "Dòng họ",
}
BELOW = ("chapter", "board", "clan")
"""Levels with no unit below."""
_UNITS_OF_MEASURE = {
    "person": "người",
    "person_turn": "lượt",
    "award": "suất",
    "vnd": "đồng",
    "percent": "%",
}
_UNITS_OF = (
    ("unit.chapters", "chi hội"),
    ("member.total", "hội viên"),
    ("model.family", "gia đình"),
    ("model.clan", "dòng họ"),
    ("model.community", "cộng đồng"),
    ("model.unit", "đơn vị"),
    ("model.commune_community", "xã, phường"),
    ("model.citizen", "người"),
    ("commune_community.rated", "xã, phường"),
    ("centre.classes", "lớp"),
    ("centre.rated", "trung tâm"),
    ("programme.active", "chương trình"),
    ("training.classes", "lớp"),
    ("population.persons", "người"),
    ("population.households", "hộ"),
    ("report.", "báo cáo"),
)
RATINGS = {"good": "Tốt", "fair": "Khá", "average": "Trung bình", "weak": "Yếu"}
MODELS = {
    "family": "Gia đình học tập",
    "clan": "Dòng họ học tập",
    "community": "Cộng đồng học tập",
    "unit": "Đơn vị học tập",
    "commune_community": "Cộng đồng học tập cấp xã",
    "citizen": "Công dân học tập",
}

_ORGANISATION = re.compile(r"^(?:Hội|Ban|Chi hội) (?:K|k)huyến học ")
_TERRITORY = re.compile(r"^(?:thành phố|thị xã|thị trấn|đặc khu|phường|xã|quận|huyện|tỉnh) ", re.IGNORECASE)
BLANK = "……"

_SIGNING = {
    "chapter": ["TM. CHI HỘI", "CHI HỘI TRƯỞNG"],
    "board": ["TM. BAN KHUYẾN HỌC", "TRƯỞNG BAN"],
    "clan": ["TM. BAN KHUYẾN HỌC DÒNG HỌ", "TRƯỞNG BAN"],
}


def label(indicator: str) -> str:
    """As the catalogue has it; a name that it does not have stays a name."""
    declared = INDICATORS.get(indicator)
    return declared.vi if declared else indicator


def unit_of(indicator: str, measure: str | None) -> str:
    """What a figure is counted in."""
    if measure in _UNITS_OF_MEASURE:
        return _UNITS_OF_MEASURE[measure]
    return next((unit for name, unit in _UNITS_OF if indicator.startswith(name)), "")


def place_of(name: str) -> str:
    """The place a document is dated at: the territory's own name, left blank where the name does not say."""
    territory = _ORGANISATION.sub("", name)
    place = _TERRITORY.sub("", territory)
    return place if place not in (name, territory) else BLANK


def heading_of(tree: Tree, unit: Unit, on: dt.date, year: int) -> Heading:
    """Number and day are left blank: the office gives them when it signs."""
    parent_id = tree.parent(unit.unit_id, on)
    parent = tree.get(parent_id) if parent_id else None
    above = parent.name(on) if parent else None
    name = unit.name(on)
    return Heading(
        above=above,
        organisation=name,
        symbol=f"Số: {BLANK}/BC-HKH",
        place=f"{place_of(name)}, ngày {BLANK} tháng {BLANK} năm {BLANK}",
        title="Báo cáo",
        subject=f"Kết quả hoạt động khuyến học năm {year} và chỉ tiêu năm {year + 1}",
        receivers=[*([f"{above} (để báo cáo);"] if above else []), "Lưu: VT."],
        signing=_SIGNING.get(unit.level, ["TM. BAN THƯỜNG VỤ", "CHỦ TỊCH"]),
    )
