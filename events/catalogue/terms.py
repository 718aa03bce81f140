"""Lists of terms: purposes, occasions, goods. Built-in ones are known everywhere; `TermDefined` adds more."""

from typing import Literal

from events.book import Book, State, state_of
from events.declare import Data, Effect, Fact, event
from events.refusals import Refused, code
from events.vocabulary import Term, Text

TermList = Literal["purpose", "occasion", "item", "item_unit", "activity", "audience"]

BUILT_IN: dict[TermList, dict[str, str]] = {
    "purpose": {
        "scholarship": "Học bổng",
        "excellence_award": "Khen thưởng học sinh giỏi",
        "hardship_support": "Hỗ trợ hoàn cảnh khó khăn",
        "university_entrant_award": "Khen thưởng đỗ đại học",
        "teacher_award": "Khen thưởng giáo viên",
        "study_promotion": "Hoạt động khuyến học",
        "administration": "Chi quản lý",
    },
    "occasion": {
        "school_year_start": "Khai giảng năm học mới",
        "school_year_end": "Tổng kết năm học",
        "first_term_end": "Sơ kết học kỳ I",
        "tet": "Tết Nguyên đán",
        "mid_autumn": "Tết Trung thu",
        "childrens_day": "Quốc tế Thiếu nhi 1/6",
        "teachers_day": "Ngày Nhà giáo Việt Nam 20/11",
        "study_promotion_day": "Ngày Khuyến học Việt Nam 2/10",
        "lifelong_learning_week": "Tuần lễ học tập suốt đời",
        "university_admission": "Đỗ đại học",
        "excellent_student_contest": "Thi học sinh giỏi",
        "association_anniversary": "Kỷ niệm thành lập Hội",
        "ancestor_day": "Giỗ tổ dòng họ",
        "natural_disaster": "Thiên tai",
    },
    "item": {
        "bicycle": "Xe đạp",
        "notebook": "Vở viết",
        "schoolbag": "Cặp sách",
        "textbook": "Sách giáo khoa",
        "book": "Sách",
        "pen": "Bút",
        "stationery": "Đồ dùng học tập",
        "clothing": "Quần áo",
        "shoes": "Giày dép",
        "blanket": "Chăn",
        "rice": "Gạo",
        "food": "Thực phẩm",
        "milk": "Sữa",
        "computer": "Máy tính",
        "tablet": "Máy tính bảng",
        "desk": "Bàn ghế học tập",
        "lamp": "Đèn học",
        "medicine": "Thuốc men",
        "building_material": "Vật liệu xây dựng",
        "gift": "Suất quà",
    },
    "item_unit": {
        "piece": "chiếc",
        "set": "bộ",
        "pair": "đôi",
        "box": "hộp",
        "carton": "thùng",
        "packet": "gói",
        "bag": "bao",
        "kg": "kg",
        "litre": "lít",
        "copy": "quyển",
        "share": "suất",
    },
    "activity": {
        "meeting": "Hội nghị",
        "congress": "Đại hội",
        "campaign": "Đợt vận động",
        "communication": "Tuyên truyền",
        "award_ceremony": "Lễ trao thưởng",
        "inspection": "Kiểm tra, giám sát",
        "evaluation": "Đánh giá, xếp loại",
        "competition": "Hội thi",
        "lifelong_learning_week": "Tuần lễ học tập suốt đời",
        "summer_activity": "Sinh hoạt hè",
        "mid_autumn": "Vui Tết Trung thu",
        "school_enrolment_day": "Ngày toàn dân đưa trẻ đến trường",
        "counselling": "Tư vấn tuyển sinh, hướng nghiệp",
        "exchange": "Giao lưu, học tập kinh nghiệm",
        "visit": "Thăm hỏi, tặng quà",
        "other": "Hoạt động khác",
    },
    "audience": {
        "officer": "Cán bộ Hội",
        "member": "Hội viên",
        "teacher": "Giáo viên",
        "pupil": "Học sinh",
        "student": "Sinh viên",
        "parent": "Cha mẹ học sinh",
        "farmer": "Nông dân",
        "worker": "Công nhân, người lao động",
        "woman": "Phụ nữ",
        "youth": "Thanh niên",
        "elderly": "Người cao tuổi",
        "public_servant": "Cán bộ, công chức cơ sở",
        "ethnic_minority": "Đồng bào dân tộc thiểu số",
        "people": "Nhân dân",
    },
}
"""list → term → Vietnamese label: what every association needs from its first day."""

UNKNOWN_TERM = code(
    "unknown-term",
    vi="«{term}» không có trong danh mục «{list}»; thêm bằng TermDefined. Đang có: {known}.",
    en="'{term}' is not in the list '{list}'; add it with TermDefined. Known: {known}.",
)


@state_of("term")
class TermState(State):
    """The terms added to one list."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[str, str] = {}

    def apply(self, fact: Fact) -> None:
        if isinstance(fact.data, TermDefined):
            self.terms[fact.data.term] = fact.data.label


@event(
    "term-{list}",
    vi="Thêm mục từ",
    en="Term defined",
    example={"list": "purpose", "term": "library", "label": "Tủ sách khuyến học"},
)
class TermDefined(Data, frozen=True):
    """A new term of a list, or a new label for one that was added before."""

    list: TermList
    term: Term
    label: Text

    def decide(self, book: Book) -> Effect:
        return Effect(subject=self.list)


def require_term(book: Book, list_: TermList, term: str, field: str) -> None:
    """Refuse a term that the list does not have. `field`: a JSON Pointer such as `/data/purpose`."""
    known = BUILT_IN[list_]
    if term in known:
        return
    added = book.state(f"term-{list_}", TermState).terms
    if term not in added:
        raise Refused(UNKNOWN_TERM, field, term=term, list=list_, known=sorted({*known, *added}))
