"""What rules know of one fund: its pockets on every day, what is bound, which ids are used, who owns it.

Every event of a fund says itself what it moves and what it leaves behind (`FundRecord`); this module keeps
the sums, and the two rules that hold on every day: no pocket below zero, no bound money spent elsewhere.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import get_args
from uuid import UUID

from events.book import Book, State, state_of
from events.catalogue.day_line import DayLine
from events.catalogue.fund_purposes import Movement, Purse, PurseName
from events.catalogue.standing import told
from events.declare import Data, Effect, Fact
from events.refusals import Refused, code
from events.vocabulary import Pocket

POCKET_BELOW_ZERO = code(
    "pocket-below-zero",
    vi="Ngăn «{pocket}» của quỹ «{fund}» sẽ âm: cuối ngày {day} chỉ có {balance} ₫, thiếu {missing} ₫."
    " Các khoản chi vướng từ ngày {since}: {payments}.",
    en="Pocket '{pocket}' of fund '{fund}' would fall below zero: at the end of {day} it holds {balance} ₫,"
    " {missing} ₫ too little. Payments in the way since {since}: {payments}.",
)
MONEY_BOUND = code(
    "money-bound-to-purpose",
    vi="Quỹ «{fund}» cuối ngày {day} chỉ có {free} ₫ không ràng buộc mục đích, thiếu {missing} ₫;"
    " còn {bound} ₫ chỉ được chi cho: {purposes}. Các khoản chi vướng từ ngày {since}: {payments}.",
    en="At the end of {day} fund '{fund}' has only {free} ₫ not bound to a purpose, {missing} ₫ too little;"
    " {bound} ₫ may only be paid out for: {purposes}. Payments in the way since {since}: {payments}.",
)
ID_USED = code(
    "id-already-used",
    vi="Mã {field} «{id}» đã dùng trong quỹ «{fund}»; mỗi mã chỉ dùng một lần, kể cả khi bút toán đã đảo.",
    en="The {field} '{id}' is already used in fund '{fund}'; an id is used once, even by a reversed entry.",
)

FUND_CLOSED = code(
    "fund-closed",
    vi="Quỹ «{fund}» đã đóng ngày {day}, không nhận ghi chép nữa.",
    en="Fund '{fund}' was closed on {day} and takes no more records.",
)
PERIOD_CLOSED = code(
    "period-closed",
    vi="Sổ của quỹ «{fund}» đã khóa đến hết ngày {through}; ngày {day} nằm trong kỳ đã khóa.",
    en="The books of fund '{fund}' are closed through {through}; {day} lies within the closed period.",
)
Ledgered = tuple[str, ...]
"""An id used up in a fund: the field's name, then its value (with part or line number)."""


class FundRecord(Data, frozen=True):
    """The base of every event on a fund's stream."""

    def movements(self, effect: Effect) -> Sequence[Movement]:
        """What the event does to the pockets. Empty: it moves nothing."""
        return ()

    def used_id(self) -> Ledgered | None:
        """The id that may not be used again in this fund."""
        return None

    def fold(self, fund: "FundState", fact: Fact) -> None:
        """What else the fund's state keeps of it."""

    def undo(self, fund: "FundState", fact: Fact, book: Book) -> None:
        """Raises `Refused` where the event may not be withdrawn. Called only for what moves nothing."""


