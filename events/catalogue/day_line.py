"""A sum through time: what lay in a pocket at the end of each day.

Entries come late and are reversed, so a rule that holds "on every day from then on" asks a whole line of
days, not one balance. Adding at the end costs a step; adding earlier costs the days after it.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterator


class DayLine:
    """Balance in đồng at each day's end, kept only for days on which something happened."""

    __slots__ = ("_closing", "_days")

    def __init__(self) -> None:
        self._days: list[dt.date] = []
        self._closing: list[int] = []

    @property
    def last(self) -> int:
        """The balance after the last day on which anything happened."""
        return self._closing[-1] if self._closing else 0

    def on(self, day: dt.date) -> int:
        """The balance at that day's end."""
        place = bisect_right(self._days, day)
        return self._closing[place - 1] if place else 0

    def since(self, day: dt.date) -> Iterator[tuple[dt.date, int]]:
        """That day and every later one on which something happened, with the balance at its end."""
        yield day, self.on(day)
        for place in range(bisect_right(self._days, day), len(self._days)):
            yield self._days[place], self._closing[place]

    def add(self, day: dt.date, amount: int) -> None:
        """Change the balance of that day and of all later ones."""
        place = bisect_left(self._days, day)
        if place == len(self._days) or self._days[place] != day:
            self._days.insert(place, day)
            self._closing.insert(place, self._closing[place - 1] if place else 0)
        self._closing[place:] = [balance + amount for balance in self._closing[place:]]

    def first_below_zero(self, day: dt.date, change: int) -> tuple[dt.date, int] | None:
        """Where a change from `day` on would leave less than nothing: the first such day and its balance
        before the change. None: nowhere."""
        if self.least_since(day) + change >= 0:
            return None
        return next((on, balance) for on, balance in self.since(day) if balance + change < 0)

    def least_since(self, day: dt.date) -> int:
        """The lowest balance at the end of that day or any later one."""
        return min([self.on(day), *self._closing[bisect_right(self._days, day) :]])
