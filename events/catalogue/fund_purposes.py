"""Money given for a purpose: how much of a fund is bound, to what, at the end of every day.

A payment for a purpose draws first on what was given for it, then on free money; what was given for it can
pay for nothing else (a donor's purpose binds). Cash and bank are one purse, goods another. Pure arithmetic:
which events give and which pay stands with the events.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Literal

import msgspec

from events.catalogue.day_line import DayLine

PurseName = Literal["money", "goods"]


class Movement(msgspec.Struct, frozen=True, gc=False):
    """What an entry does to one pocket, in đồng: positive in, negative out."""

    pocket: str
    amount: int
    purpose: str | None = None
    pays: bool = False  # a payment for the purpose, or its reversal; else a gift for it, or its reversal
    within: bool = False  # only from one pocket of the purse to another: nothing comes in or goes out

    @property
    def purse(self) -> PurseName:
        return "goods" if self.pocket == "goods" else "money"

    def undone(self) -> "Movement":
        return Movement(self.pocket, -self.amount, self.purpose, self.pays, self.within)


Step = tuple[dt.date, int]
"""From that day on, the bound sum changes by so much against what it was."""


class BoundMoney:
    """What is bound to one purpose after each day."""

    __slots__ = ("_after", "_days", "_given", "_paid")

    def __init__(self) -> None:
        self._days: list[dt.date] = []
        self._given: list[int] = []
        self._paid: list[int] = []
        self._after: list[tuple[int, int]] = []  # (bound, paid out of free money so far)

    def on(self, day: dt.date) -> int:
        """What is bound at that day's end."""
        place = bisect_right(self._days, day)
        return self._after[place - 1][0] if place else 0

    def trial(self, day: dt.date, given: int, paid: int) -> list[Step]:
        """How the bound sum would change, day by day, if so much more were given or paid that day."""
        place = bisect_left(self._days, day)
        there = place < len(self._days) and self._days[place] == day
        was = self._after[place - 1] if place else (0, 0)
        now = _after_day(
            was, (self._given[place] if there else 0) + given, (self._paid[place] if there else 0) + paid
        )
        steps = [(day, now[0] - (self._after[place] if there else was)[0])]
        for later in range(place + there, len(self._days)):
            now = _after_day(now, self._given[later], self._paid[later])
            steps.append((self._days[later], now[0] - self._after[later][0]))
            if now == self._after[later]:
                break
        return steps

    def add(self, day: dt.date, given: int, paid: int) -> list[Step]:
        """Take in a gift or payment; returns what `trial` would have said."""
        steps = self.trial(day, given, paid)
        place = bisect_left(self._days, day)
        if place == len(self._days) or self._days[place] != day:
            self._days.insert(place, day)
            self._given.insert(place, 0)
            self._paid.insert(place, 0)
            self._after.insert(place, (0, 0))
        self._given[place] += given
        self._paid[place] += paid
        now = self._after[place - 1] if place else (0, 0)
        for later in range(place, len(self._days)):
            now = _after_day(now, self._given[later], self._paid[later])
            if later > place and now == self._after[later]:
                break
            self._after[later] = now
        return steps


def _after_day(before: tuple[int, int], given: int, paid: int) -> tuple[int, int]:
    """One day's gifts and payments (negative: taken back, come back) upon (bound, paid out of free money).

    What comes back from a payment first returns what had been taken from free money; a gift taken back that
    was already spent leaves its payments to free money.
    """
    bound, from_free = before[0] + given, before[1]
    if paid >= 0:
        bound -= paid
    else:
        returned = min(from_free, -paid)
        from_free -= returned
        bound += -paid - returned
    return (bound, from_free) if bound >= 0 else (0, from_free - bound)


class Purse:
    """Value of one sort in a fund: how much of it is free, and how much bound to which purpose."""

    def __init__(self) -> None:
        self.free = DayLine()
        self._bound: dict[str, BoundMoney] = {}
        self._anything_given = False

    def bound_on(self, day: dt.date) -> dict[str, int]:
        """purpose → đồng bound to it at that day's end, where there is any."""
        sums = {purpose: bound.on(day) for purpose, bound in sorted(self._bound.items())}
        return {purpose: amount for purpose, amount in sums.items() if amount > 0}

    def take(self, day: dt.date, movement: Movement) -> None:
        if movement.within:
            return
        self.free.add(day, movement.amount)
        if movement.purpose is None:
            return
        bound = self._bound.setdefault(movement.purpose, BoundMoney())
        self._anything_given = self._anything_given or not movement.pays
        steps = bound.add(day, *_given_and_paid(movement))
        self.free.add(steps[0][0], -steps[0][1])
        for (_, before), (on, now) in pairwise(steps):
            if now != before:
                self.free.add(on, before - now)

    def first_overdrawn(self, day: dt.date, movement: Movement) -> tuple[dt.date, int, int] | None:
        """Where a movement would spend what is bound to another purpose: the first such day, what was free
        on it before, and how much is missing. None: nowhere. A day that it leaves no worse than it was is
        not held against it."""
        if movement.within or not self._anything_given:
            return None
        if self.free.least_since(day) + movement.amount >= 0:
            return None
        bound = self._bound.get(movement.purpose or "", BoundMoney())
        steps = bound.trial(day, *_given_and_paid(movement)) if movement.purpose else []
        taken, step = 0, 0
        for on, free in self.free.since(day):
            while step < len(steps) and steps[step][0] <= on:
                taken = steps[step][1]
                step += 1
            change = movement.amount - taken
            if change < 0 and free + change < 0:
                return on, free, -(free + change)
        return None


def _given_and_paid(movement: Movement) -> tuple[int, int]:
    return (0, -movement.amount) if movement.pays else (movement.amount, 0)
