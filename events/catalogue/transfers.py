"""Value on its way: from fund to fund in two halves, and from one pocket of a fund to another.

Between its two halves a transfer is in transit. What was sent for a purpose stays bound to it where it
arrives: a donor's purpose does not end at the next fund.
"""

import datetime as dt
from typing import Any

from events.book import Book
from events.catalogue import vouchers
from events.catalogue.fund_purposes import Movement
from events.catalogue.fund_standing import OUTSIDE_RESTRICTION, fund_taking, other_fund
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.paying import Payment, pay
from events.catalogue.standing import told
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Dong, Id, MoneyPocket, Pocket, Term

TO_ITSELF = code(
    "transfer-to-itself",
    vi="Quỹ «{fund}» không chuyển cho chính mình; hãy nêu quỹ khác.",
    en="Fund '{fund}' cannot transfer to itself; name another fund.",
)
NOT_SENT = code(
    "transfer-not-sent",
    vi="Quỹ «{sender}» không có khoản chuyển «{transfer}» còn hiệu lực cho quỹ «{fund}».",
    en="Fund '{sender}' has no standing transfer '{transfer}' to fund '{fund}'.",
)
AMOUNT_DIFFERS = code(
    "transfer-amount-differs",
    vi="Khoản chuyển «{transfer}» đã gửi {sent} ₫, số nhận ghi {given} ₫; hai số phải bằng nhau.",
    en="Transfer '{transfer}' was sent with {sent} ₫, received with {given} ₫; the two must be equal.",
)
ALREADY_RECEIVED = code(
    "transfer-already-received",
    vi="Khoản chuyển «{transfer}» từ quỹ «{sender}» đã được nhận: {entries}.",
    en="Transfer '{transfer}' from fund '{sender}' was already received: {entries}.",
)
RECEIVED_BEFORE_SENT = code(
    "transfer-received-before-sent",
    vi="Khoản chuyển «{transfer}» gửi ngày {sent}, không thể nhận ngày {day} trước đó.",
    en="Transfer '{transfer}' was sent on {sent}; it cannot be received on {day}, before that.",
)
RECEIVED_WHILE_HELD = code(
    "transfer-received-while-held",
    vi="Khoản chuyển «{transfer}» đã được nhận một lần và tính đến ngày {held}; không thể nhận lại ngày "
    "{day} trước đó.",
    en="Transfer '{transfer}' was received once before and counts until {held}; it cannot be received again "
    "on {day}, before that.",
)
GOODS_STAY_GOODS = code(
    "transfer-goods-stay-goods",
    vi="Khoản chuyển «{transfer}» gửi từ ngăn «{sent}»: hiện vật nhận là hiện vật, tiền nhận là tiền;"
    " ngăn nhận được: «{given}».",
    en="Transfer '{transfer}' was sent from pocket '{sent}': goods arrive as goods and money as money;"
    " the pocket given was '{given}'.",
)
SAME_POCKET = code(
    "cash-moved-to-same-pocket",
    vi="Ngăn chuyển đi và ngăn nhận đều là «{pocket}»; phải khác nhau.",
    en="Both pockets are '{pocket}'; they must differ.",
)

_HALF: dict[str, Any] = {"transfer_id": "chuyen-2017-03", "amount": 5_000_000}


@event(
    "fund-{fund_id}",
    vi="Chuyển quỹ đi",
    en="Transfer sent",
    example=_HALF
    | {
        "fund_id": "quy-bac-kan-city",
        "to_fund_id": "quy-duc-xuan",
        "pocket": "bank",
        "purpose": "scholarship",
    },
)
class TransferSent(FundRecord, frozen=True):
    """The first half of a transfer: the value leaves this fund and is in transit."""

    fund_id: Id
    transfer_id: Id
    to_fund_id: Id
    amount: Dong
    pocket: Pocket
    purpose: Term | None = None
    payment_id: Id | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        if self.to_fund_id == self.fund_id:
            raise Refused(TO_ITSELF, "/data/to_fund_id", fund=self.fund_id)
        paying = Payment("transfer", self.amount, self.purpose, self.payment_id)
        pay(book, fund, paying, self.movements(Effect()))
        allowed = other_fund(book, self.to_fund_id, "/data/to_fund_id").restricted_to
        if allowed and self.purpose is not None and self.purpose not in allowed:
            raise Refused(
                OUTSIDE_RESTRICTION,
                "/data/purpose",
                fund=self.to_fund_id,
                allowed=allowed,
                purpose=self.purpose,
            )
        vouchers.issue(book, fund, "pc", self.pocket)
        return Effect(unit=fund.unit, level=fund.level, pocket=self.pocket, amount=self.amount)

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(self.pocket, -self.amount, self.purpose, pays=True)]

    def used_id(self) -> tuple[str, ...]:
        return ("transfer_id", self.transfer_id)

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.sent[self.transfer_id] = fact
        if self.payment_id is not None:
            fund.paid[self.payment_id].append(fact)


