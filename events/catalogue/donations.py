"""What a fund is promised and what it receives. Money a donor gave for a purpose stays bound to it."""

import datetime as dt
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
from events.catalogue.standing import refuse_if_stood_on
from events.catalogue.terms import require_term
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Dong, Id, Item, Party, Pocket, Term

DUE_BEFORE_PLEDGE = code(
    "pledge-due-before-made",
    vi="Hạn thực hiện cam kết {due} ở trước ngày cam kết {day}.",
    en="The pledge falls due on {due}, before the day it was made, {day}.",
)
UNKNOWN_PLEDGE = code(
    "unknown-pledge",
    vi="Quỹ «{fund}» không có cam kết «{pledge}» còn hiệu lực.",
    en="Fund '{fund}' has no standing pledge '{pledge}'.",
)
GOODS_WITHOUT_ITEMS = code(
    "goods-need-items",
    vi="Ủng hộ hiện vật (ngăn goods) phải kê hiện vật trong items.",
    en="A gift of goods (pocket goods) must list what was given in items.",
)
ITEMS_WITHOUT_GOODS = code(
    "items-only-with-goods",
    vi="Chỉ ủng hộ hiện vật mới kê items; ngăn nhận được là «{pocket}», cần «goods».",
    en="Only gifts of goods list items; the pocket given was '{pocket}', expected 'goods'.",
)

Items = Annotated[list[Item], Meta(min_length=1, max_length=1000)]

_FUND: dict[str, Any] = {"fund_id": "quy-bac-kan-city"}


@event(
    "fund-{fund_id}",
    vi="Cam kết ủng hộ",
    en="Donation pledged",
    example=_FUND
    | {
        "pledge_id": "cam-ket-2017-01",
        "amount": 20_000_000,
        "donor": {"kind": "organisation", "name": "Công ty TNHH Bắc Kạn"},
        "due_on": "2017-09-30",
    },
)
class DonationPledged(FundRecord, frozen=True):
    """A promise to give; not money raised."""

    fund_id: Id
    pledge_id: Id
    amount: Dong
    donor: Party
    due_on: dt.date | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        check_party(book, self.donor, "donor")
        if self.due_on is not None and self.due_on < book.occurred_on:
            raise Refused(DUE_BEFORE_PLEDGE, "/data/due_on", due=self.due_on, day=book.occurred_on)
        return Effect(unit=fund.unit, level=fund.level, amount=self.amount)

    def used_id(self) -> tuple[str, ...]:
        return ("pledge_id", self.pledge_id)

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.pledges[self.pledge_id] = fact

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        refuse_if_stood_on(fund.standing_of(fund.received_on_pledge[self.pledge_id]))


@event(
    "fund-{fund_id}",
    vi="Tiếp nhận ủng hộ",
    en="Donation received",
    example=_FUND
    | {
        "donation_id": "ung-ho-2017-001",
        "amount": 10_000_000,
        "pocket": "goods",
        "donor": {"kind": "organisation", "name": "Ủy ban Mặt trận Tổ quốc thành phố"},
        "purpose": "hardship_support",
        "items": [{"what": "bicycle", "quantity": 10, "unit": "piece"}],
    },
)
class DonationReceived(FundRecord, frozen=True):
    """Money or goods a fund has actually taken in (not a pledge); goods at appraised value."""

    fund_id: Id
    donation_id: Id
    amount: Dong
    pocket: Pocket
    donor: Party
    pledge_id: Id | None = None
    purpose: Term | None = None
    items: Items | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        check_party(book, self.donor, "donor")
        if self.pledge_id is not None and not fund.state.stands(fund.state.pledges.get(self.pledge_id)):
            raise Refused(UNKNOWN_PLEDGE, "/data/pledge_id", fund=self.fund_id, pledge=self.pledge_id)
        if self.purpose is not None:
            require_term(book, "purpose", self.purpose, "/data/purpose")
            fund.refuse_other_purpose(self.purpose)
        if self.pocket == "goods" and self.items is None:
            raise Refused(GOODS_WITHOUT_ITEMS, "/data/items")
        if self.pocket != "goods" and self.items is not None:
            raise Refused(ITEMS_WITHOUT_GOODS, "/data/items", pocket=self.pocket)
        for index, item in enumerate(self.items or ()):
            require_term(book, "item", item.what, f"/data/items/{index}/what")
            require_term(book, "item_unit", item.unit, f"/data/items/{index}/unit")
        vouchers.issue(book, fund, "pt", self.pocket)
        return Effect(
            unit=fund.unit,
            level=fund.level,
            subject=self.donor.kind,
            measure=self.purpose,
            pocket=self.pocket,
            amount=self.amount,
        )

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(self.pocket, self.amount, self.purpose)]

    def used_id(self) -> tuple[str, ...]:
        return ("donation_id", self.donation_id)

    def names_on_money(self) -> Iterator[UUID]:
        return named(self.donor)

    def fold(self, fund: FundState, fact: Fact) -> None:
        if self.pledge_id is not None:
            fund.received_on_pledge[self.pledge_id].append(fact)
