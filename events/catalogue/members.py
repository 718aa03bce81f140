"""A unit's own members: counted, joined, left. Those of units below it are theirs."""

import datetime as dt

from events.book import Book
from events.catalogue.series import Entry, difference, undone_by
from events.catalogue.unit_state import OF_MEMBERS, UnitState, undoes
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Count, Id, Positive

BELOW_ZERO = code(
    "members-below-zero",
    vi="Không thể: ngày {day} «{unit}» sẽ còn {members} hội viên. Kiểm tra số đếm và số "
    "rời hội quanh ngày đó.",
    en="Not possible: on {day} unit '{unit}' would have {members} members. Check the counts and "
    "leavings around that day.",
)
TOO_MANY_LEFT = code(
    "members-left-exceed-stock",
    vi="Ghi {left} hội viên rời hội, nhưng ngày {day} «{unit}» chỉ có {stock} hội viên.",
    en="{left} members left, but on {day} '{unit}' has only {stock}.",
)


def _changed(book: Book, unit_id: str, amount: int, *, is_count: bool = False) -> Effect:
    unit, state, day = book.unit(unit_id), book.own(UnitState), book.occurred_on
    before = state.members
    after = before.plus(Entry(day, state.version + 1, amount, is_count, book.event_id))
    low, low_day = after.lowest(day)
    if low < 0 and amount < 0:
        raise Refused(
            TOO_MANY_LEFT, "/data/members", left=-amount, unit=unit_id, day=low_day, stock=low - amount
        )
    _require_not_below_zero(unit_id, low, low_day, "/data/members")
    change = difference(before, after, day)
    return Effect(unit=unit_id, level=unit.level, quantity=change.amount, until_year=change.until_year)


def _require_not_below_zero(unit_id: str, low: int, day: dt.date, field: str) -> None:
    if low < 0:
        raise Refused(BELOW_ZERO, field, unit=unit_id, day=day, members=low)


@event(
    "unit-{unit_id}",
    vi="Số hội viên được đếm",
    en="Members counted",
    example={"unit_id": "duc-xuan-to-10b", "members": 68},
)
class MembersCounted(Data, frozen=True):
    """How many members the unit itself has at that day's end."""

    unit_id: Id
    members: Count
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        return _changed(book, self.unit_id, self.members, is_count=True)


@event(
    "unit-{unit_id}",
    vi="Hội viên gia nhập",
    en="Members joined",
    example={"unit_id": "duc-xuan-to-10b", "members": 4},
)
class MembersJoined(Data, frozen=True):
    """So many members more."""

    unit_id: Id
    members: Positive
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        return _changed(book, self.unit_id, self.members)


@event(
    "unit-{unit_id}",
    vi="Hội viên rời hội",
    en="Members left",
    example={"unit_id": "duc-xuan-to-10b", "members": 1},
)
class MembersLeft(Data, frozen=True):
    """So many members fewer."""

    unit_id: Id
    members: Positive
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        return _changed(book, self.unit_id, -self.members)


@undoes(*OF_MEMBERS)
def _uncount(state: UnitState, fact: Fact, book: Book) -> Effect:
    before = state.members
    after = before.without(fact.event_id)
    low, low_day = after.lowest(fact.occurred_on)
    _require_not_below_zero(fact.data.unit_id, low, low_day, "/data/event_id")  # type: ignore[attr-defined]
    change = difference(before, after, fact.occurred_on)
    return undone_by(fact.effect, fact.type, fact.event_id, change)
