"""Persons and households: who they are lies sealed under their own key; here is only that they are known.

A unit keeps a person's record, and hands it over when the person moves; a record that no unit keeps is its
registrar's (`events/permissions.py`). What persons agree to: `person_consents.py`.

No rule may look at a sealed value (it reads as a placeholder once it comes back from the log), and no
refusal may ever show one. After an erasure nothing more happens on the stream.
"""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from events.book import Book, State, state_of
from events.catalogue.person_details import DetailField, SealedDetails
from events.catalogue.standing import refuse_if_stood_on
from events.declare import Data, Effect, Fact, event
from events.refusals import Refused, code
from events.vocabulary import Id, Term

YEARS_KEPT = 10
"""Accounting records are kept ten years from the end of theirs (Luật Kế toán, NĐ 174/2016)."""

PersonKind = Literal["child", "adult", "household"]
Ground = Literal["request", "purpose_achieved", "retention_expired", "authority_order", "agreement"]
"""Why personal data is erased: the grounds of Luật 91/2025/QH15, Article 14."""
ON_A_PERSON = ("PersonDetailsChanged", "PersonHandedOver", "ConsentGiven", "ConsentWithdrawn", "PersonRead")
"""What stands on a registration."""

UNKNOWN_PERSON = code(
    "unknown-person",
    vi="Chưa đăng ký người có mã {person} trong sổ.",
    en="No person {person} is registered in the log.",
)
PERSON_KNOWN = code(
    "person-already-registered",
    vi="Người có mã {person} đã được đăng ký ngày {day}.",
    en="Person {person} was already registered on {day}.",
)
PERSON_GONE = code(
    "person-erased",
    vi="Dữ liệu của người có mã {person} đã xóa ngày {day}; không ghi thêm gì về người này.",
    en="The data of person {person} was erased on {day}; nothing more is recorded of them.",
)
KEPT_THERE = code(
    "person-kept-there",
    vi="Hồ sơ của người có mã {person} đã do đơn vị «{unit}» giữ; cần bàn giao cho đơn vị khác.",
    en="Unit '{unit}' already keeps the record of person {person}; hand it over to another unit.",
)
KEPT_BY_LAW = code(
    "person-kept-by-law",
    vi="Bút toán ngày {day} có nêu người có mã {person}: chứng từ phải lưu đến hết ngày {until};"
    " trước đó chỉ xóa theo lệnh cơ quan có thẩm quyền (authority_order), lý do nhận được: «{ground}».",
    en="A money entry of {day} names person {person}: records are kept through {until}; until then they are"
    " erased only on an authority's order (authority_order); the ground given was '{ground}'.",
)
NAMED_BY_MONEY = code(
    "person-named-by-money",
    vi="Bút toán ngày {day} có nêu người có mã {person}; không rút lại việc đăng ký được.",
    en="A money entry of {day} names person {person}; the registration cannot be withdrawn.",
)

_PERSON: dict[str, Any] = {"person_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d11"}


@state_of("person")
class PersonState(State):
    """Whether a person is registered and still there, and who keeps the record."""

    @property
    def registered(self) -> Fact | None:
        return next(self.standing("PersonRegistered"), None)

    @property
    def ever_registered(self) -> Fact | None:
        """The registration that stands, else the last that was withdrawn: its details still lie sealed."""
        every = [f for f in self.facts.values() if f.type == "PersonRegistered"]
        return self.registered or next(reversed(every), None)

    @property
    def erased(self) -> Fact | None:
        return next(self.standing("PersonErased"), None)

    @property
    def told(self) -> Fact | None:
        """The event whose sealed details hold: the last one that has any."""
        return next(reversed(list(self.standing("PersonRegistered", "PersonDetailsChanged"))), None)

    @property
    def home(self) -> str | None:
        """The unit that keeps the person's record; None: no unit was named."""
        return self.effect().unit

    def effect(self, subject: str | None = None, without: Fact | None = None) -> Effect:
        """That a record is of the unit that keeps the person's, leaving out what one fact says of it."""
        kept = Effect()
        for fact in self.standing("PersonRegistered", "PersonHandedOver"):
            kept = fact.effect if fact is not without else kept
        return Effect(unit=kept.unit, level=kept.level, subject=subject)

    def undo(self, fact: Fact, book: Book) -> Effect:
        """Withdraw a registration nothing stands on, or details or a handover recorded by mistake."""
        if (erased := self.erased) is not None:
            person = fact.stream.removeprefix("person-")
            raise Refused(PERSON_GONE, "/data/event_id", person=person, day=erased.occurred_on)
        if isinstance(fact.data, PersonRegistered):
            refuse_if_stood_on(self.standing(*ON_A_PERSON))
            if (named := book.named_by_money(fact.data.person_id).latest) is not None:
                raise Refused(NAMED_BY_MONEY, "/data/event_id", day=named, person=str(fact.data.person_id))
            return fact.effect.undone(fact.type, fact.event_id)
        kept = self.effect(without=fact)
        undone = fact.effect.undone(fact.type, fact.event_id)
        return msgspec.structs.replace(undone, unit=kept.unit, level=kept.level)


