"""Persons and households: who they are lies sealed under their own key; here is only that they are known.

No rule may look at a sealed value (it reads as a placeholder once it comes back from the log), and no
refusal may ever show one. After an erasure nothing more happens on the stream.
"""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from events.book import Book, State, state_of
from events.catalogue.standing import refuse_if_stood_on
from events.declare import Data, Effect, Fact, event
from events.refusals import Refused, code
from events.vocabulary import LongText, Term, Text

YEARS_KEPT = 10
"""Accounting records are kept ten years from the end of theirs (Luật Kế toán, NĐ 174/2016)."""

PersonKind = Literal["child", "adult", "household"]
GivenBy = Literal["self", "representative"]
Ground = Literal["request", "purpose_achieved", "retention_expired", "authority_order", "agreement"]
"""Why personal data is erased: the grounds of Luật 91/2025/QH15, Article 14."""
DetailField = Literal[
    "name",
    "birth_date",
    "sex",
    "phone",
    "email",
    "address",
    "school",
    "class_name",
    "circumstances",
    "identity_number",
    "representative",
    "bank_account",
]

ON_A_PERSON = ("PersonDetailsChanged", "ConsentGiven", "ConsentWithdrawn", "PersonRead")
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
NO_CONSENT = code(
    "no-such-consent",
    vi="Người có mã {person} không có sự đồng ý còn hiệu lực cho mục đích «{purpose}».",
    en="Person {person} has no standing consent for the purpose '{purpose}'.",
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


class PersonDetails(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known of a person or household. Sealed as one; every part optional."""

    name: Text | None = None
    birth_date: dt.date | None = None
    sex: Literal["female", "male", "other"] | None = None
    phone: Text | None = None
    email: Text | None = None
    address: Text | None = None
    school: Text | None = None
    class_name: Text | None = None
    circumstances: LongText | None = None
    identity_number: Text | None = None
    representative: Text | None = None
    bank_account: Text | None = None


SealedDetails = Annotated[
    PersonDetails, Meta(extra={"sealed": "person_id"}, description="Sealed under the person's own key")
]


@state_of("person")
class PersonState(State):
    """Whether a person is registered, consents and is still there."""

    @property
    def registered(self) -> Fact | None:
        return next(self.standing("PersonRegistered"), None)

    @property
    def erased(self) -> Fact | None:
        return next(self.standing("PersonErased"), None)

    def consents(self) -> dict[tuple[str, str], Fact]:
        """(purpose, given by) → the consent in force."""
        given: dict[tuple[str, str], Fact] = {}
        for fact in self.standing("ConsentGiven", "ConsentWithdrawn"):
            if isinstance(fact.data, ConsentGiven):
                given[fact.data.purpose, fact.data.given_by] = fact
            elif isinstance(fact.data, ConsentWithdrawn):
                given = {key: f for key, f in given.items() if key[0] != fact.data.purpose}
        return given

    def undo(self, fact: Fact, book: Book) -> Effect:
        """Withdraw a registration nothing stands on, or details recorded by mistake."""
        if (erased := self.erased) is not None:
            person = fact.stream.removeprefix("person-")
            raise Refused(PERSON_GONE, "/data/event_id", person=person, day=erased.occurred_on)
        if isinstance(fact.data, PersonRegistered):
            refuse_if_stood_on(self.standing(*ON_A_PERSON))
            if (named := book.named_by_money(fact.data.person_id)) is not None:
                raise Refused(NAMED_BY_MONEY, "/data/event_id", day=named, person=str(fact.data.person_id))
        return fact.effect.undone(fact.type, fact.event_id)


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
    example=_PERSON | {"kind": "child", "details": {"name": "Nguyễn Văn A", "school": "THCS Nông Thượng"}},
)
class PersonRegistered(Data, frozen=True):
    """A person or household known by an opaque id; who it is lies sealed under a key of its own."""

    person_id: UUID
    kind: PersonKind
    details: SealedDetails

    def decide(self, book: Book) -> Effect:
        person = book.own(PersonState)
        if (erased := person.erased) is not None:
            raise Refused(PERSON_GONE, "/data/person_id", person=str(self.person_id), day=erased.occurred_on)
        if (known := person.registered) is not None:
            raise Refused(PERSON_KNOWN, "/data/person_id", person=str(self.person_id), day=known.occurred_on)
        return Effect(subject=self.kind)


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
        require_person(book, self.person_id, "/data/person_id")
        return Effect()


@event(
    "person-{person_id}",
    vi="Đồng ý xử lý dữ liệu",
    en="Consent given",
    example=_PERSON | {"purpose": "publish_award_list", "given_by": "representative"},
)
class ConsentGiven(Data, frozen=True):
    """The person, or who represents them, agrees to one use of the data. A child's own is recorded apart."""

    person_id: UUID
    purpose: Term
    given_by: GivenBy

    def decide(self, book: Book) -> Effect:
        require_person(book, self.person_id, "/data/person_id")
        return Effect(subject=self.purpose)


@event(
    "person-{person_id}",
    vi="Rút lại đồng ý",
    en="Consent withdrawn",
    example=_PERSON | {"purpose": "publish_award_list"},
)
class ConsentWithdrawn(Data, frozen=True):
    """Whoever gave it, consent to that use ends."""

    person_id: UUID
    purpose: Term

    def decide(self, book: Book) -> Effect:
        person = require_person(book, self.person_id, "/data/person_id")
        if not any(purpose == self.purpose for purpose, _ in person.consents()):
            raise Refused(NO_CONSENT, "/data/purpose", person=str(self.person_id), purpose=self.purpose)
        return Effect(subject=self.purpose)


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
        require_person(book, self.person_id, "/data/person_id")
        return Effect()


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
        require_person(book, self.person_id, "/data/person_id")
        named = book.named_by_money(self.person_id)
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
        return Effect()
