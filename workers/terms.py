"""Definitions as SQL: what an event adds to each indicator that reads it, and what sums of events alike add.

A term reads events of a kind, narrowed by some of their columns, and adds one of their numbers. So the sums
of numbers over events alike in those columns are as good as the events themselves.
"""

from collections.abc import Iterable
from functools import lru_cache

from workers.indicator import Indicator, Sort
from workers.indicators import by_key, key_of

_COLUMNS = {
    "indicator": "text",
    "kind": "text",
    "subject": "text",
    "of_level": "text",
    "rating": "text",
    "pocket": "text",
    "value": "text",
    "sign": "int",
    "by_level": "bool",
    "stock": "bool",
    "measure": "text",
}
"""Of a term `t`, with their types."""

_CELL = """t.indicator,
        CASE WHEN t.by_level THEN coalesce(r.level, '') ELSE '' END AS level,
        coalesce(t.measure, r.measure, '') AS measure"""

_NUMBERS = {
    "quantity": "coalesce(r.quantity, 0)",
    "extra": "coalesce(r.extra, 0)",
    "amount": "coalesce(r.amount, 0)",
    "rest": "coalesce(r.amount, 0) - coalesce(r.extra, 0)",
}
"""What a row `r`, an event or the sums of some, adds by the term's `value`."""

_RATED = (
    "((r.measure IS NOT DISTINCT FROM t.rating)::int - (r.measure_was IS NOT DISTINCT FROM t.rating)::int)"
)
"""A rating is told from the rest by name; an event that replaces one takes that back."""


def contributions_to(indicators: Iterable[Indicator], where: str, *more: str) -> str:
    """SQL of what each event `r` adds to these indicators: position, event_id, stream, unit, year,
    until_year, indicator (its key), level, measure, contribution, and `more` of its columns."""
    return f"""
    SELECT r.position, r.event_id, r.stream, r.unit, r.year, r.until_year, {_CELL},
        t.sign * {_by_value(_NUMBERS, _RATED)} AS contribution{"".join(f", {column}" for column in more)}
    FROM log.events r {_join(indicators)}
    WHERE r.unit IS NOT NULL AND {where}
"""


def figures_from(sums: str, indicators: Iterable[Indicator]) -> str:
    """SQL of what sums of events alike (`sums_of_events`) add to these indicators: unit, indicator (its key),
    level, measure, stock (or flow), year, quantity, events (that change it), readings (that speak of it at
    all: none means unknown, not zero). In the year from which on events no longer count they are taken off
    again; those of a later year never count."""
    counts = {value: f"r.{value}_events" for value in _NUMBERS}
    return f"""
    WITH alike AS MATERIALIZED ({sums})  -- added up once, whatever the plan thinks of definitions
    SELECT r.unit, {_CELL}, t.stock, y.year,
        y.sign * t.sign * {_by_value(_NUMBERS, f"{_RATED} * r.number")} AS quantity,
        y.sign * {_by_value(counts, f"abs{_RATED} * r.number")} AS events,
        y.reading * r.number AS readings
    FROM alike AS r {_join(indicators)}
    CROSS JOIN LATERAL (
        VALUES (r.year, 1, 1), (greatest(r.year, r.until_year), -1, 0)
    ) AS y (year, sign, reading)
    WHERE y.reading = 1 OR r.until_year IS NOT NULL
"""


def kinds_read_by(indicators: Iterable[Indicator]) -> list[str]:
    """The kinds of events that any term of these reads."""
    return sorted({term.kind for indicator in indicators for term in indicator.terms})


def _by_value(sql: dict[str, str], rated: str) -> str:
    return f"CASE t.value {' '.join(f'WHEN {_literal(v)} THEN {s}' for v, s in sql.items())} ELSE {rated} END"


def _join(indicators: Iterable[Indicator]) -> str:
    return f"""JOIN {_terms(tuple(key_of(i) for i in indicators))} AS t ({", ".join(_COLUMNS)})
        ON t.kind = r.kind
        AND (t.subject IS NULL OR t.subject = r.subject)
        AND (t.of_level IS NULL OR t.of_level = r.level)
        AND (t.pocket IS NULL OR t.pocket = r.pocket)"""


@lru_cache(maxsize=256)
def _terms(keys: tuple[str, ...]) -> str:
    """A table of terms, column by column: read quicker than rows, and short enough to stay prepared."""
    rows = [
        (
            key,
            t.kind,
            t.subject,
            t.level,
            t.rating,
            t.pocket,
            t.value,
            t.sign,
            i.by_level,
            i.sort is Sort.STOCK,
            i.measure,
        )
        for key in keys
        for i in (by_key(key),)
        for t in i.terms
    ]
    columns = zip(zip(*rows, strict=True), _COLUMNS.values(), strict=True)
    return f"unnest({', '.join(f'{_array(column)}::{sql}[]' for column, sql in columns)})"


def _array(column: Iterable[str | int | None]) -> str:
    """SQL of an array, without braces, which templates have for themselves."""
    values = ["" if value is None else str(value) for value in column]
    assert not any("," in value for value in values), values
    return f"string_to_array({_literal(','.join(values))}, ',', '')"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
