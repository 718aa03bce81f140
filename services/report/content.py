"""What a report consists of, before anybody decides how it looks. Every figure is in it twice: as people
print it, and exact; a writer uses the one or the other and computes nothing."""

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

Form = Literal["text", "number", "percent", "change", "points", "percent_change", "amount"]
"""How a value is printed: 10.380; 97,16%; +576; +5,04 điểm %; +5,88%; 274.000.000 đồng."""


class Cell(msgspec.Struct, frozen=True):
    """`text`: as printed. `value`: the exact figure behind it, none where it is words. `marks`: which of the
    table's notes speak of it, from 1."""

    text: str
    value: int | Decimal | None = None
    form: Form = "text"
    marks: tuple[int, ...] = ()


class Column(msgspec.Struct, frozen=True):
    """`weight`: its share of the width. Figures stand to the right."""

    heading: str
    weight: int = 2
    figures: bool = True


class Row(msgspec.Struct, frozen=True):
    """A cell for each column. `strong`: a sum."""

    cells: list[Cell]
    strong: bool = False


class Table(msgspec.Struct, frozen=True):
    """`notes`: what its marks mean, in their order. `basis`: from which events, on which tree."""

    number: int
    title: str
    columns: list[Column]
    rows: list[Row]
    notes: list[str]
    basis: str


class Series(msgspec.Struct, frozen=True):
    """One bar for each category; None: not known."""

    name: str
    values: list[int | Decimal | None]


class Chart(msgspec.Struct, frozen=True):
    """Bars side by side. `form`: of its values; `unit`: what they are in."""

    title: str
    categories: list[str]
    series: list[Series]
    form: Form = "number"
    unit: str = ""


class Paragraph(msgspec.Struct, frozen=True):
    """`item`: one of a list."""

    text: str
    item: bool = False


Block = Paragraph | Table | Chart


class Section(msgspec.Struct, frozen=True):
    """`heading` with its number: `I. …`. `short`: the same in a few letters."""

    heading: str
    short: str
    blocks: list[Block]


class Heading(msgspec.Struct, frozen=True):
    """What an official document begins and ends with (Nghị định 30/2020/NĐ-CP, phụ lục I)."""

    above: str | None
    """The organisation it reports to."""
    organisation: str
    symbol: str
    place: str
    title: str
    subject: str
    receivers: list[str]
    signing: list[str]
    """On whose behalf, and as what: a line each."""


class Report(msgspec.Struct, frozen=True):
    """`made_of`: the position, when that was recorded, and the day whose boundaries hold."""

    unit_id: str
    year: int
    position: int
    recorded_at: dt.datetime
    tree: dt.date
    heading: Heading
    opening: str
    sections: list[Section]

    @property
    def tables(self) -> list[Table]:
        return [block for section in self.sections for block in section.blocks if isinstance(block, Table)]
