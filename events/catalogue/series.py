"""A stock through time, as counts and the changes between them tell it.

A count is the state at its day's end, whatever the order of recording: it covers every change dated that
day or before. Of two counts of one day the later recorded holds.
"""

import datetime as dt
from bisect import bisect
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import msgspec

from events.declare import Effect


class Entry(NamedTuple):
    """One record of a series. `version`: its place in the order of recording."""

    day: dt.date
    version: int
    amount: int
    is_count: bool
    event_id: UUID


class Series(msgspec.Struct, frozen=True, gc=False):
    """Entries by their days, those of a day as they were recorded. Never changed: `plus` and `without` give
    another. Read from the end, where nearly all questions lie."""

    entries: tuple[Entry, ...] = ()

    def plus(self, entry: Entry) -> "Series":
        at = bisect(self.entries, entry)
        return Series((*self.entries[:at], entry, *self.entries[at:]))

    def without(self, event_id: UUID) -> "Series":
        return Series(tuple(e for e in self.entries if e.event_id != event_id))

    def at(self, day: dt.date) -> int:
        """The stock at that day's end."""
        changes: list[Entry] = []
        for entry in reversed(self.entries):
            if entry.day > day:
                continue
            if entry.is_count:
                return entry.amount + sum(e.amount for e in changes if e.day > entry.day)
            changes.append(entry)
        return sum(e.amount for e in changes)

    def next_count(self, after: dt.date) -> dt.date | None:
        """The day of the next count, not counting that day itself."""
        found = None
        for entry in reversed(self.entries):
            if entry.day <= after:
                break
            if entry.is_count:
                found = entry.day
        return found

    def lowest(self, since: dt.date) -> tuple[int, dt.date]:
        """The smallest stock at any day's end from that day until the next count, and its day."""
        until = self.next_count(since) or dt.date.max
        stock = self.at(since)
        low = (stock, since)
        changes = [e for e in self.entries if since < e.day < until]
        for day, of_day in groupby(changes, key=attrgetter("day")):
            stock += sum(e.amount for e in of_day)
            low = min(low, (stock, day))
        return low


class Difference(NamedTuple):
    """What a record changes: so much, from its year until (not including) that year; None: for good."""

    amount: int
    until_year: int | None


def difference(before: Series, after: Series, day: dt.date) -> Difference:
    """Between a series and the same with one record of that day more or less."""
    until = after.next_count(day)
    return Difference(after.at(day) - before.at(day), until.year if until else None)


def undone_by(effect: Effect, kind: str, event_id: UUID, change: Difference) -> Effect:
    """The effect of withdrawing a record of a series: the difference as it is now, not as it was then."""
    return Effect(
        unit=effect.unit,
        level=effect.level,
        kind=kind,
        year=effect.year,
        until_year=change.until_year,
        quantity=change.amount,
        target=event_id,
    )
