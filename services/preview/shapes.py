"""What a preview tells."""

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from events.vocabulary import Level

Value = int | Decimal | None
Why = Literal["recorded", "covers", "lost"]
"""`recorded`: the commands themselves count (a chapter fewer); `covers`: a unit's statement is of its whole
area, and another one speaks for it now; `lost`: the figure is not conserved."""


class UnitNamed(msgspec.Struct, frozen=True):
    """A unit by its id and the name it would have."""

    unit_id: str
    name: str


class Series(msgspec.Struct, frozen=True):
    """One indicator of one unit through the years, on the tree of today and on the tree after. Null: nothing
    is known, or the unit is not on that tree."""

    indicator: str
    level: str | None
    measure: str
    before: list[Value]
    after: list[Value]
    changes: bool
    becomes_estimated: bool
    """From some year on it would be a share of a split unit's figure."""


class TouchedUnit(msgspec.Struct, frozen=True):
    """A unit that the commands name, or whose figures they change."""

    unit_id: str
    name: str
    level: Level
    fate: Literal["begins", "stays", "ends"]
    series: list[Series] | None
    """Indicators of which anything is known; null: the unit is out of the token's reach."""


class Heir(msgspec.Struct, frozen=True):
    """A successor, with its parts of the whole."""

    unit_id: str
    name: str
    parts: int


class EndingUnit(msgspec.Struct, frozen=True):
    """A unit that ends, and who has its history afterwards."""

    unit_id: str
    name: str
    ending: Literal["merged", "split", "dissolved"]
    on: dt.date
    successors: list[Heir]
    """Named by the command; none of a dissolved unit."""
    rolls_up_to: list[UnitNamed]
    """Who stands for it today, on the tree after."""


class MovingUnit(msgspec.Struct, frozen=True):
    """A unit that lies under another one afterwards, by a command of its own or since its parent ends."""

    unit_id: str
    name: str
    from_unit_id: str | None
    to_unit_id: str | None


class CodeHeld(msgspec.Struct, frozen=True):
    """Who has a code, from when (included) until when (excluded; null: still)."""

    unit_id: str
    name: str
    since: dt.date
    until: dt.date | None


class CodeMeaning(msgspec.Struct, frozen=True):
    """A code that means another unit than before, or none."""

    scheme: str
    code: str
    before: list[CodeHeld]
    after: CodeHeld | None


class Difference(msgspec.Struct, frozen=True):
    """A total that is another one on the tree after."""

    indicator: str
    level: str | None
    measure: str
    year: int
    difference: int
    why: Why


class Conservation(msgspec.Struct, frozen=True):
    """Totals of the nearest unit above what changes, compared on both trees; of several, where there is no
    such unit, their sum."""

    units: list[str]
    compared: int
    """Totals: indicators × years of which anything is known."""
    conserved: bool
    differences: list[Difference]


class FundLeft(msgspec.Struct, frozen=True):
    """An open fund of a unit that ends. Unless handed over it takes no record dated after that day."""

    fund_id: str
    name: str
    unit_id: str
    cash: int
    bank: int
    goods: int
    open_payments: list[str]
    """Proposed and not decided."""
    handed_over_to: str | None
    """By a command of the preview."""


class CentreLeft(msgspec.Struct, frozen=True):
    """A learning centre of a unit that ends. It goes on at the successor of a merged unit only."""

    centre_id: str
    name: str
    unit_id: str
    goes_on_at: str | None


class CandidatesLeft(msgspec.Struct, frozen=True):
    """Candidates registered at a unit that ends and not evaluated yet. They can still be evaluated, and count
    where they registered; those of the next year register at the successor."""

    unit_id: str
    model: str
    year: int
    candidates: int


class RolesLeft(msgspec.Struct, frozen=True):
    """Roles held at a unit that ends. They reach its old records and nothing of its successor's."""

    unit_id: str
    role: str
    actors: int


class Preview(msgspec.Struct, frozen=True):
    """What the commands would do. Nothing was recorded."""

    position: int
    """The log as it was asked."""
    tree: dt.date
    """The day whose boundaries are compared: today."""
    years: list[int]
    commands: int
    recorded_before: int
    """Commands among them that the log has already: they change nothing any more."""
    units: list[TouchedUnit]
    ends: list[EndingUnit]
    moves: list[MovingUnit]
    codes: list[CodeMeaning]
    totals: list[Conservation]
    funds: list[FundLeft]
    centres: list[CentreLeft]
    candidates: list[CandidatesLeft]
    roles: list[RolesLeft]
