"""Programmes agreed with partner bodies for some years."""

from typing import Annotated

from msgspec import Meta

from events.book import Book, State, state_of
from events.catalogue.standing import refuse_if_stood_on
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Id, Text, Year

PROGRAMME_TAKEN = code(
    "programme-id-taken",
    vi="Mã «{programme}» đã dùng cho chương trình «{title}».",
    en="The id '{programme}' is taken by the programme '{title}'.",
)
YEARS_TURNED_ROUND = code(
    "programme-years-turned-round",
    vi="Chương trình từ năm {from_year} không thể kết thúc năm {to_year}.",
    en="A programme from {from_year} cannot run until {to_year}.",
)
UNKNOWN_PROGRAMME = code(
    "unknown-programme",
    vi="Không có chương trình «{programme}»; hãy ghi ProgrammeSigned trước.",
    en="There is no programme '{programme}'; record ProgrammeSigned first.",
)
PROGRAMME_ENDED = code(
    "programme-already-ended",
    vi="Chương trình «{programme}» đã kết thúc ngày {day}.",
    en="The programme '{programme}' already ended on {day}.",
)
ENDED_TOO_EARLY = code(
    "programme-ended-before-signed",
    vi="Không thể kết thúc ngày {day}: chương trình ký ngày {signed}.",
    en="It cannot end on {day}: it was signed on {signed}.",
)


@state_of("programme")
class ProgrammeState(State):
    """A programme's signing and its end."""

    def signing(self) -> Fact | None:
        return next(self.standing("ProgrammeSigned"), None)

    def end(self) -> Fact | None:
        return next(self.standing("ProgrammeEnded"), None)

    def undo(self, fact: Fact, book: Book) -> Effect:
        if fact.type == "ProgrammeSigned":
            refuse_if_stood_on(self.standing("ProgrammeEnded"))
        return fact.effect.undone(fact.type, fact.event_id)


@event(
    "programme-{programme_id}",
    vi="Ký chương trình phối hợp",
    en="Programme signed",
    example={
        "programme_id": "phoi-hop-mttq-2016-2020",
        "unit_id": "bac-kan-city",
        "title": "Phối hợp khuyến học 2016-2020 với MTTQ",
        "partners": ["Ủy ban MTTQ Việt Nam thành phố Bắc Kạn"],
        "from_year": 2016,
        "to_year": 2020,
    },
)
class ProgrammeSigned(Data, frozen=True):
    """A programme runs from the first of its years to the last, both included."""

    programme_id: Id
    unit_id: Id
    title: Text
    partners: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=50)]
    from_year: Year
    to_year: Year
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        taken = book.own(ProgrammeState).signing()
        if taken is not None and isinstance(taken.data, ProgrammeSigned):
            raise Refused(
                PROGRAMME_TAKEN, "/data/programme_id", programme=self.programme_id, title=taken.data.title
            )
        if self.to_year < self.from_year:
            raise Refused(
                YEARS_TURNED_ROUND,
                "/data/to_year",
                from_year=str(self.from_year),
                to_year=str(self.to_year),
            )
        return Effect(
            unit=self.unit_id,
            level=book.unit(self.unit_id).level,
            year=self.from_year,
            until_year=self.to_year + 1,
            quantity=1,
        )


@event(
    "programme-{programme_id}",
    vi="Kết thúc chương trình phối hợp",
    en="Programme ended",
    example={"programme_id": "phoi-hop-mttq-2016-2020", "reason": "Hai bên thỏa thuận kết thúc sớm."},
)
class ProgrammeEnded(Data, frozen=True):
    """A programme ends before its time: it no longer counts at the end of that year."""

    programme_id: Id
    reason: SealedText
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        state = book.own(ProgrammeState)
        signing, ended = state.signing(), state.end()
        if signing is None or not isinstance(signing.data, ProgrammeSigned):
            raise Refused(UNKNOWN_PROGRAMME, "/data/programme_id", programme=self.programme_id)
        if ended is not None:
            raise Refused(
                PROGRAMME_ENDED, "/data/programme_id", programme=self.programme_id, day=ended.occurred_on
            )
        if book.occurred_on < signing.occurred_on:
            raise Refused(ENDED_TOO_EARLY, "/occurred_on", day=book.occurred_on, signed=signing.occurred_on)
        return Effect(
            unit=signing.effect.unit,
            level=signing.effect.level,
            # Ended before its first year, it never counts; not less than never.
            year=max(book.occurred_on.year, signing.data.from_year),
            until_year=signing.effect.until_year,
            quantity=-1,
        )
