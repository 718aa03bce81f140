"""Learning models known only as totals, from the paper of earlier years."""

import msgspec

from events.book import Book
from events.catalogue.unit_state import UnitState, undoes
from events.catalogue.years import require_begun
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Count, Id, Model, Year

ACHIEVED_EXCEEDS = code(
    "achieved-exceeds-registered",
    vi="Số đạt ({achieved}) không thể lớn hơn số đăng ký ({registered}).",
    en="Achieved ({achieved}) cannot exceed registered ({registered}).",
)
CANDIDATES_THERE = code(
    "candidates-registered-singly",
    vi="«{unit}» đã đăng ký riêng từng đối tượng ({candidates}) của mô hình {model} năm {year}; không "
    "ghi thêm số tổng.",
    en="'{unit}' has {candidates} single registrations of model {model} for {year}; totals would count "
    "them twice.",
)


@event(
    "unit-{unit_id}",
    vi="Tổng số mô hình học tập",
    en="Models counted",
    example={"unit_id": "duc-xuan", "model": "family", "year": 2015, "registered": 1020, "achieved": 931},
)
class ModelsCounted(Data, frozen=True):
    """How many registered and how many achieved, of a model in a year. A later total replaces it."""

    unit_id: Id
    model: Model
    year: Year
    registered: Count
    achieved: Count
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        require_begun(book, self.year)
        if self.achieved > self.registered:
            raise Refused(
                ACHIEVED_EXCEEDS, "/data/achieved", achieved=self.achieved, registered=self.registered
            )
        candidates = book.cohort(self.unit_id, self.model, self.year).candidates
        if candidates > 0:
            raise Refused(
                CANDIDATES_THERE,
                "/data/year",
                unit=self.unit_id,
                candidates=candidates,
                model=self.model,
                year=str(self.year),
            )
        before = _holding(book.own(UnitState), self.model, self.year)
        registered, achieved = _totals(before)
        return Effect(
            unit=self.unit_id,
            level=unit.level,
            year=self.year,
            subject=self.model,
            quantity=self.registered - registered,
            extra=self.achieved - achieved,
            target=before.event_id if before else None,
        )


def _holding(state: UnitState, model: str, year: int, without: Fact | None = None) -> Fact | None:
    """The totals that count: the last recorded that stand."""
    found = None
    for fact in state.standing("ModelsCounted"):
        if fact is not without and (fact.effect.subject, fact.effect.year) == (model, year):
            found = fact
    return found


def _totals(fact: Fact | None) -> tuple[int, int]:
    if fact is None or not isinstance(fact.data, ModelsCounted):
        return 0, 0
    return fact.data.registered, fact.data.achieved


@undoes("ModelsCounted")
def _uncount(state: UnitState, fact: Fact, book: Book) -> Effect:
    """Withdrawing the totals that count brings back those before; withdrawing others changes nothing."""
    model, year = fact.effect.subject or "", fact.effect.year or 0
    book.cohort(fact.effect.unit or "", model, year)  # which this changes
    held = _totals(_holding(state, model, year))
    remaining = _totals(_holding(state, model, year, without=fact))
    return msgspec.structs.replace(
        fact.effect,
        kind=fact.type,
        target=fact.event_id,
        quantity=remaining[0] - held[0],
        extra=remaining[1] - held[1],
    )
