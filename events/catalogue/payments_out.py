"""What a fund pays out: awards to pupils, teachers and members, and expenses."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from events.book import Book
from events.catalogue import vouchers
from events.catalogue.fund_purposes import Movement
from events.catalogue.fund_standing import fund_taking
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.parties import check_party, named
from events.catalogue.paying import Payment, pay
from events.catalogue.persons import require_person
from events.catalogue.terms import require_term
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import (
    AwardCategory,
    AwardMeasure,
    Dong,
    Id,
    Party,
    Pocket,
    Positive,
    SchoolYear,
    Term,
)

NOT_A_SCHOOL_YEAR = code(
    "school-year-not-consecutive",
    vi="Năm học gồm hai năm liền nhau, như 2016-2017; nhận được: {given}.",
    en="A school year spans two consecutive years, such as 2016-2017; given: {given}.",
)
PERSON_TWICE = code(
    "recipient-twice",
    vi="Người nhận {person} được nêu hai lần trong person_ids.",
    en="The recipient {person} is given twice in person_ids.",
)
MORE_NAMED_THAN_COUNTED = code(
    "more-named-than-recipients",
    vi="Có {named} người trong person_ids nhưng {recipients} người nhận; số nêu tên không được nhiều hơn.",
    en="There are {named} persons in person_ids but only {recipients} recipients; no more may be named.",
)

Persons = Annotated[list[UUID], Meta(min_length=1, max_length=1000)]

_FUND: dict[str, Any] = {"fund_id": "quy-bac-kan-city"}


@event(
    "fund-{fund_id}",
    vi="Trao thưởng, học bổng",
    en="Award granted",
    example=_FUND
    | {
        "award_id": "khen-thuong-2017-hsg",
        "category": "excellent_student",
        "recipients": 175,
        "measure": "person",
        "amount": 17_500_000,
        "pocket": "cash",
        "purpose": "excellence_award",
        "occasion": "school_year_end",
        "school_year": "2016-2017",
    },
)
class AwardGranted(FundRecord, frozen=True):
    """Awards or scholarships paid out, in money or goods. A long list of recipients comes in parts."""

    fund_id: Id
    award_id: Id
    category: AwardCategory
    recipients: Positive
    measure: AwardMeasure
    amount: Dong
    pocket: Pocket
    part: Id | None = None
    purpose: Term | None = None
    payee: Party | None = None
    occasion: Term | None = None
    school_year: SchoolYear | None = None
    person_ids: Persons | None = None
    payment_id: Id | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        self._check_recipients(book)
        if self.occasion is not None:
            require_term(book, "occasion", self.occasion, "/data/occasion")
        if self.school_year is not None:
            first, second = map(int, self.school_year.split("-"))
            if second != first + 1:
                raise Refused(NOT_A_SCHOOL_YEAR, "/data/school_year", given=self.school_year)
        paying = Payment("award", self.amount, self.purpose, self.payment_id, self.award_id, self.part)
        pay(book, fund, paying, self.movements(Effect()))
        vouchers.issue(book, fund, "pc", self.pocket)
        return Effect(
            unit=fund.unit,
            level=fund.level,
            subject=self.category,
            measure=self.measure,
            pocket=self.pocket,
            quantity=self.recipients,
            amount=self.amount,
        )

    def _check_recipients(self, book: Book) -> None:
        check_party(book, self.payee, "payee")
        persons = self.person_ids or []
        if len(persons) > self.recipients:
            raise Refused(
                MORE_NAMED_THAN_COUNTED, "/data/person_ids", named=len(persons), recipients=self.recipients
            )
        seen: set[UUID] = set()
        for index, person in enumerate(persons):
            if person in seen:
                raise Refused(PERSON_TWICE, f"/data/person_ids/{index}", person=str(person))
            seen.add(person)
            require_person(book, person, f"/data/person_ids/{index}")

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(self.pocket, -self.amount, self.purpose, pays=True)]

    def used_id(self) -> tuple[str, ...]:
        return ("award_id", self.award_id) if self.part is None else ("award_id", self.award_id, self.part)

    def names_on_money(self) -> Iterator[UUID]:
        yield from named(self.payee)
        yield from self.person_ids or ()

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.award_parts[self.award_id].append(fact)
        if self.payment_id is not None:
            fund.paid[self.payment_id].append(fact)


@event(
    "fund-{fund_id}",
    vi="Chi phí",
    en="Expense paid",
    example=_FUND
    | {
        "expense_id": "chi-2017-014",
        "amount": 1_200_000,
        "pocket": "cash",
        "payee": {"kind": "organisation", "name": "Nhà in Bắc Kạn"},
        "purpose": "administration",
    },
)
class ExpensePaid(FundRecord, frozen=True):
    """Anything else paid out of a fund: printing, meals at an award day, administration."""

    fund_id: Id
    expense_id: Id
    amount: Dong
    pocket: Pocket
    purpose: Term
    payee: Party | None = None
    payment_id: Id | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        check_party(book, self.payee, "payee")
        paying = Payment("expense", self.amount, self.purpose, self.payment_id)
        pay(book, fund, paying, self.movements(Effect()))
        vouchers.issue(book, fund, "pc", self.pocket)
        return Effect(unit=fund.unit, level=fund.level, pocket=self.pocket, amount=self.amount)

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(self.pocket, -self.amount, self.purpose, pays=True)]

    def used_id(self) -> tuple[str, ...]:
        return ("expense_id", self.expense_id)

    def names_on_money(self) -> Iterator[UUID]:
        return named(self.payee)

    def fold(self, fund: FundState, fact: Fact) -> None:
        if self.payment_id is not None:
            fund.paid[self.payment_id].append(fact)
