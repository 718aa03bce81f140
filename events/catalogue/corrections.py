"""Putting a fund's books right: reversals, counts of what is really there, and closing a period for good."""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from events.book import UNKNOWN_EVENT, Book
from events.catalogue.fund_purposes import Movement
from events.catalogue.fund_standing import Standing, fund_taking, refuse_not_open
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.standing import refuse_if_stood_on, told
from events.catalogue.transfers import TransferSent, held_until, receipt_of
from events.catalogue.withdrawals import MOVES_VALUE
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import DongOrNone, EventRef, Id, Pocket, SignedDong

OF_ANOTHER_FUND = code(
    "entry-of-another-fund",
    vi="Sự kiện {event} không thuộc quỹ «{fund}».",
    en="Event {event} does not belong to fund '{fund}'.",
)
MOVES_NOTHING = code(
    "entry-moves-nothing",
    vi="{entry} không làm thay đổi tiền của quỹ nên không đảo; nếu ghi nhầm, hãy rút lại (RecordWithdrawn).",
    en="{entry} moves no value and is not reversed; if it is wrong, withdraw it (RecordWithdrawn).",
)
ALREADY_REVERSED = code(
    "entry-already-reversed",
    vi="Bút toán {event} đã được đảo; mỗi bút toán chỉ đảo một lần.",
    en="Entry {event} was already reversed; an entry is reversed once.",
)
RECEIVING_HALF_FIRST = code(
    "receiving-half-first",
    vi="Khoản chuyển «{transfer}» đã được nhận: hãy đảo bên nhận trước ({entries}).",
    en="Transfer '{transfer}' was received: reverse the receiving half first ({entries}).",
)
NOTHING_DIFFERS = code(
    "difference-of-zero",
    vi="Chênh lệch bằng 0 thì không ghi.",
    en="A difference of 0 is not booked.",
)
NOT_AS_COUNTED = code(
    "difference-not-as-counted",
    vi="Ngày {day} kiểm kê ngăn «{pocket}» được {counted} ₫, sổ ghi {booked} ₫: chênh lệch là {expected} ₫,"
    " số nhận được: {given} ₫.",
    en="On {day} pocket '{pocket}' was counted at {counted} ₫, the books say {booked} ₫: the difference is"
    " {expected} ₫; given: {given} ₫.",
)
THROUGH_THE_FUTURE = code(
    "period-not-over",
    vi="Kỳ khóa sổ đến hết ngày {through} chưa kết thúc vào ngày {day}.",
    en="The period through {through} is not over on {day}.",
)
ALREADY_CLOSED_THROUGH = code(
    "period-already-closed",
    vi="Sổ của quỹ «{fund}» đã khóa đến hết ngày {closed}; ngày khóa mới phải sau đó, nhận được: {through}.",
    en="The books of fund '{fund}' are already closed through {closed}; the new day must be later; given:"
    " {through}.",
)

_FUND: dict[str, Any] = {"fund_id": "quy-bac-kan-city"}


@event(
    "fund-{fund_id}",
    vi="Đảo bút toán",
    en="Entry reversed",
    example=_FUND
    | {
        "event_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
        "reason": "Ghi nhầm số tiền, ghi lại ở bút toán sau",
    },
)
class EntryReversed(FundRecord, frozen=True):
    """An entry that moved value no longer counts. Dated by rule: its own day if that is open, else today; a
    transfer's sending half not before its receiving half was reversed, or both funds would hold the money."""

    fund_id: Id
    event_id: EventRef
    reason: SealedText
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        state = book.own(FundState)
        refuse_not_open(state, self.fund_id, book.today, "/data/fund_id")
        entry = self._entry(book, state)
        through = state.closed_through
        own_day_open = through is None or entry.occurred_on > through
        book.occurred_on = entry.occurred_on if own_day_open else book.today
        if not own_day_open:
            fund_taking(book, self.fund_id)
        if isinstance(entry.data, TransferSent):
            if received := receipt_of(book, self.fund_id, entry):
                raise Refused(
                    RECEIVING_HALF_FIRST,
                    "/data/event_id",
                    transfer=entry.data.transfer_id,
                    entries=told(received),
                )
            receiver = book.state(f"fund-{entry.data.to_fund_id}", FundState)
            held = held_until(receiver, self.fund_id, entry.data.transfer_id)
            book.occurred_on = max(book.occurred_on, held or book.occurred_on)
        back = [movement.undone() for movement in state.moved(entry)]
        state.refuse_overdrawn(self.fund_id, book.occurred_on, back, "/data/event_id")
        return entry.effect.undone(entry.type, entry.event_id, book.occurred_on.year)

    def _entry(self, book: Book, state: FundState) -> Fact:
        entry = state.facts.get(UUID(self.event_id))
        if entry is None:
            if book.memory.stream_of_event(UUID(self.event_id)) is None:
                raise Refused(UNKNOWN_EVENT, "/data/event_id", event=self.event_id)
            raise Refused(OF_ANOTHER_FUND, "/data/event_id", event=self.event_id, fund=self.fund_id)
        if entry.type not in MOVES_VALUE:
            raise Refused(MOVES_NOTHING, "/data/event_id", entry=told([entry]))
        if not state.stands(entry):
            raise Refused(ALREADY_REVERSED, "/data/event_id", event=self.event_id)
        return entry


