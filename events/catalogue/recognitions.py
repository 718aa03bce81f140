"""What a body decided on a learning model: recognised for a year, or the recognition revoked."""

import datetime as dt

from events.book import Book
from events.catalogue.model_state import ModelState, achieved
from events.catalogue.years import require_begun
from events.declare import Data, Effect, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Id, Text, Year

NOT_ACHIEVED = code(
    "recognition-without-achieving",
    vi="«{candidate}» chưa có kết quả đạt của năm {year} nên chưa thể công nhận.",
    en="'{candidate}' has no achieved evaluation for {year}, so it cannot be recognised.",
)
RECOGNISED_ALREADY = code(
    "model-already-recognised",
    vi="«{candidate}» đã được công nhận năm {year} (quyết định {decision} ngày {day}).",
    en="'{candidate}' is recognised for {year} already (decision {decision} of {day}).",
)
VALID_TOO_SHORT = code(
    "recognition-ends-before-it-begins",
    vi="Hạn công nhận {until} phải sau ngày quyết định {day}.",
    en="A recognition of {day} cannot end on {until}: it must be a later day.",
)
NOT_RECOGNISED = code(
    "recognition-not-standing",
    vi="«{candidate}» không có công nhận năm {year} nào đang có hiệu lực để thu hồi.",
    en="'{candidate}' has no standing recognition for {year} to revoke.",
)
REVOKED_TOO_EARLY = code(
    "revoked-before-recognised",
    vi="Không thể thu hồi ngày {day}: quyết định công nhận ngày {recognised}.",
    en="It cannot be revoked on {day}: it was recognised on {recognised}.",
)


@event(
    "model-{candidate_id}",
    vi="Công nhận mô hình học tập",
    en="Model recognised",
    example={
        "candidate_id": "commune-community-duc-xuan",
        "year": 2017,
        "decision_no": "125/QĐ-UBND",
        "decided_by": "UBND thành phố Bắc Kạn",
        "valid_until": "2020-12-31",
    },
)
class ModelRecognised(Data, frozen=True):
    """A body (never a person by name) decided that a candidate is what it strove to be."""

    candidate_id: Id
    year: Year
    decision_no: Text
    decided_by: Text
    valid_until: dt.date | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        state, day = book.own(ModelState), book.occurred_on
        registration = state.require_registration(self.candidate_id, self.year)
        require_begun(book, self.year)
        if not achieved(state.holding(self.year)):
            raise Refused(NOT_ACHIEVED, "/data/year", candidate=self.candidate_id, year=str(self.year))
        standing = state.recognition(self.year)
        if standing is not None:
            raise Refused(
                RECOGNISED_ALREADY,
                "/data/year",
                candidate=self.candidate_id,
                year=str(self.year),
                decision=standing.data.decision_no,  # type: ignore[attr-defined]
                day=standing.occurred_on,
            )
        if self.valid_until is not None and self.valid_until <= day:
            raise Refused(VALID_TOO_SHORT, "/data/valid_until", until=self.valid_until, day=day)
        return Effect(
            unit=registration.effect.unit,
            level=registration.effect.level,
            year=self.year,
            subject=registration.effect.subject,
            quantity=1,
        )


@event(
    "model-{candidate_id}",
    vi="Thu hồi công nhận",
    en="Recognition revoked",
    example={
        "candidate_id": "commune-community-duc-xuan",
        "year": 2017,
        "reason": "Không còn đủ tiêu chí khi kiểm tra lại.",
    },
)
class RecognitionRevoked(Data, frozen=True):
    """A recognition no longer holds. A recognition never given is withdrawn instead."""

    candidate_id: Id
    year: Year
    reason: SealedText
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        standing = book.own(ModelState).recognition(self.year)
        if standing is None:
            raise Refused(NOT_RECOGNISED, "/data/year", candidate=self.candidate_id, year=str(self.year))
        if book.occurred_on < standing.occurred_on:
            raise Refused(
                REVOKED_TOO_EARLY, "/occurred_on", day=book.occurred_on, recognised=standing.occurred_on
            )
        return Effect(
            unit=standing.effect.unit,
            level=standing.effect.level,
            year=self.year,
            subject=standing.effect.subject,
            quantity=-1,
            target=standing.event_id,
        )
