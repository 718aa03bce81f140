"""What a unit lays down and hands in: from when payments need approval, reports, published statistics."""

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from events.book import Book
from events.catalogue.unit_state import UnitState
from events.catalogue.years import require_begun
from events.declare import Data, Effect, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import DongOrNone, Id, Positive, Year

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]
TreeDay = Annotated[
    str,
    Meta(
        pattern=r"^(then|now|\d{4}-\d{2}-\d{2})$",
        description="Whose tree: `then` (the year's 31 December), `now`, or a date",
    ),
]
DefinitionName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.:\-]*$", max_length=128)]

LAST_DAY_IN_JANUARY = 31
"""A year's report is on time until then in the next year: its stocks are those of 31 December, so it cannot
be written before; a month is left to write it."""

REPORT_THERE = code(
    "report-already-submitted",
    vi="Đơn vị «{unit}» đã nộp báo cáo năm {year} ngày {day}; muốn thay, hãy rút báo cáo đó trước.",
    en="Unit '{unit}' submitted its report for {year} on {day}; withdraw that one first to replace it.",
)
NO_SUCH_DAY = code(
    "no-such-day",
    vi="«{day}» không phải là một ngày có thật.",
    en="'{day}' is not a day of the calendar.",
)
DEFINED_TWICE = code(
    "definition-named-twice",
    vi="Định nghĩa «{name}» được nêu hai lần.",
    en="The definition '{name}' is named twice.",
)


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version of an indicator's definition a figure was computed by."""

    name: DefinitionName
    version: Positive


@event(
    "unit-{unit_id}",
    vi="Đặt ngưỡng phê duyệt",
    en="Approval threshold set",
    example={"unit_id": "bac-kan-city", "amount": 5_000_000},
)
class ApprovalThresholdSet(Data, frozen=True):
    """From that day on a payment of more than so many đồng needs a second person's approval."""

    unit_id: Id
    amount: DongOrNone
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        return Effect(unit=self.unit_id, level=book.unit(self.unit_id).level, amount=self.amount)


@event(
    "unit-{unit_id}",
    vi="Nộp báo cáo năm",
    en="Report submitted",
    example={"unit_id": "duc-xuan", "year": 2017},
)
class ReportSubmitted(Data, frozen=True):
    """A unit handed in its yearly report."""

    unit_id: Id
    year: Year
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        require_begun(book, self.year)
        for earlier in book.own(UnitState).standing("ReportSubmitted"):
            if earlier.effect.year == self.year:
                raise Refused(
                    REPORT_THERE,
                    "/data/year",
                    unit=self.unit_id,
                    year=str(self.year),
                    day=earlier.occurred_on,
                )
        in_time = book.occurred_on <= dt.date(self.year + 1, 1, LAST_DAY_IN_JANUARY)
        return Effect(unit=self.unit_id, level=unit.level, year=self.year, quantity=1, extra=int(in_time))


@event(
    "unit-{unit_id}",
    vi="Công bố thống kê",
    en="Statistics published",
    example={
        "unit_id": "bac-kan-city",
        "year": 2017,
        "position": 25120,
        "tree": "then",
        "definitions": [{"name": "model.family.rate", "version": 1}],
        "root": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
        "digest": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    },
)
class StatisticsPublished(Data, frozen=True):
    """A table went out. It tells of the log, not of the unit's life, so ended units have it too."""

    unit_id: Id
    year: Year
    position: Annotated[int, Meta(ge=1, le=2**63 - 1, description="Computed from the first so many events")]
    tree: TreeDay
    definitions: Annotated[tuple[Definition, ...], Meta(min_length=1, max_length=1000)]
    root: Sha256
    digest: Annotated[Sha256, Meta(description="Of the canonical CSV of exactly these figures")]
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.known_unit(self.unit_id)
        require_begun(book, self.year)
        if self.tree not in ("then", "now"):
            _require_day(self.tree)
        named: set[str] = set()
        for index, definition in enumerate(self.definitions):
            if (definition.name) in named:
                raise Refused(DEFINED_TWICE, f"/data/definitions/{index}/name", name=definition.name)
            named.add(definition.name)
        return Effect(unit=self.unit_id, level=unit.level, year=self.year)


def _require_day(text: str) -> None:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise Refused(NO_SUCH_DAY, "/data/tree", day=text) from None
