"""A fund's own life: opened by a unit, handed over to another, closed when nothing is left in it."""

from typing import Annotated, Any, get_args

from msgspec import Meta

from events.book import Book
from events.catalogue.fund_purposes import Movement
from events.catalogue.fund_standing import fund_taking
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.standing import refuse_if_stood_on, told
from events.catalogue.terms import require_term
from events.catalogue.transfers import in_transit
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Id, Pocket, PocketAmount, Term, Text

FUND_EXISTS = code(
    "fund-exists",
    vi="Quỹ «{fund}» đã được mở ngày {day}; hãy chọn mã khác.",
    en="Fund '{fund}' was already opened on {day}; choose another id.",
)
POCKET_TWICE = code(
    "opening-pocket-twice",
    vi="Số dư đầu kỳ của ngăn «{pocket}» được nêu hai lần; mỗi ngăn chỉ một số.",
    en="The opening balance of pocket '{pocket}' is given twice; one sum for each pocket.",
)
PURPOSE_TWICE = code(
    "purpose-twice",
    vi="Mục đích «{purpose}» được nêu hai lần trong restricted_to.",
    en="The purpose '{purpose}' is given twice in restricted_to.",
)
HANDED_TO_ITSELF = code(
    "fund-handed-to-itself",
    vi="Quỹ «{fund}» ngày {day} đang thuộc đơn vị «{unit}»; cần bàn giao cho đơn vị khác.",
    en="On {day} fund '{fund}' already belongs to unit '{unit}'; hand it over to another unit.",
)
NEW_OWNER_NOT_THERE = code(
    "new-owner-not-there",
    vi="Đơn vị «{unit}» hoạt động từ {since} đến {until}, ngày {day} không nhận bàn giao quỹ được.",
    en="Unit '{unit}' does not exist on {day} (from {since} to {until}) and cannot take over a fund.",
)
HANDOVER_TOO_EARLY = code(
    "handover-before-last",
    vi="Quỹ «{fund}» đã bàn giao ngày {last}; lần bàn giao mới ({day}) không thể trước ngày ấy.",
    en="Fund '{fund}' was handed over on {last}; the new handover ({day}) cannot lie before that.",
)
FUND_NOT_EMPTY = code(
    "fund-not-empty",
    vi="Quỹ «{fund}» chưa đóng được: ngày {day} ngăn «{pocket}» còn {balance} ₫, phải bằng 0.",
    en="Fund '{fund}' cannot be closed: on {day} pocket '{pocket}' holds {balance} ₫; it must be 0.",
)
ENTRIES_AFTER_CLOSING = code(
    "entries-after-closing",
    vi="Quỹ «{fund}» không đóng ngày {day} được: sau ngày đó còn {entries}.",
    en="Fund '{fund}' cannot be closed on {day}: after that day there are {entries}.",
)
IN_TRANSIT = code(
    "transfers-in-transit",
    vi="Quỹ «{fund}» chưa đóng được: quỹ nhận chưa xác nhận {transfers}.",
    en="Fund '{fund}' cannot be closed: not yet received at the other end: {transfers}.",
)

Purposes = Annotated[list[Term], Meta(min_length=1, max_length=50)]
Openings = Annotated[list[PocketAmount], Meta(min_length=1, max_length=3)]

_FUND: dict[str, Any] = {"fund_id": "quy-bac-kan-city"}


