"""One candidate of a learning model: its registrations by year, what it was judged, whether recognised."""

import datetime as dt

from msgspec.structs import replace

from events.book import Book, State, state_of
from events.catalogue.standing import refuse_if_stood_on
from events.declare import Effect, Fact
from events.refusals import Refused, code

NOT_REGISTERED = code(
    "model-not-registered",
    vi="«{candidate}» chưa đăng ký mô hình học tập năm {year}; các năm đã đăng ký: {years}.",
    en="'{candidate}' is not registered for {year}; registered for: {years}.",
)
RECOGNISED_ON_IT = code(
    "recognition-stands-on-evaluation",
    vi="Quyết định công nhận {decision} ngày {day} của năm {year} dựa vào kết quả đạt; hãy thu hồi "
    "hoặc rút quyết định trước.",
    en="Recognition {decision} of {day} for {year} rests on it being achieved; revoke or withdraw that "
    "first.",
)
NOTHING_TO_REVIVE = code(
    "recognition-revived-without-achieving",
    vi="Chưa rút được: công nhận sẽ có hiệu lực trở lại, nhưng năm {year} không còn kết quả đạt.",
    en="It cannot be withdrawn: the recognition would stand again without an achieved evaluation of {year}.",
)


@state_of("model")
class ModelState(State):
    """A candidate's facts by year. The evaluation last recorded holds for its year."""

    reads_data = False

    __slots__ = ()

    def registration(self, year: int) -> Fact | None:
        return self._last("ModelRegistered", year)

    def holding(self, year: int, without: Fact | None = None) -> Fact | None:
        """The evaluation that counts for a year."""
        return self._last("ModelEvaluated", year, without)

    def recognition(self, year: int) -> Fact | None:
        """The recognition of a year that stands and was not revoked."""
        of_year = (f for f in self.standing("ModelRecognised") if f.effect.year == year)
        return next((f for f in of_year if self.revocation(f) is None), None)

    def revocation(self, recognition: Fact) -> Fact | None:
        found = self.standing("RecognitionRevoked")
        return next((f for f in found if f.effect.target == recognition.event_id), None)

    def require_registration(self, candidate_id: str, year: int) -> Fact:
        registration = self.registration(year)
        if registration is None:
            years = sorted({str(f.effect.year) for f in self.standing("ModelRegistered")})
            raise Refused(
                NOT_REGISTERED, "/data/year", candidate=candidate_id, year=str(year), years=years or "–"
            )
        return registration

    def refuse_if_recognised(self, year: int, field: str) -> None:
        """What recognition rests on, an achieved evaluation, must not go from under it."""
        standing = self.recognition(year)
        if standing is not None:
            decision: str = standing.data.decision_no  # type: ignore[attr-defined]
            day: dt.date = standing.occurred_on
            raise Refused(RECOGNISED_ON_IT, field, decision=decision, day=day, year=str(year))

    def undo(self, fact: Fact, book: Book) -> Effect:
        year = fact.effect.year or 0
        if fact.type == "ModelEvaluated":
            return self._unevaluate(fact, year)
        if fact.type == "ModelRegistered":
            book.cohort(fact.effect.unit or "", fact.effect.subject or "", year)  # which this changes
            kinds = ("ModelEvaluated", "ModelRecognised", "RecognitionRevoked")
            refuse_if_stood_on(f for f in self.standing(*kinds) if f.effect.year == year)
        elif fact.type == "ModelRecognised":
            revocation = self.revocation(fact)
            refuse_if_stood_on([revocation] if revocation else [])
        elif fact.type == "RecognitionRevoked":
            self._require_revivable(fact, year)
        return fact.effect.undone(fact.type, fact.event_id)

    def _unevaluate(self, fact: Fact, year: int) -> Effect:
        """Withdrawing the one that holds revives the one before; withdrawing others changes nothing."""
        held, revived = self.holding(year), self.holding(year, without=fact)
        changed = held is fact
        if changed and not achieved(revived):
            self.refuse_if_recognised(year, "/data/event_id")
        return replace(
            fact.effect,
            kind=fact.type,
            target=fact.event_id,
            extra=achieved(revived) - achieved(held),
            measure=rating(revived) if changed else None,
            measure_was=rating(fact) if changed else None,
        )

    def _require_revivable(self, revocation: Fact, year: int) -> None:
        """Without its revocation a recognition stands again: beside an achieved evaluation, and alone."""
        again = self.recognition(year)
        refuse_if_stood_on([again] if again else [])
        if not achieved(self.holding(year)):
            raise Refused(NOTHING_TO_REVIVE, "/data/event_id", year=str(year))

    def _last(self, kind: str, year: int, without: Fact | None = None) -> Fact | None:
        for fact in reversed(self.facts.values()):
            of_year = fact.type == kind and fact.effect.year == year
            if of_year and fact is not without and fact.event_id not in self.gone:
                return fact
        return None


def achieved(evaluation: Fact | None) -> int:
    """1 or 0, as figures sum it."""
    return int(evaluation is not None and evaluation.data.achieved)  # type: ignore[attr-defined]


def rating(evaluation: Fact | None) -> str | None:
    return evaluation.data.rating if evaluation is not None else None  # type: ignore[attr-defined]
