"""Which entry of the book a bank's line is: by amount, day and text. Proposes; recording is for people.

Only amounts that are equal to the đồng, within a few days, are looked at. A proposal is made where one entry
fits a line better than any other does, and no other line fits that entry as well; ties are left open.
"""

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from services.banking.mappings import same

Reason = Literal["amount", "same_day", "near_day", "voucher", "id", "name"]
WORTH: dict[Reason, int] = {"amount": 20, "same_day": 30, "near_day": 30, "voucher": 40, "id": 50, "name": 30}
"""Points of a score; `near_day` loses `A_DAY` for each day between."""
A_DAY = 5
UNDONE = 25
"""Points an entry loses that was reversed, or is a reversal: the bank rarely saw it."""
MOST_ALIKE = 50
"""Entries of one amount within the days, above which nothing is proposed."""
ROUNDS = 10
SHORTEST = 4
"""Letters and figures of a name or id that is looked for in a text."""

_VOUCHER = re.compile(r"\b(pt|pc) ?(?:so )?0*(\d{1,9})\b", re.ASCII)


class OpenLine(msgspec.Struct, frozen=True):
    """A line that nothing settles yet."""

    line: int
    date: dt.date
    amount: int
    text: str


class Entry(msgspec.Struct, frozen=True):
    """What an entry of the book moved at the bank, and the words that would tell it in a text."""

    event_id: UUID
    occurred_on: dt.date
    amount: int
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    voucher: tuple[str, int] | None = None
    """Series and number."""
    undone: bool = False


class Proposal(msgspec.Struct, frozen=True):
    """The entry that a line most likely is, how sure that is, and why."""

    event_id: UUID
    score: int
    """Of 150."""
    reasons: list[Reason]


Pairs = dict[int, dict[UUID, Proposal]]


def propose(lines: Sequence[OpenLine], entries: Iterable[Entry], days: int) -> dict[int, Proposal]:
    """Proposals by line. What one round settles, the next need no longer doubt."""
    pairs = _pairs(lines, entries, days)
    found: dict[int, Proposal] = {}
    for _ in range(ROUNDS):
        if not (round_ := _unrivalled(pairs)):
            break
        found |= round_
        taken = {proposal.event_id for proposal in round_.values()}
        pairs = {
            line: left
            for line, fitting in pairs.items()
            if line not in round_ and (left := {e: p for e, p in fitting.items() if e not in taken})
        }
    return found


def around(since: dt.date, until: dt.date, days: int) -> tuple[dt.date, dt.date]:
    """Those days with as many before and after as a line and its entry may lie apart."""
    first = max(since.toordinal() - days, dt.date.min.toordinal())
    last = min(until.toordinal() + days, dt.date.max.toordinal())
    return dt.date.fromordinal(first), dt.date.fromordinal(last)


def _pairs(lines: Sequence[OpenLine], entries: Iterable[Entry], days: int) -> Pairs:
    by_amount: dict[int, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: e.occurred_on):
        told = replace(entry, names=_sought(entry.names), ids=_sought(entry.ids))
        by_amount[entry.amount].append(told)
    pairs: Pairs = {}
    for line in lines:
        alike = by_amount.get(line.amount, [])
        since, until = around(line.date, line.date, days)
        first = bisect_left(alike, since, key=lambda e: e.occurred_on)
        last = bisect_right(alike, until, key=lambda e: e.occurred_on)
        if 0 < last - first <= MOST_ALIKE:
            text = f" {same(line.text)} "
            pairs[line.line] = {e.event_id: _proposal(line, e, text) for e in alike[first:last]}
    return pairs


def _proposal(line: OpenLine, entry: Entry, text: str) -> Proposal:
    distance = abs((line.date - entry.occurred_on).days)
    reasons: list[Reason] = ["amount", "near_day" if distance else "same_day"]
    if entry.voucher in {(series, int(number)) for series, number in _VOUCHER.findall(text)}:
        reasons.append("voucher")
    if _stands_in(text, entry.ids):
        reasons.append("id")
    if _stands_in(text, entry.names):
        reasons.append("name")
    score = sum(WORTH[reason] for reason in reasons) - A_DAY * distance - UNDONE * entry.undone
    return Proposal(entry.event_id, score, reasons)


def _sought(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(f" {word} " for word in map(same, words) if len(word) >= SHORTEST)


def _stands_in(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)


def _unrivalled(pairs: Mapping[int, Mapping[UUID, Proposal]]) -> dict[int, Proposal]:
    """Where line and entry are each other's only best."""
    best_of_entry: dict[UUID, list[int]] = defaultdict(list)
    for fitting in pairs.values():
        for event_id, proposal in fitting.items():
            best_of_entry[event_id].append(proposal.score)
    found = {}
    for line, fitting in pairs.items():
        first, *others = sorted(fitting.values(), key=lambda p: p.score, reverse=True)
        if others and others[0].score == first.score:
            continue
        scores = best_of_entry[first.event_id]
        if first.score == max(scores) and scores.count(first.score) == 1:
            found[line] = first
    return found
