"""Two funds to which anything is tried in any order, beside the plain list of what was accepted."""

import datetime as dt
from collections import defaultdict
from typing import Any, NamedTuple

from hypothesis import strategies as st

from events.declare import Fact
from events.refusals import Refused
from tests.events.funds import city_fund, fund_state, give, open_fund, pay, receive, reverse, send
from tests.events.history import History

FIRST = dt.date(2026, 11, 10)  # two weeks until the history's today
PURPOSES = (None, "scholarship", "teacher_award")
ITEMS = [{"what": "rice", "quantity": 1, "unit": "kg"}]


class Moved(NamedTuple):
    fund: str
    on: dt.date
    pocket: str
    amount: int
    purpose: str | None = None
    pays: bool = False


def broken(moves: list[Moved]) -> set[str]:
    """Which rules a list of movements breaks, told as refusals tell it."""
    rules: set[str] = set()
    for fund in {m.fund for m in moves}:
        for pocket in ("cash", "bank", "goods"):
            ours = [m for m in moves if (m.fund, m.pocket) == (fund, pocket)]
            if any(sum(m.amount for m in ours if m.on <= day) < 0 for day in {m.on for m in ours}):
                rules.add("pocket-below-zero")
        for pockets in (("cash", "bank"), ("goods",)):
            if overdrawn([m for m in moves if m.fund == fund and m.pocket in pockets]):
                rules.add("money-bound-to-purpose")
    return rules


def overdrawn(moves: list[Moved]) -> bool:
    bound: dict[str, int] = defaultdict(int)
    from_free: dict[str, int] = defaultdict(int)
    total = 0
    for day in sorted({m.on for m in moves}):
        today = [m for m in moves if m.on == day]
        total += sum(m.amount for m in today)
        for purpose in filter(None, PURPOSES):
            bound[purpose] += sum(m.amount for m in today if m.purpose == purpose and not m.pays)
            paid = -sum(m.amount for m in today if m.purpose == purpose and m.pays)
            back = min(from_free[purpose], max(0, -paid))  # returned by a reversal of an earlier payment
            from_free[purpose] -= back
            bound[purpose] -= paid + back
            if bound[purpose] < 0:
                from_free[purpose] -= bound[purpose]
                bound[purpose] = 0
        if total < sum(bound.values()):
            return True
    return False


def movements(fact: Fact, facts: dict[Any, Fact], purposes: dict[str, str | None]) -> list[Moved]:
    data: Any = fact.data
    if fact.type == "EntryReversed":
        original = facts[fact.effect.target]
        return [
            m._replace(on=fact.occurred_on, amount=-m.amount) for m in movements(original, facts, purposes)
        ]
    place = (data.fund_id, fact.occurred_on)
    match fact.type:
        case "DonationReceived":
            return [Moved(*place, data.pocket, data.amount, data.purpose)]
        case "TransferReceived":
            return [Moved(*place, data.pocket, data.amount, purposes[data.transfer_id])]
        case "AwardGranted" | "TransferSent":
            return [Moved(*place, data.pocket, -data.amount, data.purpose, True)]
        case "CashMoved":
            return [
                Moved(*place, data.from_pocket, -data.amount),
                Moved(*place, data.to_pocket, data.amount),
            ]
    return []


class Trial:
    """One random history beside its plain list of movements."""

    def __init__(self) -> None:
        self.given: History = city_fund()
        open_fund(self.given, "ward", "duc-xuan")
        self.facts: dict[Any, Fact] = {}
        self.moves: list[Moved] = []
        self.transfer_purposes: dict[str, str | None] = {}
        self.travelled: dict[str, list[Moved]] = defaultdict(list)
        """By transfer: on no day do both funds have the money."""

    def attempt(self, step: tuple[Any, ...]) -> None:
        what, fund, day, pocket, amount, purpose, pick = step
        on = FIRST + dt.timedelta(days=day)
        more: dict[str, Any] = {"fund_id": fund, "pocket": pocket, "on": on}
        if purpose:
            more["purpose"] = purpose
        entries = list(self.facts.values())
        tried: list[Moved] = []
        try:
            if what == "give":
                fact = give(self.given, amount, **more, **({"items": ITEMS} if pocket == "goods" else {}))
            elif what == "pay":
                tried = [Moved(fund, on, pocket, -amount, purpose, True)]
                fact = pay(self.given, amount, **more)
            elif what == "send":
                tried = [Moved(fund, on, pocket, -amount, purpose, True)]
                fact = send(self.given, amount, "ward" if fund == "city" else "city", **more)
                self.transfer_purposes[fact.data.transfer_id] = purpose  # type: ignore[attr-defined]
            elif what == "move":
                other = {"from_pocket": "cash", "to_pocket": "bank"}
                tried = [Moved(fund, on, "cash", -amount), Moved(fund, on, "bank", amount)]
                fact = self.given.record("CashMoved", on, fund_id=fund, **other, amount=amount)[0]
            elif what == "close":
                fact = self.given.record("PeriodClosed", on, fund_id=fund, through=on)[0]
            elif not entries:
                return
            elif what == "receive":
                sent = [f for f in entries if f.type == "TransferSent"]
                if not sent:
                    return
                fact = receive(self.given, sent[pick % len(sent)], on=on)
            else:
                original = entries[pick % len(entries)]
                if original.type not in ("PeriodClosed", "EntryReversed"):
                    through = fund_state(self.given, original.data.fund_id).closed_through  # type: ignore[attr-defined]
                    late = through is not None and original.occurred_on <= through
                    dated = self.given.today if late else original.occurred_on
                    tried = [
                        m._replace(on=dated, amount=-m.amount)
                        for m in movements(original, self.facts, self.transfer_purposes)
                    ]
                fact = reverse(self.given, original)
        except Refused as refusal:
            self.judge(refusal, tried)
            return
        self.facts[fact.event_id] = fact
        moves = movements(fact, self.facts, self.transfer_purposes)
        self.moves += moves
        assert not broken(self.moves), (step, fact)
        halves = self.facts[fact.effect.target] if fact.type == "EntryReversed" else fact  # type: ignore[index]
        if halves.type in ("TransferSent", "TransferReceived"):
            travelled = self.travelled[halves.data.transfer_id]  # type: ignore[attr-defined]
            travelled += moves
            assert max(sum(m.amount for m in travelled if m.on <= day.on) for day in travelled) <= 0, step

    def judge(self, refusal: Refused, tried: list[Moved]) -> None:
        """A refusal for the money's sake is right only if the movements would have broken that rule."""
        if refusal.code in ("pocket-below-zero", "money-bound-to-purpose"):
            assert refusal.code in broken(self.moves + tried), (refusal, tried)


STEP = st.tuples(
    st.sampled_from(("give", "give", "pay", "pay", "send", "receive", "move", "reverse", "reverse", "close")),
    st.sampled_from(("city", "ward")),
    st.integers(0, 12),
    st.sampled_from(("cash", "cash", "bank", "goods")),
    st.integers(1, 5),
    st.sampled_from(PURPOSES),
    st.integers(0, 50),
)
