"""What the yearly statistics count: each indicator declared once.

From a declaration follow the live fold, the rebuild, the figure as known at N and the events behind a figure.
Figures are sums of the differences that events make (`events.declare.Effect`); an indicator says which events
it reads and which of their columns.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

Value = Literal["quantity", "extra", "amount", "rating"]
"""Which typed column of the event is summed; `rating` counts events whose rating is the one named."""


class Sort(StrEnum):
    """How the years add up."""

    FLOW = "flow"  # what happened in the year
    STOCK = "stock"  # what there was on 31 December
    RATE = "rate"  # derived from two counts, never stored


@dataclass(frozen=True, slots=True)
class Term:
    """Events an indicator reads: their kind (reversals and withdrawals count under the kind they undo)."""

    kind: str
    value: Value
    subject: str | None = None
    level: str | None = None
    rating: str | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the yearly table. `measure` None: as the event says (persons, turns, awards)."""

    name: str
    vi: str
    en: str
    measure: str | None
    sort: Sort
    terms: tuple[Term, ...] = ()
    by_level: bool = False
    of: tuple[str, str] | None = None  # a rate's numerator and denominator


INDICATORS: dict[str, Indicator] = {}
"""Every indicator by name, in the order of the table."""


def _declare(indicator: Indicator) -> None:
    INDICATORS[indicator.name] = indicator


def _count(name: str, vi: str, en: str, sort: Sort, *terms: Term, measure: str = "count") -> None:
    _declare(Indicator(name, vi, en, measure, sort, terms))


_count(
    "unit.chapters",
    "Số chi hội",
    "Chapters",
    Sort.STOCK,
    *(
        Term(kind, "quantity", level="chapter")
        for kind in ("UnitEstablished", "UnitMerged", "UnitSplit", "UnitDissolved")
    ),
)
_count(
    "member.total",
    "Tổng số hội viên",
    "Members",
    Sort.STOCK,
    *(Term(kind, "quantity") for kind in ("MembersCounted", "MembersJoined", "MembersLeft")),
)

_MODELS = {
    "family": ("Gia đình học tập", "Learning families"),
    "clan": ("Dòng họ học tập", "Learning clans"),
    "community": ("Cộng đồng học tập", "Learning communities"),
    "unit": ("Đơn vị học tập", "Learning units"),
    "commune_community": ("Cộng đồng học tập cấp xã", "Learning communities at commune level"),
    "citizen": ("Công dân học tập", "Learning citizens"),
}
for _model, (_vi, _en) in _MODELS.items():
    _count(
        f"model.{_model}.registered",
        f"{_vi}: đăng ký",
        f"{_en}: registered",
        Sort.FLOW,
        Term("ModelRegistered", "quantity", subject=_model),
        Term("ModelsCounted", "quantity", subject=_model),
    )
    _count(
        f"model.{_model}.achieved",
        f"{_vi}: đạt",
        f"{_en}: achieved",
        Sort.FLOW,
        Term("ModelEvaluated", "extra", subject=_model),
        Term("ModelsCounted", "extra", subject=_model),
    )
    _declare(
        Indicator(
            f"model.{_model}.rate",
            f"{_vi}: tỷ lệ đạt",
            f"{_en}: rate achieved",
            "percent",
            Sort.RATE,
            of=(f"model.{_model}.achieved", f"model.{_model}.registered"),
        )
    )

_RATINGS = {
    "good": ("tốt", "good"),
    "fair": ("khá", "fair"),
    "average": ("trung bình", "average"),
    "weak": ("yếu", "weak"),
}
for _rating, (_vi, _en) in _RATINGS.items():
    _count(
        f"commune_community.rated.{_rating}",
        f"Cộng đồng học tập cấp xã xếp loại {_vi}",
        f"Commune-level communities rated {_en}",
        Sort.FLOW,
        Term("ModelEvaluated", "rating", subject="commune_community", rating=_rating),
    )

_count(
    "centre.classes",
    "Số lớp mở tại trung tâm học tập cộng đồng",
    "Classes at learning centres",
    Sort.FLOW,
    Term("ClassHeld", "extra"),
)
_count(
    "centre.participants",
    "Lượt người học tại trung tâm học tập cộng đồng",
    "Participants at learning centres",
    Sort.FLOW,
    Term("ClassHeld", "quantity"),
    measure="person_turn",
)
for _rating, (_vi, _en) in _RATINGS.items():
    _count(
        f"centre.rated.{_rating}",
        f"Trung tâm học tập cộng đồng xếp loại {_vi}",
        f"Learning centres rated {_en}",
        Sort.FLOW,
        Term("CentreRated", "rating", rating=_rating),
    )

_count(
    "programme.active",
    "Chương trình phối hợp đang thực hiện",
    "Joint programmes in force",
    Sort.STOCK,
    Term("ProgrammeSigned", "quantity"),
    Term("ProgrammeEnded", "quantity"),
)
_count(
    "training.classes",
    "Số lớp tập huấn cán bộ Hội",
    "Training classes for officers",
    Sort.FLOW,
    Term("TrainingHeld", "extra"),
)
_count(
    "training.participants",
    "Cán bộ Hội được tập huấn",
    "Officers trained",
    Sort.FLOW,
    Term("TrainingHeld", "quantity"),
    measure="person",
)
_declare(
    Indicator(
        "fund.raised",
        "Kinh phí vận động được",
        "Funds raised",
        "vnd",
        Sort.FLOW,
        (Term("DonationReceived", "amount"),),
        by_level=True,
    )
)
_declare(
    Indicator(
        "fund.awarded",
        "Kinh phí khen thưởng, hỗ trợ",
        "Funds awarded",
        "vnd",
        Sort.FLOW,
        (Term("AwardGranted", "amount"),),
        by_level=True,
    )
)

_CATEGORIES = {
    "excellent_student": ("Học sinh giỏi được khen thưởng", "Excellent pupils awarded"),
    "scholarship": ("Học bổng đã trao", "Scholarships granted"),
    "university_entrant": ("Học sinh đỗ đại học được khen thưởng", "University entrants awarded"),
    "hardship": ("Học sinh hoàn cảnh khó khăn được hỗ trợ", "Pupils in hardship supported"),
    "teacher": ("Giáo viên được khen thưởng", "Teachers awarded"),
    "member": ("Cán bộ, hội viên được khen thưởng", "Officers and members awarded"),
    "mixed": ("Cán bộ, hội viên và học sinh được khen thưởng", "Officers, members and pupils awarded"),
}
for _category, (_vi, _en) in _CATEGORIES.items():
    _declare(
        Indicator(
            f"award.{_category}.recipients",
            _vi,
            _en,
            None,
            Sort.FLOW,
            (Term("AwardGranted", "quantity", subject=_category),),
            by_level=True,
        )
    )


def definitions_digest() -> str:
    """SHA-256 over all definitions but their labels: another digest means other figures."""
    plain = [
        [i.name, i.measure, i.sort, i.by_level, i.of, [[getattr(t, f) for f in t.__slots__] for t in i.terms]]
        for i in INDICATORS.values()
    ]
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()
