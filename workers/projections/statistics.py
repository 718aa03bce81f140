"""The yearly statistics as sums, one row per cell and day recorded; and the SQL that turns events into them.

A cell is (unit, year, indicator, level, measure), of the unit that made the record: rolling up is the query's
business, since the tree may be that of any day. The same `contributions` serve the live fold, the
rebuild, the figure as known at N and the events behind a figure.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from workers.indicators import INDICATORS, Indicator, definitions_digest, key_of
from workers.projection import Projection

_VALUES = {
    "quantity": "coalesce(e.quantity, 0)",
    "extra": "coalesce(e.extra, 0)",
    "amount": "coalesce(e.amount, 0)",
    "rest": "coalesce(e.amount, 0) - coalesce(e.extra, 0)",
}
"""What an event adds, by the term's `value`; a rating is told from the rest by name."""

_RATED = (
    "(({0}.measure IS NOT DISTINCT FROM t.rating)::int"
    " - ({0}.measure_was IS NOT DISTINCT FROM t.rating)::int)"
)


def _case(values: dict[str, str], rated: str) -> str:
    whens = " ".join(f"WHEN '{value}' THEN {sql}" for value, sql in values.items())
    return f"CASE t.value {whens} ELSE {rated} END"


CONTRIBUTIONS = f"""
    SELECT e.position, e.event_id, e.stream, e.unit, e.year, e.until_year, t.indicator,
        CASE WHEN t.by_level THEN coalesce(e.level, '') ELSE '' END AS level,
        coalesce(t.measure, e.measure, '') AS measure,
        (e.recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS recorded_on,
        t.sign * {_case(_VALUES, _RATED.format("e"))} AS contribution
    FROM log.events e
    JOIN {{schema}}term t ON t.kind = e.kind
        AND (t.subject IS NULL OR t.subject = e.subject)
        AND (t.of_level IS NULL OR t.of_level = e.level)
        AND (t.pocket IS NULL OR t.pocket = e.pocket)
    WHERE e.unit IS NOT NULL
"""
"""What each event adds to each indicator that reads it. `{{schema}}`: where the table of terms is."""

TERM = "indicator, kind, subject, of_level, rating, pocket, value, sign, by_level, measure"
"""The columns of the table of terms."""

_SUMS = ", ".join(
    f"sum({sql})::bigint AS {value}, count(nullif({sql}, 0)) AS {value}_events"
    for value, sql in _VALUES.items()
)

# Lists are recorded together, so a day's events fall into few groups, and only those meet the terms. Vietnam
# has kept UTC+7 since 1975: its days are bins of 24 hours.
_GROUPS = f"""
    SELECT e.unit, e.year, e.until_year, e.kind, e.level, e.subject, e.measure, e.measure_was, e.pocket,
        date_bin('1 day', e.recorded_at, timestamptz '2000-01-01 00:00+07') AS day,
        count(*) AS readings, {_SUMS}
    FROM log.events e
    WHERE e.position > $1 AND e.position <= $2 AND e.stream <> ALL($3) AND e.kind = ANY($4)
        AND e.unit IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""

_PARTS = f"""
    SELECT g.unit, y.year, t.indicator,
        CASE WHEN t.by_level THEN coalesce(g.level, '') ELSE '' END AS level,
        coalesce(t.measure, g.measure, '') AS measure,
        (g.day AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS recorded_on,
        y.sign * t.sign * {_case({v: f"g.{v}" for v in _VALUES}, f"{_RATED.format('g')} * g.readings")}
            AS quantity,
        y.sign * {_case({v: f"g.{v}_events" for v in _VALUES}, f"abs{_RATED.format('g')} * g.readings")}
            AS events,
        y.reading * g.readings AS readings
    FROM ({_GROUPS}) AS g
    JOIN term t ON t.kind = g.kind
        AND (t.subject IS NULL OR t.subject = g.subject)
        AND (t.of_level IS NULL OR t.of_level = g.level)
        AND (t.pocket IS NULL OR t.pocket = g.pocket)
    CROSS JOIN LATERAL (VALUES (g.year, 1, 1), (g.until_year, -1, 0)) AS y (year, sign, reading)
    WHERE y.year IS NOT NULL
"""
"""The contributions of events with $1 < position ≤ $2, summed as far as is quick: a cell may be in several
rows. $3: streams left out; $4: the kinds that any term reads."""

_CELL = "unit, year, indicator, level, measure, recorded_on"
_SUMMED = f"SELECT {_CELL}, sum(quantity), sum(events), sum(readings)"
_INTO_CELL = f"INSERT INTO cell AS c ({_CELL}, quantity, events, readings)"

_FOLD = f"""
{_INTO_CELL} {_SUMMED} FROM ({_PARTS}) AS p GROUP BY {_CELL}
ON CONFLICT ({_CELL}) DO UPDATE SET
    quantity = c.quantity + excluded.quantity,
    events = c.events + excluded.events,
    readings = c.readings + excluded.readings
"""


def term_rows(indicators: Iterable[Indicator]) -> str:
    """The rows of the table `term` that declare these indicators, as SQL."""
    rows = [
        (key_of(i), t.kind, t.subject, t.level, t.rating, t.pocket, t.value, t.sign, i.by_level, i.measure)
        for i in indicators
        for t in i.terms
    ]
    return ",\n".join("(" + ", ".join(_literal(v) for v in row) + ")" for row in rows)


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


async def _kinds(connection: Any) -> list[str]:
    rows = await connection.fetch("SELECT DISTINCT kind FROM term")
    return [row["kind"] for row in rows]


class Statistics(Projection):
    """Cells of the yearly table."""

    name: ClassVar[str] = "statistics"
    version: ClassVar[int] = 1_000_000 + int(definitions_digest()[:5], 16)
    tables: ClassVar[str] = f"""
        CREATE TABLE term (
            indicator text NOT NULL, kind text NOT NULL, subject text, of_level text, rating text,
            pocket text, value text NOT NULL, sign smallint NOT NULL, by_level boolean NOT NULL, measure text
        );
        INSERT INTO term ({TERM}) VALUES
        {term_rows(INDICATORS.values())};

        CREATE TABLE cell (
            quantity    bigint   NOT NULL,  -- a flow's sum, a stock's change in that year
            recorded_on date     NOT NULL,  -- when the log learned of it: as known then is a partial sum
            year        smallint NOT NULL,
            events      integer  NOT NULL,  -- that change the figure
            readings    integer  NOT NULL,  -- that speak of it at all: none means unknown, not zero
            unit        text     NOT NULL,
            indicator   text     NOT NULL,
            level       text     NOT NULL,
            measure     text     NOT NULL,
            PRIMARY KEY (unit, year, indicator, level, measure, recorded_on)
        ) WITH (fillfactor = 80);
    """

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        await connection.execute(_FOLD, after, through, list(parked), await _kinds(connection))
