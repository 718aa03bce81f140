"""Units to which anything happens in any order: they merge, split, move and end; what was recorded of them is
withdrawn, reversed, judged and counted anew, and some of it late. What the rules refuse is left out."""

import datetime as dt
from typing import Any, NamedTuple

from hypothesis import strategies as st

from events.declare import Fact
from events.refusals import Refused
from events.vocabulary import LEVELS
from tests.events.history import History

FIRST = dt.date(2015, 1, 10)
PACE = 40
"""Days from one step to the next."""
BELOW = {"province": ("district", "commune"), "district": ("commune",), "commune": ("chapter", "board")}

SHAPING = ("establish", "merge", "merge", "split", "split", "move", "move", "dissolve")
RECORDING = (
    "count", "count", "join", "leave", "give", "give", "award", "award", "reverse", "hand_over", "register",
    "register", "evaluate", "evaluate", "totals", "class", "population", "withdraw", "withdraw",
    "withdraw_territory", "close",
)  # fmt: skip


class Step(NamedTuple):
    """What is tried, with numbers to choose by; `late`: so many days after it happened."""

    what: str
    one: int
    other: int
    number: int
    late: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(SHAPING + RECORDING),
        st.integers(0, 40),
        st.integers(0, 40),
        st.integers(0, 60),
        st.sampled_from((0, 0, 0, 15, 100, 400)),
    ),
    min_size=25,
    max_size=70,
)


