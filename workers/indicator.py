"""What an indicator is: a line of the yearly table, declared once.

From a declaration follow the live fold, the rebuild, the figure as known at N, the events behind a figure,
the page that explains it (`/v1/indicators`) and what is flagged as odd. Figures are sums of the differences
that events make (`events.declare.Effect`); an indicator says which events it reads and which columns of them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from workers.plausibility import Rule

Value = Literal["quantity", "extra", "amount", "rest", "rating"]
"""Which typed column of the event is summed. `rest`: the amount without what `extra` says of it; `rating`: 1
for events whose rating is the one named."""


class Sort(StrEnum):
    """How the years add up."""

    FLOW = "flow"  # what happened in the year
    STOCK = "stock"  # what there was on 31 December
    RATE = "rate"  # derived from two counts, never stored


@dataclass(frozen=True, slots=True)
class Term:
    """Events an indicator reads: their kind (reversals and withdrawals count under the kind they undo), and
    of that kind those with this subject, level or pocket. `sign` −1: the column is taken off."""

    kind: str
    value: Value
    subject: str | None = None
    level: str | None = None
    rating: str | None = None
    pocket: str | None = None
    sign: Literal[1, -1] = 1


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the yearly table. `measure` None: as the event says (persons, turns, awards)."""

    name: str
    vi: str
    en: str
    measure: str | None
    sort: Sort
    terms: tuple[Term, ...] = ()
    by_level: bool = False
    of: tuple[str, str] | None = None  # a rate's numerator and denominator
    version: int = 1  # of this definition: a published table names it
    covers: bool = False  # a unit's statement is of its whole area: not added to those below it or before it
    topics: bool = False  # the events' subject says what about: the figure can be divided by it
    rules: tuple[Rule, ...] = ()