def require_person(book: Book, person_id: UUID, field: str) -> PersonState:
    """A registered person whose data was not erased. Raises `unknown-person`, `person-erased`."""
    person = book.state(f"person-{person_id}", PersonState)
    if (erased := person.erased) is not None:
        raise Refused(PERSON_GONE, field, person=str(person_id), day=erased.occurred_on)
    if person.registered is None:
        raise Refused(UNKNOWN_PERSON, field, person=str(person_id))
    return person


@event(
    "person-{person_id}",
    vi="Đăng ký người",
    en="Person registered",
    example=_PERSON
    | {
        "kind": "child",
        "unit_id": "nong-thuong",
        "details": {"name": "Nguyễn Văn A", "school": "THCS Nông Thượng"},
    },
)
class PersonRegistered(Data, frozen=True):
    """A person or household known by an opaque id; who it is lies sealed under a key of its own.

    `unit_id` keeps the record: whoever records for that unit goes on with it, and others do not. Without it
    that is for the registrar, and for who records for the whole log.
    """

    person_id: UUID
    kind: PersonKind
    details: SealedDetails
    unit_id: Id | None = None

    def decide(self, book: Book) -> Effect:
        person = book.own(PersonState)
        if (erased := person.erased) is not None:
            raise Refused(PERSON_GONE, "/data/person_id", person=str(self.person_id), day=erased.occurred_on)
        if (known := person.registered) is not None:
            raise Refused(PERSON_KNOWN, "/data/person_id", person=str(self.person_id), day=known.occurred_on)
        level = book.unit(self.unit_id).level if self.unit_id is not None else None
        return Effect(unit=self.unit_id, level=level, subject=self.kind)


@event(
    "person-{person_id}",
    vi="Cập nhật thông tin người",
    en="Person details changed",
    example=_PERSON | {"details": {"name": "Nguyễn Văn A", "school": "THPT Bắc Kạn"}},
)
class PersonDetailsChanged(Data, frozen=True):
    """New details in place of all earlier ones, sealed under the same key."""

    person_id: UUID
    details: SealedDetails

    def decide(self, book: Book) -> Effect:
        return require_person(book, self.person_id, "/data/person_id").effect()


@event(
    "person-{person_id}",
    vi="Bàn giao hồ sơ người",
    en="Person handed over",
    example=_PERSON | {"to_unit_id": "xuat-hoa"},
)
class PersonHandedOver(Data, frozen=True):
    """From here on another unit keeps the person's record, as when a pupil moves. What was recorded before
    stays with the unit it was recorded for."""

    person_id: UUID
    to_unit_id: Id

    def decide(self, book: Book) -> Effect:
        person = require_person(book, self.person_id, "/data/person_id")
        to = book.unit(self.to_unit_id, field="/data/to_unit_id")
        if self.to_unit_id == person.home:
            raise Refused(KEPT_THERE, "/data/to_unit_id", person=str(self.person_id), unit=self.to_unit_id)
        return Effect(unit=self.to_unit_id, level=to.level)


@event(
    "person-{person_id}",
    vi="Xem dữ liệu cá nhân",
    en="Person read",
    example=_PERSON | {"fields": ["name", "school"]},
)
class PersonRead(Data, frozen=True):
    """Somebody was shown those details, for that purpose."""

    person_id: UUID
    fields: Annotated[list[DetailField], Meta(min_length=1, max_length=12)]
    purpose: Term | None = None

    def decide(self, book: Book) -> Effect:
        return require_person(book, self.person_id, "/data/person_id").effect()


@event(
    "person-{person_id}",
    vi="Xóa dữ liệu cá nhân",
    en="Person erased",
    example=_PERSON | {"ground": "request"},
)
class PersonErased(Data, frozen=True):
    """Key and sealed details are destroyed. Every figure and proof stays as it was."""

    person_id: UUID
    ground: Ground

    def decide(self, book: Book) -> Effect:
        person = book.own(PersonState)
        if person.ever_registered is None or person.erased is not None:
            require_person(book, self.person_id, "/data/person_id")
        named = book.named_by_money(self.person_id).latest
        if named is not None and self.ground != "authority_order":
            until = dt.date(named.year + YEARS_KEPT, 12, 31)
            if book.today <= until:
                raise Refused(
                    KEPT_BY_LAW,
                    "/data/ground",
                    day=named,
                    person=str(self.person_id),
                    until=until,
                    ground=self.ground,
                )
        return person.effect()