@state_of("fund")
class FundState(State):
    """One fund as known so far."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Fact | None = None
        self.closed: Fact | None = None
        self.closed_through: dt.date | None = None  # nothing dated up to here is accepted any more
        self.restricted_to: tuple[str, ...] = ()
        self.owners: list[tuple[dt.date, str, UUID]] = []  # from that day, the unit, by that event
        self.pockets: dict[str, DayLine] = {}
        self.purses: dict[PurseName, Purse] = {}
        self.used: set[Ledgered] = set()
        self.pledges: dict[str, Fact] = {}
        self.received_on_pledge: dict[str, list[Fact]] = defaultdict(list)
        self.sent: dict[str, Fact] = {}  # by transfer_id
        self.received: dict[tuple[str, str], list[Fact]] = defaultdict(list)  # by (from fund, transfer_id)
        self.proposals: dict[str, list[Fact]] = defaultdict(list)  # by payment_id: proposal … rejection
        self.paid: dict[str, list[Fact]] = defaultdict(list)  # by payment_id: what was paid under it
        self.award_parts: dict[str, list[Fact]] = defaultdict(list)  # by award_id
        self.counts: dict[tuple[str, dt.date], list[Fact]] = defaultdict(list)
        self.statements: dict[str, Fact] = {}
        self.lines: dict[str, dict[int, Fact]] = defaultdict(dict)  # by statement_id, then line
        self.settled: dict[tuple[str, int], Fact] = {}  # by statement_id and line: matched or set aside
        self.at_bank: dict[UUID, Fact] = {}  # by entry: the match that found it on a statement
        self._empty()

    def _empty(self) -> None:
        self.pockets = {pocket: DayLine() for pocket in get_args(Pocket)}
        self.purses = {purse: Purse() for purse in get_args(PurseName)}

    def apply(self, fact: Fact) -> None:
        for movement in self.moved(fact):
            self.pockets[movement.pocket].add(fact.occurred_on, movement.amount)
            self.purses[movement.purse].take(fact.occurred_on, movement)
        if isinstance(fact.data, FundRecord):
            if (used := fact.data.used_id()) is not None:
                self.used.add(used)
            fact.data.fold(self, fact)
        elif fact.type == "RecordWithdrawn" and fact.effect.target is not None:
            self._forget(self.facts[fact.effect.target])

    def moved(self, fact: Fact) -> Sequence[Movement]:
        """What an event did to the pockets; a reversal does the opposite of what it names."""
        if fact.type == "EntryReversed" and fact.effect.target is not None:
            return [m.undone() for m in self.moved(self.facts[fact.effect.target])]
        return fact.data.movements(fact.effect) if isinstance(fact.data, FundRecord) else ()

    def _forget(self, withdrawn: Fact) -> None:
        """A withdrawn record's id is free, for the right one; with its opening the fund begins anew."""
        if isinstance(withdrawn.data, FundRecord) and (used := withdrawn.data.used_id()) is not None:
            self.used.discard(used)
        self.owners = [owner for owner in self.owners if owner[2] not in self.gone]
        if self.closed is not None and self.closed.event_id in self.gone:
            self.closed = None
        if self.opened is not None and self.opened.event_id in self.gone:
            self.opened = None
            self._empty()

    def stands(self, fact: Fact | None) -> bool:
        """Whether it happened and was neither reversed nor withdrawn."""
        return fact is not None and fact.event_id not in self.gone

    def standing_of(self, facts: Iterable[Fact]) -> list[Fact]:
        return [fact for fact in facts if fact.event_id not in self.gone]

    def owner(self, on: dt.date) -> str:
        """The unit the fund belongs to that day (the first one before it was opened)."""
        known = [unit for since, unit, _ in self.owners if since <= on]
        return known[-1] if known else self.owners[0][1]

    def balance(self, pocket: str, on: dt.date) -> int:
        """Đồng in a pocket at that day's end."""
        return self.pockets[pocket].on(on)

    def refuse_used(self, fund_id: str, used: Ledgered) -> None:
        """Raises `id-already-used`."""
        if used in self.used:
            name, *parts = used
            raise Refused(ID_USED, f"/data/{name}", field=name, id="/".join(parts), fund=fund_id)

    def refuse_overdrawn(
        self, fund_id: str, day: dt.date, movements: Sequence[Movement], field: str, *, bound: bool = True
    ) -> None:
        """Raises `pocket-below-zero` or (unless `bound` is false: what is lost asks nobody's purpose)
        `money-bound-to-purpose` if the movements would break a rule at the end of any day from `day` on."""
        for movement in movements:
            found = self.pockets[movement.pocket].first_below_zero(day, movement.amount)
            if movement.amount < 0 and found is not None:
                on, balance = found
                raise Refused(
                    POCKET_BELOW_ZERO,
                    field,
                    fund=fund_id,
                    pocket=movement.pocket,
                    day=on,
                    since=day,
                    balance=balance,
                    missing=-(balance + movement.amount),
                    payments=told(self._paid_out(day, on, movement.pocket)),
                )
        for movement in movements if bound else ():
            purse = self.purses[movement.purse]
            overdrawn = purse.first_overdrawn(day, movement) if movement.amount < 0 else None
            if overdrawn is not None:
                on, free, missing = overdrawn
                held = purse.bound_on(on)
                held.pop(movement.purpose or "", None)
                raise Refused(
                    MONEY_BOUND,
                    field,
                    fund=fund_id,
                    day=on,
                    since=day,
                    free=max(free, 0),
                    missing=missing,
                    bound=sum(held.values()),
                    purposes=sorted(held),
                    payments=told(self._paid_out(day, on, movement.pocket)),
                )

    def _paid_out(self, since: dt.date, until: dt.date, pocket: str) -> list[Fact]:
        """Standing entries that took something out of the pocket in those days, latest first."""
        days = [
            fact
            for fact in self.facts.values()
            if since <= fact.occurred_on <= until
            and fact.event_id not in self.gone
            and fact.type != "EntryReversed"
            and any(m.amount < 0 and m.pocket == pocket for m in self.moved(fact))
        ]
        return sorted(days, key=lambda f: (f.occurred_on, f.version), reverse=True)

    def undo(self, fact: Fact, book: Book) -> Effect:
        """Withdraw what moves no value, in an open fund and an open period. Raises what stands in the way."""
        fund_id = fact.stream.removeprefix("fund-")
        if self.closed is not None and fact is not self.closed:
            raise Refused(FUND_CLOSED, "/data/event_id", fund=fund_id, day=self.closed.occurred_on)
        if self.closed_through is not None and fact.occurred_on <= self.closed_through:
            raise Refused(
                PERIOD_CLOSED,
                "/data/event_id",
                fund=fund_id,
                day=fact.occurred_on,
                through=self.closed_through,
            )
        if isinstance(fact.data, FundRecord):
            fact.data.undo(self, fact, book)
        return fact.effect.undone(fact.type, fact.event_id)
