"""What every record of a fund needs first: the fund is open that day, and its unit is there to record it."""

import datetime as dt

import msgspec

from events.book import Book
from events.catalogue.fund_state import (
    FUND_CLOSED,
    PERIOD_CLOSED,
    FundState,
)
from events.declare import Effect
from events.refusals import Refused, code

UNKNOWN_FUND = code(
    "unknown-fund",
    vi="Không có quỹ «{fund}».",
    en="There is no fund '{fund}'.",
)
FUND_NOT_YET_OPEN = code(
    "fund-not-yet-open",
    vi="Quỹ «{fund}» mở ngày {opened}, không nhận ghi chép của ngày {day} trước đó.",
    en="Fund '{fund}' was opened on {opened}; it takes no record of {day}, before that.",
)
OUTSIDE_RESTRICTION = code(
    "purpose-outside-fund",
    vi="Quỹ «{fund}» chỉ dành cho: {allowed}; mục đích nhận được: {purpose}.",
    en="Fund '{fund}' is only for: {allowed}; the purpose given was: {purpose}.",
)


class Standing(msgspec.Struct, frozen=True, gc=False):
    """A fund ready to take a record of a day: its state, and the unit it belongs to that day."""

    fund_id: str
    state: FundState
    unit: str
    level: str

    def effect(self) -> Effect:
        """The columns every event of the fund fills."""
        return Effect(unit=self.unit, level=self.level)

    def refuse_other_purpose(self, purpose: str | None, field: str = "/data/purpose") -> None:
        """Raises `purpose-outside-fund` if the fund is restricted and this is not one of its purposes."""
        allowed = self.state.restricted_to
        if allowed and purpose not in allowed:
            raise Refused(
                OUTSIDE_RESTRICTION, field, fund=self.fund_id, allowed=allowed, purpose=purpose or "–"
            )


def fund_taking(book: Book, fund_id: str, on: dt.date | None = None, *, unit_needed: bool = True) -> Standing:
    """The fund the command writes, if it takes a record dated `on` (default: the command's day).

    Raises `unknown-fund`, `fund-not-yet-open`, `fund-closed`, `period-closed`; and, unless `unit_needed` is
    false (handing a fund over), `unit-not-there`.
    """
    state, day = book.own(FundState), on or book.occurred_on
    refuse_not_open(state, fund_id, day, "/data/fund_id")
    if state.closed_through is not None and day <= state.closed_through:
        raise Refused(PERIOD_CLOSED, "/occurred_on", fund=fund_id, day=day, through=state.closed_through)
    owner = state.owner(day)
    unit = book.unit(owner, day, "/data/fund_id") if unit_needed else book.known_unit(owner, "/data/fund_id")
    return Standing(fund_id, state, owner, unit.level)


def other_fund(book: Book, fund_id: str, field: str) -> FundState:
    """Another fund, open on the command's day. Raises `unknown-fund`, `fund-not-yet-open`, `fund-closed`."""
    state = book.state(f"fund-{fund_id}", FundState)
    refuse_not_open(state, fund_id, book.occurred_on, field)
    return state


def refuse_not_open(state: FundState, fund_id: str, day: dt.date, field: str) -> None:
    if state.opened is None:
        raise Refused(UNKNOWN_FUND, field, fund=fund_id)
    if day < state.opened.occurred_on:
        raise Refused(FUND_NOT_YET_OPEN, field, fund=fund_id, opened=state.opened.occurred_on, day=day)
    if state.closed is not None:
        raise Refused(FUND_CLOSED, field, fund=fund_id, day=state.closed.occurred_on)