@event(
    "fund-{fund_id}",
    vi="Kiểm kê quỹ",
    en="Balance counted",
    example=_FUND | {"pocket": "cash", "amount": 2_350_000},
)
class BalanceCounted(FundRecord, frozen=True):
    """What was really found in a pocket at that day's end. It changes no balance by itself."""

    fund_id: Id
    pocket: Pocket
    amount: DongOrNone
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        return replace(fund.effect(), pocket=self.pocket, amount=self.amount)

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.counts[self.pocket, fact.occurred_on].append(fact)

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        if fund.standing_of(fund.counts[self.pocket, fact.occurred_on])[-1] is fact:
            refuse_if_stood_on(
                f
                for f in fund.standing("DifferenceBooked")
                if f.version > fact.version
                and (f.effect.pocket, f.occurred_on) == (self.pocket, fact.occurred_on)
            )


@event(
    "fund-{fund_id}",
    vi="Ghi chênh lệch kiểm kê",
    en="Difference booked",
    example=_FUND | {"pocket": "cash", "amount": -50_000, "reason": "Thiếu khi kiểm kê, chưa rõ nguyên nhân"},
)
class DifferenceBooked(FundRecord, frozen=True):
    """The books follow the count: a surplus is free money, a loss asks nobody's purpose."""

    fund_id: Id
    pocket: Pocket
    amount: SignedDong
    reason: SealedText
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        if self.amount == 0:
            raise Refused(NOTHING_DIFFERS, "/data/amount")
        self._refuse_unlike_count(book, fund)
        moves = self.movements(Effect())
        fund.state.refuse_overdrawn(self.fund_id, book.occurred_on, moves, "/data/amount", bound=False)
        return replace(fund.effect(), pocket=self.pocket, amount=self.amount)

    def _refuse_unlike_count(self, book: Book, fund: Standing) -> None:
        counts = fund.state.standing_of(fund.state.counts.get((self.pocket, book.occurred_on), ()))
        if not counts:
            return
        counted = counts[-1].effect.amount or 0
        booked = fund.state.balance(self.pocket, book.occurred_on)
        if counted - booked != self.amount:
            raise Refused(
                NOT_AS_COUNTED,
                "/data/amount",
                day=book.occurred_on,
                pocket=self.pocket,
                counted=counted,
                booked=booked,
                expected=counted - booked,
                given=self.amount,
            )

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(self.pocket, self.amount)]


@event("fund-{fund_id}", vi="Khóa sổ quỹ", en="Period closed", example=_FUND | {"through": "2017-12-31"})
class PeriodClosed(FundRecord, frozen=True):
    """Nothing dated up to and including that day is accepted any more. It is never opened again."""

    fund_id: Id
    through: dt.date
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        closed = book.own(FundState).closed_through
        if closed is not None and self.through <= closed:
            raise Refused(
                ALREADY_CLOSED_THROUGH,
                "/data/through",
                fund=self.fund_id,
                closed=closed,
                through=self.through,
            )
        if self.through > book.occurred_on:
            raise Refused(THROUGH_THE_FUTURE, "/data/through", through=self.through, day=book.occurred_on)
        return fund_taking(book, self.fund_id).effect()

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.closed_through = self.through
