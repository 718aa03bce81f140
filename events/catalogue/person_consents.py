"""What persons agree to, and whether that suffices for naming them in public."""

import datetime as dt
from collections.abc import Set
from typing import Any, Literal
from uuid import UUID

from events.book import Book
from events.catalogue.persons import PersonKind, PersonState, require_person
from events.declare import Data, Effect, Fact, event
from events.refusals import Refused, code
from events.vocabulary import Term

OWN_SAY_AT = 7
"""Years of age from which a child's private life is shown only if the child agrees too (Luật 91/2025,
Điều 24)."""
GROWN_AT = 16
"""Years of age at which the law no longer speaks of a child (Luật Trẻ em 2016, Điều 1)."""

GivenBy = Literal["self", "representative"]

NO_CONSENT = code(
    "no-such-consent",
    vi="Người có mã {person} không có sự đồng ý còn hiệu lực cho mục đích «{purpose}».",
    en="Person {person} has no standing consent for the purpose '{purpose}'.",
)

_PERSON: dict[str, Any] = {"person_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d11"}


def consents_of(person: PersonState) -> dict[tuple[str, GivenBy], Fact]:
    """(purpose, given by) → the consent in force."""
    given: dict[tuple[str, GivenBy], Fact] = {}
    for fact in person.standing("ConsentGiven", "ConsentWithdrawn"):
        if isinstance(fact.data, ConsentGiven):
            given[fact.data.purpose, fact.data.given_by] = fact
        elif isinstance(fact.data, ConsentWithdrawn):
            given = {key: f for key, f in given.items() if key[0] != fact.data.purpose}
    return given


def may_be_shown(kind: PersonKind, born: dt.date | None, given_by: Set[GivenBy], on: dt.date) -> bool:
    """Whether those consents to one purpose let the name be shown that day.

    A grown person's own is needed; for a household anybody speaks who may; for a child under seven the
    representative, from seven on both, as for a child whose age is not known.
    """
    if kind == "household":
        return bool(given_by)
    if kind == "adult":
        return "self" in given_by
    age = None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if age is not None and age >= GROWN_AT:
        return "self" in given_by
    if age is not None and 0 <= age < OWN_SAY_AT:
        return "representative" in given_by
    return {"self", "representative"} <= given_by


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
        return require_person(book, self.person_id, "/data/person_id").effect(self.purpose)


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
        if not any(purpose == self.purpose for purpose, _ in consents_of(person)):
            raise Refused(NO_CONSENT, "/data/purpose", person=str(self.person_id), purpose=self.purpose)
        return person.effect(self.purpose)
