"""What rules know of one unit's stream. The place in the tree is not here but in `events/tree.py`.

How each kind is withdrawn stands with the kind: it registers itself here with `@undoes`.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from events.book import Book, State, state_of
from events.catalogue.series import Entry, Series
from events.declare import Effect, Fact

Undoing = Callable[["UnitState", Fact, Book], Effect]

_UNDOING: dict[str, Undoing] = {}

ABOUT_RECORDS = ("RecordWithdrawn", "NoteErased", "StatisticsPublished")
"""Kinds that tell of the log's own records, not of the unit's life."""


OF_MEMBERS = ("MembersCounted", "MembersJoined", "MembersLeft")
"""Kinds that tell of the unit's own members."""


def undoes(*kinds: str) -> Callable[[Undoing], Undoing]:
    """Decorator: the rule for withdrawing facts of those kinds from a unit's stream."""

    def register(rule: Undoing) -> Undoing:
        for kind in kinds:
            _UNDOING[kind] = rule
        return rule

    return register


@state_of("unit")
class UnitState(State):
    """One unit's own records. Its members through time are kept as a series; what is asked rarely, such as
    its inhabitants, is read off the standing facts."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        super().__init__()
        self.members = Series()

    def apply(self, fact: Fact) -> None:
        if fact.type in OF_MEMBERS:
            self.members = self.members.plus(told_of_members(fact))
        elif fact.type == "RecordWithdrawn" and fact.effect.target:
            self.members = self.members.without(fact.effect.target)

    def undo(self, fact: Fact, book: Book) -> Effect:
        rule = _UNDOING.get(fact.type)
        return rule(self, fact, book) if rule else fact.effect.undone(fact.type, fact.event_id)

    def life(self) -> Iterator[Fact]:
        """Every standing fact of the unit's life, in the order recorded."""
        return (f for f in self.facts.values() if f.event_id not in self.gone and f.type not in ABOUT_RECORDS)

    def approval_threshold(self, on: dt.date) -> int | None:
        """Above how many đồng a payment needs approval that day; None: never stated."""
        stated = [f for f in self.standing("ApprovalThresholdSet") if f.occurred_on <= on]
        return max(stated, key=lambda f: (f.occurred_on, f.version)).effect.amount if stated else None


def told_of_members(fact: Fact) -> Entry:
    """What a fact of `OF_MEMBERS` says, as an entry of the series."""
    members: int = fact.data.members  # type: ignore[attr-defined]
    amount = -members if fact.type == "MembersLeft" else members
    return Entry(fact.occurred_on, fact.version, amount, fact.type == "MembersCounted", fact.event_id)