class UnitTrial:
    """One random history. Its ids begin with a prefix, so that many lie in one log beside each other."""

    def __init__(self, prefix: str) -> None:
        self.given = History()
        self.prefix = prefix
        self.root = f"{prefix}p"
        self.levels: dict[str, str] = {}
        self.judged: list[tuple[str, int]] = []
        self._record("UnitEstablished", FIRST, unit_id=self.root, name="Tỉnh", level="province")
        self.levels[self.root] = "province"
        for unit, above in ("d1", "p"), ("d2", "p"), ("c1", "d1"), ("c2", "d1"), ("c3", "d2"), ("c4", "p"):
            self._establish(unit, f"{prefix}{above}", FIRST, 0 if unit[0] == "d" else 1 - (above != "p"))
        for number, above in enumerate(("c1", "c1", "c2", "c3"), 1):
            self._establish(f"h{number}", f"{prefix}{above}", FIRST, 0)
        for number, unit in enumerate(self.levels):
            self._record("MembersCounted", FIRST, unit_id=unit, members=7 * number + 3)
            self._record("FundOpened", FIRST, fund_id=f"{unit}-quy", unit_id=unit, name="Quỹ")
            self._record("LearningCentreOpened", FIRST, centre_id=f"{unit}-tt", unit_id=unit, name="TT")
            self._money(Step("give", 0, 0, number, 0), f"{unit}-quy", "", FIRST)

    @property
    def log(self) -> list[Fact]:
        return self.given.log

    def tried(self, steps: list[Step]) -> "UnitTrial":
        for place, step in enumerate(steps):
            day = max(FIRST, FIRST + dt.timedelta(days=PACE * (place + 1) - step.late))
            try:
                self._try(step, day)
            except Refused:
                continue
        return self

    def _try(self, step: Step, day: dt.date) -> None:
        number, units = step.number, [unit for unit in self.levels if unit != self.root]
        tree = self.given.memory.tree
        if number % 5:  # mostly what the rules can accept
            units = [u for u in units if (found := tree.get(u)) and found.takes(day)] or units
        unit = units[step.one % len(units)]
        alike = units
        if number % 5 and step.what in ("merge", "split"):
            alike = [u for u in units if self.levels[u] == self.levels[unit] and u != unit] or units
        other, third = alike[step.other % len(alike)], alike[(step.other + 1) % len(alike)]
        if step.what in ("establish", "move", "hand_over"):
            above = [u for u in self.levels if number % 5 == 0 or self._above(u, unit)]
            other = above[step.other % len(above)]
        match step.what:
            case "establish":
                self._establish(f"n{len(self.levels)}", other, day, number)
            case "merge":
                self._record("UnitMerged", day, unit_id=unit, into_unit_id=other)
            case "split":
                into = [
                    {"unit_id": other, "parts": 1 + number % 3},
                    {"unit_id": third, "parts": 1 + number % 2},
                ]
                self._record("UnitSplit", day, unit_id=unit, into=into)
            case "move":
                self._record("UnitMoved", day, unit_id=unit, parent_id=other)
            case "dissolve":
                self._record("UnitDissolved", day, unit_id=unit, reason="Thôi")
            case "count":
                self._record("MembersCounted", day, unit_id=unit, members=number)
            case "join":
                self._record("MembersJoined", day, unit_id=unit, members=number + 1)
            case "leave":
                self._record("MembersLeft", day, unit_id=unit, members=number % 5 + 1)
            case "population":
                self._record("PopulationStated", day, unit_id=unit, persons=100 + number)
            case "register":
                year = day.year + step.other % 2
                data = {"candidate_id": f"{self.prefix}k{number % 6}", "model": "clan", "name": "Họ Hà"}
                self._record("ModelRegistered", day, unit_id=unit, year=year, **data)
                self.judged.append((data["candidate_id"], year))
            case "evaluate" if self.judged:
                candidate, year = self.judged[step.one % len(self.judged)]
                data = {"candidate_id": candidate, "rule_set": "r", "achieved": bool(number % 3)}
                self._record("ModelEvaluated", max(day, dt.date(year, 1, 2)), year=year, **data)
            case "totals":
                data = {"model": "community", "registered": number + 2, "achieved": number // 2}
                self._record("ModelsCounted", day, unit_id=unit, year=day.year - step.other % 2, **data)
            case "class":
                data = {"centre_id": f"{unit}-tt", "topic": "Trồng rau", "classes": 1}
                self._record("ClassHeld", day, participants=number + 5, **data)
            case "withdraw" | "withdraw_territory":
                self._withdraw(step)
            case _:
                self._money(step, f"{unit}-quy", other, day)

    def _money(self, step: Step, fund: str, other: str, day: dt.date) -> None:
        match step.what:
            case "give":
                donor = {"pocket": "cash", "donor": {"kind": "anonymous"}, "amount": 100 + step.number}
                self._record("DonationReceived", day, fund_id=fund, donation_id=f"d{len(self.log)}", **donor)
            case "award":
                pupil = {"category": "scholarship", "recipients": 1, "measure": "person", "pocket": "cash"}
                award = {"award_id": f"a{len(self.log)}", "amount": 1 + step.number, **pupil}
                self._record("AwardGranted", day, fund_id=fund, **award)
            case "reverse":
                entries = [f for f in self.log if f.type in ("DonationReceived", "AwardGranted")]
                if entries:
                    entry: Any = entries[step.one % len(entries)]
                    named = {"fund_id": entry.data.fund_id, "event_id": str(entry.event_id), "reason": "Nhầm"}
                    self._record("EntryReversed", self.given.today, **named)
            case "hand_over":
                self._record("FundHandedOver", day, fund_id=fund, to_unit_id=other)
            case "close":
                self._record("PeriodClosed", day, fund_id=fund, through=day)

    def _withdraw(self, step: Step) -> None:
        facts = [f for f in self.log if f.type.startswith("Unit") == (step.what == "withdraw_territory")]
        if facts:
            fact = facts[-1 - (step.one * 7 + step.other) % len(facts)]
            self._record("RecordWithdrawn", self.given.today, event_id=str(fact.event_id), reason="Nhầm")

    def _above(self, unit: str, below: str) -> bool:
        return LEVELS.index(self.levels[unit]) < LEVELS.index(self.levels[below])

    def _establish(self, name: str, above: str, day: dt.date, number: int) -> None:
        levels = BELOW.get(self.levels[above], ("chapter",))
        unit, level = self.prefix + name, levels[number % len(levels)]
        self._record("UnitEstablished", day, unit_id=unit, name=name, level=level, parent_id=above)
        self.levels[unit] = level

    def _record(self, kind: str, day: dt.date, /, **data: Any) -> None:
        self.given.record(kind, day, **data)
