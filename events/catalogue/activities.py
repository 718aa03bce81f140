"""What a unit did and what it set out to do: trainings, other activities, targets."""

from decimal import Decimal

from events.book import Book
from events.catalogue.decimals import require_number
from events.catalogue.terms import require_term
from events.declare import Data, Effect, SealedText, event
from events.vocabulary import Id, IndicatorName, Positive, Term, Text, Year

LARGEST = 10**16


@event(
    "unit-{unit_id}",
    vi="Mở lớp tập huấn",
    en="Training held",
    example={
        "unit_id": "bac-kan-city",
        "topic": "Nghiệp vụ công tác Hội cơ sở",
        "classes": 1,
        "participants": 28,
        "audience": "officer",
    },
)
class TrainingHeld(Data, frozen=True):
    """Training classes for the association's own people. Classes of learning centres are `ClassHeld`."""

    unit_id: Id
    topic: Text
    classes: Positive
    participants: Positive
    audience: Term | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        if self.audience is not None:
            require_term(book, "audience", self.audience, "/data/audience")
        return Effect(
            unit=self.unit_id,
            level=unit.level,
            subject=self.topic,
            quantity=self.participants,
            extra=self.classes,
        )


@event(
    "unit-{unit_id}",
    vi="Tổ chức hoạt động",
    en="Activity held",
    example={
        "unit_id": "bac-kan-city",
        "kind": "lifelong_learning_week",
        "title": "Tuần lễ hưởng ứng học tập suốt đời",
        "participants": 350,
    },
)
class ActivityHeld(Data, frozen=True):
    """Anything else a unit organised; `kind` is a term of the list `activity`."""

    unit_id: Id
    kind: Term
    title: Text
    participants: Positive | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        require_term(book, "activity", self.kind, "/data/kind")
        return Effect(
            unit=self.unit_id, level=unit.level, subject=self.kind, quantity=self.participants, extra=1
        )


@event(
    "unit-{unit_id}",
    vi="Đặt chỉ tiêu",
    en="Target set",
    example={"unit_id": "bac-kan-city", "year": 2020, "indicator": "model.family.rate", "value": 70},
)
class TargetSet(Data, frozen=True):
    """What a unit means to reach in a year; a later one for the same indicator and year replaces it."""

    unit_id: Id
    year: Year
    indicator: IndicatorName
    value: Decimal
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        require_number(self.value, "/data/value", 0, LARGEST)
        return Effect(unit=self.unit_id, level=unit.level, year=self.year, subject=self.indicator)
