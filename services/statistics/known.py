"""The sums that were known at a position, as SQL: the read model's, and what the log has between.

The read model sums blocks of positions. A position within one is reached from the nearer of its ends: by the
events since, or less those until.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.statistics.scope import Supposed
from workers.handed_over import HANDED_OVER, sums_taken_along
from workers.projections.statistics import ADDED_UP, ALIKE, SUMS, Statistics, sums_of_events

_KEPT = f"""
    SELECT s.unit, s.year, {ALIKE}, {SUMS} FROM (
        SELECT {{by}} AS unit, year, dimension, {ADDED_UP}
        FROM read_statistics.{{table}} AS e WHERE unit = ANY({{units}}) AND year <= {{last}} {{and_so}}
        GROUP BY 1, 2, 3
    ) AS s JOIN read_statistics.dimension AS d ON d.id = s.dimension AND d.kind = ANY({{kinds}})
"""
_NARROW = "AND dimension IN (SELECT id FROM read_statistics.dimension WHERE kind = ANY({kinds}))"

_BETWEEN = f"""
    SELECT unit, year, {ALIKE},
        {", ".join(f"{{sign}} * {column} AS {column}" for column in SUMS.split(", "))}
    FROM ({{sums}}) AS b
"""
# What the read model leaves out is neither added nor taken off.
_STANDING = """
    e.unit = ANY({units}) AND e.year <= {last} AND NOT EXISTS (SELECT FROM projections.parked p
        WHERE p.name = 'statistics' AND p.stream = e.stream AND p.position <= e.position)
"""
_EVENTS = sums_of_events(
    f"{_STANDING} AND e.kind = ANY({{kinds}}) AND e.position > {{after}} AND e.position <= {{through}}",
    by="{by}",
)
_TAKEN_ALONG = sums_taken_along("{after}", "{through}", _STANDING, by="{by}")

_SUPPOSED = f"""
    SELECT {{by}} AS unit, year, {ALIKE}, 1 AS number, quantity, extra, amount,
        coalesce(quantity <> 0, false)::int AS quantity_events,
        coalesce(extra <> 0, false)::int AS extra_events,
        coalesce(amount <> 0, false)::int AS amount_events,
        (coalesce(amount, 0) <> coalesce(extra, 0))::int AS rest_events
    FROM unnest({{columns}}) AS e (unit, year, {ALIKE}, quantity, extra, amount)
    WHERE e.unit = ANY({{units}}) AND year <= {{last}} AND kind = ANY({{kinds}})
"""
_TYPES = ("text", "int", *["text"] * 6, "int", "bigint", "bigint", "bigint")
"""Of `Supposed`."""


class Arguments(list[Any]):
    """A statement's arguments, in the order in which its text mentions them first."""

    def __call__(self, value: Any, sql: str) -> str:
        """The parameter that stands for the value, of that type."""
        self.append(value)
        return f"${len(self)}::{sql}"


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which units, up to which year, read by events of which kinds: parameters of one statement."""

    units: str
    last: str
    kinds: str
    funds: bool
    """Whether what funds take along is asked for."""
    arguments: Arguments

    @classmethod
    def of(cls, units: Sequence[str], last: int, kinds: Sequence[str]) -> "Asked":
        taking = Arguments()
        places = taking(list(units), "text[]"), taking(last, "int"), taking(list(kinds), "text[]")
        return cls(*places, HANDED_OVER in kinds, taking)


@dataclass(frozen=True, slots=True)
class Known:
    """Where sums come from: the read model's `total`, its first `blocks`, or neither; the events with
    `after` < position ≤ `through`, which are added or (`sign` -1) taken off; and what is supposed."""

    total: bool
    blocks: int = 0
    after: int = 0
    through: int = 0
    sign: int = 1
    supposed: tuple[Supposed, ...] = ()

    def sums(self, asked: Asked, by: str = "e.unit", *, narrow: bool = False) -> str:
        """SQL of rows like those of `sums_of_events`. `by`: the unit, or what else to put in its place, and
        so add up. `narrow`: do not even read other kinds in the read model; worth it if most are others."""
        where = {"by": by, "units": asked.units, "last": asked.last, "kinds": asked.kinds}
        and_so = _NARROW.format(kinds=asked.kinds) if narrow else ""
        taking, parts = asked.arguments, []
        if self.total:
            parts.append(_KEPT.format(table="total", and_so=and_so, **where))
        elif self.blocks:
            and_so += f" AND block < {taking(self.blocks, 'int')}"
            parts.append(_KEPT.format(table="cell", and_so=and_so, **where))
        if self.after < self.through or not (parts or self.supposed):
            where["after"], where["through"] = taking(self.after, "bigint"), taking(self.through, "bigint")
            where["sign"] = taking(self.sign, "int")
            between = (_EVENTS, _TAKEN_ALONG) if asked.funds else (_EVENTS,)
            parts += [_BETWEEN.format(sums=sums.format(**where), **where) for sums in between]
        if self.supposed:
            columns = zip(zip(*self.supposed, strict=True), _TYPES, strict=True)
            given = ", ".join(taking(list(column), f"{sql}[]") for column, sql in columns)
            parts.append(_SUPPOSED.format(columns=given, **where))
        return " UNION ALL ".join(parts)


def known_at(position: int, reached: int, supposed: tuple[Supposed, ...] = ()) -> Known:
    """`reached`: how far the read model has come in the snapshot that is asked."""
    if position == reached:
        return Known(True, supposed=supposed)
    size = Statistics.block
    blocks = position // size
    start, end = blocks * size, min((blocks + 1) * size, reached)
    if position - start <= end - position:
        return Known(False, blocks, start, position, supposed=supposed)
    return Known(end == reached, blocks + 1, position, end, -1, supposed)
