"""Learning models, candidate by candidate: registered and evaluated. Recognised: `recognitions.py`.

Families and citizens are persons: they are known by UUIDs only, never by a name.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from events.book import Book
from events.catalogue.decimals import require_number
from events.catalogue.model_state import ModelState, achieved, rating
from events.catalogue.years import require_begun
from events.declare import Data, Effect, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Id, Model, Rating, Term, Text, Year

PERSONAL = ("family", "citizen")
MOST_POINTS = 100
_is_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch

UUID_NEEDED = code(
    "candidate-id-not-uuid",
    vi="Mã đối tượng của mô hình {model} phải là UUID (không dùng tên hay số định danh); nhận được "
    "«{candidate}».",
    en="A candidate of model {model} is known by a UUID, never a name or identity number; got '{candidate}'.",
)
NO_NAMES = code(
    "candidate-name-personal",
    vi="Mô hình {model} nói về cá nhân, hộ gia đình: không ghi tên ở đây; hãy dùng person_id.",
    en="Model {model} is about persons and households: no name here; use person_id.",
)
OTHER_MODEL = code(
    "candidate-of-other-model",
    vi="«{candidate}» là đối tượng của mô hình {known} từ năm {year}, không thể đăng ký mô hình {model}.",
    en="'{candidate}' is a candidate of model {known} since {year} and cannot register for {model}.",
)
REGISTERED_ALREADY = code(
    "model-already-registered",
    vi="«{candidate}» đã đăng ký năm {year} tại «{unit}»; mỗi năm chỉ đăng ký một lần.",
    en="'{candidate}' is registered for {year} at '{unit}' already; once a year is enough.",
)
TOTALS_THERE = code(
    "models-counted-as-totals",
    vi="«{unit}» đã ghi số tổng của mô hình {model} năm {year}; hãy rút số tổng trước khi đăng ký từng "
    "đối tượng.",
    en="'{unit}' has totals of model {model} for {year}; withdraw them before registering candidates singly.",
)
TOO_EARLY = code(
    "registration-too-early",
    vi="Đăng ký cho năm {year} sớm nhất từ ngày {day}.",
    en="Registration for {year} begins on {day} at the earliest.",
)
NOT_A_COMMUNE = code(
    "commune-community-at-commune",
    vi="Cộng đồng học tập cấp xã đăng ký tại đơn vị cấp xã; «{unit}» là cấp «{level}».",
    en="A commune-level learning community registers at a commune; '{unit}' is of level '{level}'.",
)
TOTAL_DIFFERS = code(
    "total-not-sum-of-scores",
    vi="Tổng điểm {total} khác tổng các điểm thành phần {sum}.",
    en="The total {total} is not the sum of the scores, {sum}.",
)
RATED_NOT_ACHIEVED = code(
    "rating-without-achieving",
    vi="Xếp loại «{rating}» chỉ dành cho đối tượng đạt; không đạt thì chỉ có thể là «weak» hoặc bỏ trống.",
    en="The rating '{rating}' is for candidates that achieved; else it is 'weak' or left out.",
)

_HOUSEHOLD = "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10"


@event(
    "model-{candidate_id}",
    vi="Đăng ký mô hình học tập",
    en="Model registered",
    example={"candidate_id": _HOUSEHOLD, "model": "family", "unit_id": "duc-xuan-to-10b", "year": 2017},
)
class ModelRegistered(Data, frozen=True):
    """A candidate registers for a year at a unit.

    `name` is a clan's, community's or unit's, never a person's or household's.
    """

    candidate_id: Id
    model: Model
    unit_id: Id
    year: Year
    name: Text | None = None
    person_id: UUID | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        self._require_no_person_in_clear()
        unit = book.unit(self.unit_id)
        if self.model == "commune_community" and unit.level != "commune":
            raise Refused(NOT_A_COMMUNE, "/data/unit_id", unit=self.unit_id, level=unit.level)
        begins = dt.date(self.year - 1, 1, 1)
        if book.occurred_on < begins:
            raise Refused(TOO_EARLY, "/data/year", year=str(self.year), day=begins)
        if (state := book.own(ModelState)).version:
            self._require_new(state)
        if book.cohort(self.unit_id, self.model, self.year).counted > 0:
            raise Refused(
                TOTALS_THERE, "/data/year", unit=self.unit_id, model=self.model, year=str(self.year)
            )
        return Effect(unit=self.unit_id, level=unit.level, year=self.year, subject=self.model, quantity=1)

    def _require_no_person_in_clear(self) -> None:
        if self.model not in PERSONAL:
            return
        if not _is_uuid(self.candidate_id):
            raise Refused(UUID_NEEDED, "/data/candidate_id", model=self.model, candidate=self.candidate_id)
        if self.name is not None:
            raise Refused(NO_NAMES, "/data/name", model=self.model)

    def _require_new(self, state: ModelState) -> None:
        for earlier in state.standing("ModelRegistered"):
            if earlier.effect.subject != self.model:
                raise Refused(
                    OTHER_MODEL,
                    "/data/model",
                    candidate=self.candidate_id,
                    known=earlier.effect.subject,
                    year=str(earlier.effect.year),
                    model=self.model,
                )
            if earlier.effect.year == self.year:
                raise Refused(
                    REGISTERED_ALREADY,
                    "/data/year",
                    candidate=self.candidate_id,
                    year=str(self.year),
                    unit=earlier.effect.unit,
                )


@event(
    "model-{candidate_id}",
    vi="Đánh giá mô hình học tập",
    en="Model evaluated",
    example={
        "candidate_id": _HOUSEHOLD,
        "year": 2017,
        "rule_set": "qd-448-2015",
        "scores": {"children": 28, "adults": 26, "conditions": 18, "effect": 16},
        "total": 88,
        "achieved": True,
    },
)
class ModelEvaluated(Data, frozen=True):
    """A candidate was judged for a year, out of 100 points. The last recorded holds; all stay in history.

    It counts at the unit of that year's registration, even if that unit has ended since.
    """

    candidate_id: Id
    year: Year
    rule_set: Text
    achieved: bool
    scores: Annotated[dict[Term, Decimal], Meta(min_length=1, max_length=100)] | None = None
    total: Decimal | None = None
    rating: Rating | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        state = book.own(ModelState)
        registration = state.require_registration(self.candidate_id, self.year)
        require_begun(book, self.year)
        self._require_fair_points()
        if self.rating not in (None, "weak") and not self.achieved:
            raise Refused(RATED_NOT_ACHIEVED, "/data/rating", rating=self.rating)
        if not self.achieved:
            state.refuse_if_recognised(self.year, "/data/achieved")
        before = state.holding(self.year)
        return Effect(
            unit=registration.effect.unit,
            level=registration.effect.level,
            year=self.year,
            subject=registration.effect.subject,
            extra=int(self.achieved) - achieved(before),
            measure=self.rating,
            measure_was=rating(before),
            target=before.event_id if before else None,
        )

    def _require_fair_points(self) -> None:
        if self.total is not None:
            require_number(self.total, "/data/total", 0, MOST_POINTS)
        for name, points in (self.scores or {}).items():
            require_number(points, f"/data/scores/{name}", 0, MOST_POINTS)
        summed = sum((self.scores or {}).values(), Decimal(0))
        if self.scores and summed > MOST_POINTS:
            require_number(summed, "/data/scores", 0, MOST_POINTS)
        if self.scores and self.total is not None and self.total != summed:
            raise Refused(TOTAL_DIFFERS, "/data/total", total=self.total, sum=summed)
