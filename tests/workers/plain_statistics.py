"""The yearly figures once more, as plainly as can be: from what the records say, with a tree walk of its own.
It shares no code with the ledger's; where the two differ one of them is wrong."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from events.declare import Fact

INDICATORS = (
    "unit.chapters", "member.total", "fund.raised", "fund.awarded", "fund.balance.money",
    "model.clan.registered", "model.clan.achieved", "model.community.registered", "model.community.achieved",
    "centre.classes", "centre.participants",
)  # fmt: skip
"""What is figured here."""
Figures = dict[tuple[str, str], Counter[str]]
"""By indicator and level: what each unit has by itself."""


def standing(facts: Sequence[Fact]) -> list[Any]:
    """Without withdrawals and what they withdrew."""
    gone = {f.effect.target for f in facts if f.type == "RecordWithdrawn"}
    return [f for f in facts if f.type != "RecordWithdrawn" and f.event_id not in gone]


def plainly(facts: Sequence[Fact], year: int) -> Figures:
    """What every unit has by itself at the end of a year."""
    got: Figures = defaultdict(Counter)
    known, by_id = standing(facts), {f.event_id: f for f in facts}
    counted = [f for f in known if f.type.startswith("Members")]  # a count is the state at its day's end
    for f in sorted(counted, key=lambda f: (f.occurred_on, f.type == "MembersCounted", f.version)):
        if f.type == "MembersCounted" and f.occurred_on.year <= year:
            got["member.total", ""][f.effect.unit] = f.data.members
        elif f.type in ("MembersJoined", "MembersLeft") and f.occurred_on.year <= year:
            got["member.total", ""][f.effect.unit] += f.data.members * (
                1 if f.type == "MembersJoined" else -1
            )
    by_fund = {f.stream: f.data.unit_id for f in known if f.type == "FundOpened"}
    levels = {f.data.unit_id: f.data.level for f in known if f.type == "UnitEstablished"}
    for f in known:
        unit, level, own = f.effect.unit, f.effect.level, f.occurred_on.year == year
        if f.effect.level == "chapter" and f.occurred_on.year <= year:
            born = f.type == "UnitEstablished"
            got["unit.chapters", ""][unit] += born - (f.type in ("UnitMerged", "UnitSplit", "UnitDissolved"))
        if f.type in ("DonationReceived", "AwardGranted", "EntryReversed"):
            entry: Any = by_id[f.effect.target] if f.type == "EntryReversed" else f
            amount = entry.data.amount * (1 if entry is f else -1)
            gift = entry.type == "DonationReceived"
            got["fund.raised" if gift else "fund.awarded", level][unit] += amount * own
            if f.occurred_on.year <= year:  # of the unit that has the fund at the year's end
                handed = [h for h in known if h.type == "FundHandedOver" and h.stream == f.stream]
                handed = [h for h in handed if h.occurred_on.year <= year]
                its = by_fund[f.stream] if not handed else handed[-1].data.to_unit_id
                got["fund.balance.money", levels[its]][its] += amount * (1 if gift else -1)
        if f.type == "ModelRegistered":
            got["model.clan.registered", ""][unit] += f.data.year == year
        if f.type == "ModelsCounted" and f.data.year == year:  # the last recorded holds
            got["model.community.registered", ""][unit] = f.data.registered
            got["model.community.achieved", ""][unit] = f.data.achieved
        if f.type == "ClassHeld":
            got["centre.classes", ""][unit] += own
            got["centre.participants", ""][unit] += f.data.participants * own
    last = {f.data.candidate_id: f for f in known if f.type == "ModelEvaluated" and f.data.year == year}
    for f in last.values():
        got["model.clan.achieved", ""][f.effect.unit] += f.data.achieved
    return got


class PlainTree:
    """Who stood where on a day, from the records that stand."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.born: dict[str, dt.date] = {}
        self.above: dict[str, list[tuple[dt.date, int, str]]] = defaultdict(list)
        self.ended: dict[str, tuple[dt.date, list[tuple[str, int]]]] = {}
        for n, f in enumerate(standing(facts)):
            match f.type:
                case "UnitEstablished" | "UnitMoved":
                    self.born.setdefault(f.data.unit_id, f.occurred_on)
                    if f.data.parent_id:
                        self.above[f.data.unit_id].append((f.occurred_on, n, f.data.parent_id))
                case "UnitMerged":
                    self.ended[f.data.unit_id] = f.occurred_on, [(f.data.into_unit_id, 1)]
                case "UnitSplit":
                    self.ended[f.data.unit_id] = f.occurred_on, [(s.unit_id, s.parts) for s in f.data.into]
                case "UnitDissolved":
                    self.ended[f.data.unit_id] = f.occurred_on, []

    def lives(self, unit: str, on: dt.date) -> bool:
        return (
            unit in self.born
            and self.born[unit] <= on
            and (unit not in self.ended or on < self.ended[unit][0])
        )

    def parent(self, unit: str, on: dt.date) -> str | None:
        """As recorded for that day; the first one before there was any."""
        known = sorted(self.above[unit])
        return ([a for day, _, a in known if day <= on] or [a for _, _, a in known[:1]] or [None])[-1]

    def homes(self, unit: str, on: dt.date, value: int) -> Counter[str]:
        """Where what a unit has lies on the tree of that day."""
        if self.lives(unit, on):
            return Counter({unit: value})
        if unit not in self.born:  # withdrawn, once all that was recorded of it had been undone
            assert value == 0, unit
            return Counter()
        day, into = self.ended.get(unit, (on, []))
        if self.born[unit] > on or not into:  # not yet there, or dissolved
            above = self.parent(unit, min(day, max(on, self.born[unit])))
            return self.homes(above, on, value) if above else Counter()
        found: Counter[str] = Counter()
        for (heir, _), share in zip(into, divided(value, [parts for _, parts in into]), strict=True):
            for home, part in self.homes(heir, on, share).items():
                found[home] += part
        return found

    def within(self, unit: str, root: str, on: dt.date) -> bool:
        """Whether a living unit is the root, or below it."""
        while unit != root:
            above = self.parent(unit, on)
            if above is None or self.born[unit] > on:
                return False
            unit = next(iter(self.homes(above, on, 0)))
        return True


def divided(total: int, parts: Sequence[int]) -> list[int]:
    """By largest remainder: the whole numbers, then one more for those who lost most, of equals the first."""
    sign, exact = (-1 if total < 0 else 1), [Fraction(abs(total) * p, sum(parts)) for p in parts]
    shares = [int(e) for e in exact]
    by_loss = sorted(range(len(parts)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_loss[: abs(total) - sum(shares)]:
        shares[i] += 1
    return [sign * share for share in shares]


def figured(
    facts: Sequence[Fact], tree: PlainTree, unit: str, year: int, on: dt.date
) -> dict[tuple[str, str], int]:
    """The figures of a unit and all below it, on the tree of that day."""
    return {
        cell: sum(
            part
            for whose, value in own.items()
            for home, part in tree.homes(whose, on, value).items()
            if tree.within(home, unit, on)
        )
        for cell, own in plainly(facts, year).items()
    }
