"""The sums that were known at a position, as SQL: the read model's, and what the log has between.

The read model sums blocks of positions. A position within one is reached from the nearer of its ends: by the
events since, or less those until.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.statistics.founded import Parts
from services.statistics.scope import Supposed
from workers.handed_over import HANDED_OVER, sums_taken_along
from workers.projections.statistics import ADDED_UP, ALIKE, SUMS, Statistics, sums_of_events

# xid has no order: by a key of that type rows are hashed, which takes half the time of sorting them.
_KEPT = f"""
    SELECT s.unit, s.year, {ALIKE}, {SUMS} FROM (
        SELECT {{by}} AS unit, {{years}} AS year, dimension, {ADDED_UP} FROM ({{rows}}) AS e
        GROUP BY 1, 2, 3, '0'::xid
    ) AS s JOIN read_statistics.dimension AS d ON d.id = s.dimension AND d.kind = ANY({{kinds}})
"""
_ROWS = "SELECT * FROM read_statistics.{table} WHERE unit = ANY({units}) AND year <= {last}"
_NARROW = " AND dimension IN (SELECT id FROM read_statistics.dimension WHERE kind = ANY({kinds}))"

_BETWEEN = f"""
    SELECT unit, year, {ALIKE},
        {", ".join(f"{{sign}} * {column} AS {column}" for column in SUMS.split(", "))}
    FROM ({{sums}}) AS b
"""
# What the read model leaves out is neither added nor taken off. Of which units, the plan is to know: those of
# a commune are looked up one by one, those of a province sorted out of the stretch of the log.
_STANDING = """
    e.unit IN (SELECT unnest({listed})) AND e.year <= {last} AND NOT EXISTS (SELECT FROM projections.parked p
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
    """Of which units, up to which year, read by events of which kinds: parameters of one statement.

    `years`: the year of a sum, or one for all up to two before the last, which no figure tells apart.
    """

    units: str
    """Separated by commas: themselves, no parameter yet."""
    parts: Parts | None
    """The same units, where the sums of several may be read as one."""
    last: str
    kinds: str
    years: str
    funds: bool
    """Whether what funds take along is asked for."""
    arguments: Arguments

    @classmethod
    def of(
        cls,
        units: str,
        last: int,
        kinds: Sequence[str],
        *,
        each_year: bool = True,
        parts: Parts | None = None,
    ) -> "Asked":
        taking = Arguments()
        until, among = taking(last, "int"), taking(list(kinds), "text[]")
        years = "e.year" if each_year else f"greatest(e.year, {until} - 2)"
        return cls(units, parts, until, among, years, HANDED_OVER in kinds, taking)

    def listed(self, units: str) -> dict[str, str]:
        """`listed`, whose length a plan can know; and `units`, an array: made by a sub-select, it is not
        looked through, unit by unit, before there is a plan, which for a province takes longer than to
        answer. Text is sent quicker than thousands of texts."""
        listed = f"string_to_array({self.arguments(units, 'text')}, ',')"
        return {"listed": listed, "units": f"(SELECT {listed})::text[]"}


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

    @property
    def reads_events(self) -> bool:
        """Of the log, beside the read model's sums."""
        return self.after < self.through

    def sums(self, asked: Asked, by: str = "e.unit", *, narrow: bool = False) -> str:
        """SQL of rows like those of `sums_of_events`. `by`: the unit, or what else to put in its place, and
        so add up. `narrow`: do not even read other kinds in the read model; worth it if most are others."""
        where = {"by": by, "last": asked.last, "kinds": asked.kinds, "years": asked.years}
        rows = _ROWS + (_NARROW if narrow else "")
        together = asked.parts if self.total else None
        taking, parts = asked.arguments, []
        if together is None or self.reads_events or self.supposed:
            where |= asked.listed(asked.units)
        if together is not None:
            alone = rows.format(table="total", **where | asked.listed(together.alone))
            under = rows.format(table="below", **where | asked.listed(together.under))
            parts.append(_KEPT.format(rows=f"{alone} UNION ALL {under}", **where))
        elif self.total:
            parts.append(_KEPT.format(rows=rows.format(table="total", **where), **where))
        elif self.blocks:
            rows += f" AND block < {taking(self.blocks, 'int')}"
            parts.append(_KEPT.format(rows=rows.format(table="cell", **where), **where))
        if self.reads_events or not (parts or self.supposed):
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