@event(
    "fund-{fund_id}",
    vi="Mở quỹ",
    en="Fund opened",
    example=_FUND
    | {
        "unit_id": "bac-kan-city",
        "name": "Quỹ khuyến học thành phố Bắc Kạn",
        "opening": [{"pocket": "bank", "amount": 12_500_000}],
    },
)
class FundOpened(FundRecord, frozen=True):
    """A unit's fund begins, with what lay in it; opening balances are bound to no purpose."""

    fund_id: Id
    unit_id: Id
    name: Text
    restricted_to: Purposes | None = None
    opening: Openings | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = book.own(FundState)
        if fund.opened is not None:
            raise Refused(FUND_EXISTS, "/data/fund_id", fund=self.fund_id, day=fund.opened.occurred_on)
        unit = book.unit(self.unit_id)
        seen: set[str] = set()
        for index, opening in enumerate(self.opening or ()):
            if opening.pocket in seen:
                raise Refused(POCKET_TWICE, f"/data/opening/{index}/pocket", pocket=opening.pocket)
            seen.add(opening.pocket)
        for index, purpose in enumerate(self.restricted_to or ()):
            require_term(book, "purpose", purpose, f"/data/restricted_to/{index}")
            if purpose in (self.restricted_to or ())[:index]:
                raise Refused(PURPOSE_TWICE, f"/data/restricted_to/{index}", purpose=purpose)
        goods = sum(o.amount for o in self.opening or () if o.pocket == "goods")
        return Effect(
            unit=self.unit_id,
            level=unit.level,
            extra=goods or None,  # of the amount, so much in goods
            amount=sum(o.amount for o in self.opening or ()),
        )

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(o.pocket, o.amount) for o in self.opening or ()]

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.opened = fact
        fund.restricted_to = tuple(self.restricted_to or ())
        fund.owners = [(fact.occurred_on, self.unit_id, fact.event_id)]

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        refuse_if_stood_on(
            f
            for f in fund.standing_of(fund.facts.values())
            if isinstance(f.data, FundRecord) and f is not fact
        )


@event(
    "fund-{fund_id}",
    vi="Bàn giao quỹ",
    en="Fund handed over",
    example=_FUND | {"to_unit_id": "duc-xuan"},
)
class FundHandedOver(FundRecord, frozen=True):
    """From this day on the fund belongs to another unit; possible after its old unit's end too."""

    fund_id: Id
    to_unit_id: Id
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id, unit_needed=False)
        last = fund.state.owners[-1][0]
        if book.occurred_on < last:
            raise Refused(
                HANDOVER_TOO_EARLY, "/occurred_on", fund=self.fund_id, last=last, day=book.occurred_on
            )
        to = book.known_unit(self.to_unit_id, "/data/to_unit_id")
        if self.to_unit_id == fund.unit:
            raise Refused(
                HANDED_TO_ITSELF,
                "/data/to_unit_id",
                fund=self.fund_id,
                day=book.occurred_on,
                unit=self.to_unit_id,
            )
        if not to.lives(book.occurred_on):
            raise Refused(
                NEW_OWNER_NOT_THERE,
                "/data/to_unit_id",
                unit=self.to_unit_id,
                day=book.occurred_on,
                since=to.established_on,
                until=to.ended_on or "…",
            )
        return Effect(unit=fund.unit, level=fund.level, subject=self.to_unit_id)

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.owners.append((fact.occurred_on, self.to_unit_id, fact.event_id))

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        refuse_if_stood_on(
            f
            for f in fund.standing_of(fund.facts.values())
            if isinstance(f.data, FundRecord)
            and f.version > fact.version
            and (f.occurred_on >= fact.occurred_on or isinstance(f.data, FundHandedOver))
        )


@event("fund-{fund_id}", vi="Đóng quỹ", en="Fund closed", example=_FUND)
class FundClosed(FundRecord, frozen=True):
    """The fund ends: nothing is left in it, nothing on its way, nothing recorded after that day."""

    fund_id: Id
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        day, state = book.occurred_on, fund.state
        for pocket in get_args(Pocket):
            balance = state.balance(pocket, day)
            if balance:
                raise Refused(
                    FUND_NOT_EMPTY,
                    "/data/fund_id",
                    fund=self.fund_id,
                    day=day,
                    pocket=pocket,
                    balance=balance,
                )
        later = [
            f
            for f in state.facts.values()
            if f.occurred_on > day and isinstance(f.data, FundRecord) and state.stands(f)
        ]
        if later:
            raise Refused(
                ENTRIES_AFTER_CLOSING, "/occurred_on", fund=self.fund_id, day=day, entries=told(later)
            )
        if waiting := in_transit(book, self.fund_id, state):
            raise Refused(IN_TRANSIT, "/data/fund_id", fund=self.fund_id, transfers=told(waiting))
        return fund.effect()

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.closed = fact