@event(
    "fund-{fund_id}",
    vi="Nhận chuyển quỹ",
    en="Transfer received",
    example=_HALF | {"fund_id": "quy-duc-xuan", "from_fund_id": "quy-bac-kan-city", "pocket": "bank"},
)
class TransferReceived(FundRecord, frozen=True):
    """The second half: the value arrives. Received once; if that was reversed, once more."""

    fund_id: Id
    transfer_id: Id
    from_fund_id: Id
    amount: Dong
    pocket: Pocket
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        sender = book.state(f"fund-{self.from_fund_id}", FundState)
        sent = sender.sent.get(self.transfer_id)
        if sent is None or not sender.stands(sent) or not isinstance(sent.data, TransferSent):
            raise self._not_sent()
        if sent.data.to_fund_id != self.fund_id:
            raise self._not_sent()
        self._refuse_unlike(book, sent, sent.data)
        if received := fund.state.standing_of(fund.state.received[self.from_fund_id, self.transfer_id]):
            raise Refused(
                ALREADY_RECEIVED,
                "/data/transfer_id",
                transfer=self.transfer_id,
                sender=self.from_fund_id,
                entries=told(received),
            )
        held = held_until(fund.state, self.from_fund_id, self.transfer_id)
        if held is not None and book.occurred_on < held:
            raise Refused(
                RECEIVED_WHILE_HELD,
                "/occurred_on",
                transfer=self.transfer_id,
                held=held,
                day=book.occurred_on,
            )
        vouchers.issue(book, fund, "pt", self.pocket)
        return Effect(
            unit=fund.unit,
            level=fund.level,
            measure=sent.data.purpose,
            pocket=self.pocket,
            amount=self.amount,
        )

    def _not_sent(self) -> Refused:
        return Refused(
            NOT_SENT,
            "/data/transfer_id",
            sender=self.from_fund_id,
            transfer=self.transfer_id,
            fund=self.fund_id,
        )

    def _refuse_unlike(self, book: Book, sent: Fact, data: TransferSent) -> None:
        if data.amount != self.amount:
            raise Refused(
                AMOUNT_DIFFERS,
                "/data/amount",
                transfer=self.transfer_id,
                sent=data.amount,
                given=self.amount,
            )
        if book.occurred_on < sent.occurred_on:
            raise Refused(
                RECEIVED_BEFORE_SENT,
                "/occurred_on",
                transfer=self.transfer_id,
                sent=sent.occurred_on,
                day=book.occurred_on,
            )
        if (data.pocket == "goods") != (self.pocket == "goods"):
            raise Refused(
                GOODS_STAY_GOODS,
                "/data/pocket",
                transfer=self.transfer_id,
                sent=data.pocket,
                given=self.pocket,
            )

    def movements(self, effect: Effect) -> list[Movement]:
        return [Movement(self.pocket, self.amount, effect.measure)]

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.received[self.from_fund_id, self.transfer_id].append(fact)


@event(
    "fund-{fund_id}",
    vi="Gửi hoặc rút tiền ngân hàng",
    en="Cash moved",
    example={
        "fund_id": "quy-bac-kan-city",
        "from_pocket": "bank",
        "to_pocket": "cash",
        "amount": 3_000_000,
    },
)
class CashMoved(FundRecord, frozen=True):
    """Money carried from the cash box to the bank, or drawn from there. The fund has as much as before."""

    fund_id: Id
    from_pocket: MoneyPocket
    to_pocket: MoneyPocket
    amount: Dong
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        if self.from_pocket == self.to_pocket:
            raise Refused(SAME_POCKET, "/data/to_pocket", pocket=self.to_pocket)
        moves = self.movements(Effect())
        fund.state.refuse_overdrawn(self.fund_id, book.occurred_on, moves, "/data/amount")
        return Effect(
            unit=fund.unit,
            level=fund.level,
            pocket=self.from_pocket,
            subject=self.to_pocket,
            amount=self.amount,
        )

    def movements(self, effect: Effect) -> list[Movement]:
        return [
            Movement(self.from_pocket, -self.amount, within=True),
            Movement(self.to_pocket, self.amount, within=True),
        ]


def receipt_of(book: Book, fund_id: str, sent: Fact) -> list[Fact]:
    """The standing receiving half of a transfer that this fund sent; empty: in transit."""
    assert isinstance(sent.data, TransferSent)
    receiver = book.state(f"fund-{sent.data.to_fund_id}", FundState)
    return receiver.standing_of(receiver.received.get((fund_id, sent.data.transfer_id), ()))


def held_until(receiver: FundState, sender: str, transfer_id: str) -> dt.date | None:
    """The day, the latest, on which a receipt was reversed that had counted from an earlier day on."""
    receipts = receiver.received.get((sender, transfer_id), ())
    reversals = [(receipt, receiver.gone.get(receipt.event_id)) for receipt in receipts]
    days = [
        back.occurred_on for receipt, back in reversals if back and back.occurred_on > receipt.occurred_on
    ]
    return max(days, default=None)


def in_transit(book: Book, fund_id: str, fund: FundState) -> list[Fact]:
    """What the fund sent that has not arrived."""
    return [sent for sent in fund.standing_of(fund.sent.values()) if not receipt_of(book, fund_id, sent)]
