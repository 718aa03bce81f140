"""Lists of terms: purposes, occasions, goods. Built-in ones are known everywhere; `TermDefined` adds more."""

from typing import Literal

from events.book import Book, State, state_of
from events.declare import Data, Effect, Fact, event
from events.refusals import Refused, code
from events.vocabulary import Term, Text

TermList = Literal["purpose", "occasion", "item", "item_unit", "activity", "audience"]

BUILT_IN: dict[str, dict[str, str]] = {
    "purpose": {
        "scholarship": "Học bổng",
        "excellence_award": "Khen thưởng học sinh giỏi",
        "hardship_support": "Hỗ trợ hoàn cảnh khó khăn",
        "university_entrant_award": "Khen thưởng đỗ đại học",
        "teacher_award": "Khen thưởng giáo viên",
        "study_promotion": "Hoạt động khuyến học",
        "administration": "Chi quản lý",
    },
    "activity": {
        "propaganda": "Tuyên truyền, vận động",
        "learning_week": "Tuần lễ hưởng ứng học tập suốt đời",
        "award_ceremony": "Lễ tuyên dương, trao thưởng",
        "fundraising": "Vận động quỹ",
        "meeting": "Hội nghị",
        "congress": "Đại hội",
        "contest": "Hội thi",
        "inspection": "Kiểm tra, giám sát",
        "visit": "Thăm hỏi, tặng quà",
        "other": "Hoạt động khác",
    },
    "audience": {
        "officers": "Cán bộ Hội",
        "members": "Hội viên",
        "teachers": "Giáo viên",
        "pupils": "Học sinh",
        "parents": "Phụ huynh",
        "workers": "Người lao động",
        "farmers": "Nông dân",
        "women": "Phụ nữ",
        "youth": "Thanh niên",
        "elderly": "Người cao tuổi",
        "everyone": "Mọi người dân",
    },
}

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
    known = BUILT_IN.get(list_, {})
    if term in known:
        return
    added = book.state(f"term-{list_}", TermState).terms
    if term not in added:
        raise Refused(UNKNOWN_TERM, field, term=term, list=list_, known=sorted({*known, *added}))
