"""Community learning centres (trung tâm học tập cộng đồng): opened, their classes, their yearly rating."""

import datetime as dt

from msgspec.structs import replace

from events.book import UNIT_NOT_THERE, Book, State, state_of
from events.catalogue.standing import refuse_if_stood_on
from events.catalogue.terms import require_term
from events.catalogue.years import require_begun
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.tree import Unit
from events.vocabulary import Id, Positive, Rating, Term, Text, Year

CENTRE_TAKEN = code(
    "centre-id-taken",
    vi="Mã «{centre}» đã dùng cho trung tâm «{name}» của «{unit}».",
    en="The id '{centre}' is taken by the centre '{name}' of '{unit}'.",
)
UNKNOWN_CENTRE = code(
    "unknown-centre",
    vi="Không có trung tâm học tập cộng đồng «{centre}»; hãy ghi LearningCentreOpened trước.",
    en="There is no learning centre '{centre}'; record LearningCentreOpened first.",
)
NOT_OPEN_YET = code(
    "centre-not-open-yet",
    vi="Trung tâm «{centre}» mở ngày {opened}; ngày {day} chưa hoạt động.",
    en="The centre '{centre}' opened on {opened}; on {day} it was not there yet.",
)


@state_of("centre")
class CentreState(State):
    """A centre's opening, classes and ratings. The rating last recorded holds for its year."""

    def opening(self) -> Fact | None:
        return next(self.standing("LearningCentreOpened"), None)

    def require_open(self, centre_id: str, on: dt.date) -> Fact:
        opening = self.opening()
        if opening is None:
            raise Refused(UNKNOWN_CENTRE, "/data/centre_id", centre=centre_id)
        if on < opening.occurred_on:
            raise Refused(NOT_OPEN_YET, "/occurred_on", centre=centre_id, opened=opening.occurred_on, day=on)
        return opening

    def rated(self, year: int, without: Fact | None = None) -> Fact | None:
        found = None
        for fact in self.standing("CentreRated"):
            if fact.effect.year == year and fact is not without:
                found = fact
        return found

    def undo(self, fact: Fact, book: Book) -> Effect:
        if fact.type == "LearningCentreOpened":
            refuse_if_stood_on(self.standing("ClassHeld", "CentreRated"))
        if fact.type != "CentreRated":
            return fact.effect.undone(fact.type, fact.event_id)
        holds = self.rated(fact.effect.year or 0) is fact
        revived = self.rated(fact.effect.year or 0, without=fact)
        return replace(
            fact.effect,
            kind=fact.type,
            target=fact.event_id,
            measure=_rating(revived) if holds else None,
            measure_was=_rating(fact) if holds else None,
        )


def _rating(fact: Fact | None) -> str | None:
    return fact.data.rating if fact is not None else None  # type: ignore[attr-defined]


def unit_of(book: Book, opening: Fact, on: dt.date) -> Unit:
    """Whose the centre is that day: a merged unit's successor has it, with all else."""
    first: str = opening.data.unit_id  # type: ignore[attr-defined]
    unit = book.known_unit(first, "/data/centre_id")
    while not unit.takes(on) and unit.ending == "merged":
        unit = book.known_unit(unit.into[0][0], "/data/centre_id")
    if not unit.takes(on):
        raise Refused(
            UNIT_NOT_THERE,
            "/data/centre_id",
            unit=unit.unit_id,
            day=on,
            since=unit.established_on,
            until=unit.ended_on or "…",
        )
    return unit


@event(
    "centre-{centre_id}",
    vi="Mở trung tâm học tập cộng đồng",
    en="Learning centre opened",
    example={
        "centre_id": "tthtcd-duc-xuan",
        "unit_id": "duc-xuan",
        "name": "Trung tâm học tập cộng đồng phường Đức Xuân",
    },
)
class LearningCentreOpened(Data, frozen=True):
    """A centre begins at a unit; if the unit merges, it goes on at the successor."""

    centre_id: Id
    unit_id: Id
    name: Text
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        taken = book.own(CentreState).opening()
        if taken is not None and isinstance(taken.data, LearningCentreOpened):
            raise Refused(
                CENTRE_TAKEN,
                "/data/centre_id",
                centre=self.centre_id,
                name=taken.data.name,
                unit=taken.data.unit_id,
            )
        return Effect(unit=self.unit_id, level=book.unit(self.unit_id).level, quantity=1)


@event(
    "centre-{centre_id}",
    vi="Mở lớp học",
    en="Class held",
    example={
        "centre_id": "tthtcd-duc-xuan",
        "topic": "Kỹ thuật trồng rau an toàn",
        "participants": 42,
        "classes": 2,
        "audience": "farmer",
    },
)
class ClassHeld(Data, frozen=True):
    """One class, or several of a kind together. Odd numbers (2,7 a class) are kept and flagged."""

    centre_id: Id
    topic: Text
    participants: Positive
    classes: Positive = 1
    audience: Term | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        opening = book.own(CentreState).require_open(self.centre_id, book.occurred_on)
        if self.audience is not None:
            require_term(book, "audience", self.audience, "/data/audience")
        unit = unit_of(book, opening, book.occurred_on)
        return Effect(
            unit=unit.unit_id,
            level=unit.level,
            subject=self.topic,
            quantity=self.participants,
            extra=self.classes,
        )


@event(
    "centre-{centre_id}",
    vi="Xếp loại trung tâm",
    en="Centre rated",
    example={"centre_id": "tthtcd-duc-xuan", "year": 2017, "rating": "good"},
)
class CentreRated(Data, frozen=True):
    """A centre's rating for a year; a later one for the same year replaces it."""

    centre_id: Id
    year: Year
    rating: Rating
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        state = book.own(CentreState)
        opening = state.require_open(self.centre_id, book.occurred_on)
        require_begun(book, self.year)
        last_day = min(book.occurred_on, dt.date(self.year, 12, 31))
        state.require_open(self.centre_id, last_day)
        unit = unit_of(book, opening, last_day)
        before = state.rated(self.year)
        return Effect(
            unit=before.effect.unit if before else unit.unit_id,
            level=before.effect.level if before else unit.level,
            year=self.year,
            measure=self.rating,
            measure_was=_rating(before),
            target=before.event_id if before else None,
        )
