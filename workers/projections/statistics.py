"""The yearly statistics as sums, one row per cell and day recorded; and the SQL that turns events into them.

A cell is (unit, year, indicator, level, measure), of the unit that made the record: rolling up is the query's
business, since the tree may be that of any day. The same `contributions` serve the live fold, the
rebuild, the figure as known at N and the events behind a figure.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from workers.indicators import INDICATORS, Indicator, definitions_digest, key_of
from workers.projection import Projection

CONTRIBUTIONS = """
    SELECT e.position, e.event_id, e.stream, e.unit, e.year, e.until_year, t.indicator,
        CASE WHEN t.by_level THEN coalesce(e.level, '') ELSE '' END AS level,
        coalesce(t.measure, e.measure, '') AS measure,
        (e.recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS recorded_on,
        t.sign * CASE t.value
            WHEN 'quantity' THEN coalesce(e.quantity, 0)
            WHEN 'extra' THEN coalesce(e.extra, 0)
            WHEN 'amount' THEN coalesce(e.amount, 0)
            WHEN 'rest' THEN coalesce(e.amount, 0) - coalesce(e.extra, 0)
            ELSE (e.measure IS NOT DISTINCT FROM t.rating)::int
               - (e.measure_was IS NOT DISTINCT FROM t.rating)::int
        END AS contribution
    FROM log.events e
    JOIN {schema}term t ON t.kind = e.kind
        AND (t.subject IS NULL OR t.subject = e.subject)
        AND (t.of_level IS NULL OR t.of_level = e.level)
        AND (t.pocket IS NULL OR t.pocket = e.pocket)
    WHERE e.unit IS NOT NULL
"""
"""What each event adds to each indicator that reads it. `{schema}`: where the table of terms is."""

TERM = "indicator, kind, subject, of_level, rating, pocket, value, sign, by_level, measure"
"""The columns of the table of terms."""

_FOLD = f"""
INSERT INTO cell AS c (unit, year, indicator, level, measure, recorded_on, quantity, events, readings)
SELECT unit, y.year, indicator, level, measure, recorded_on,
    sum(y.sign * contribution), sum(y.sign * (contribution <> 0)::int), sum(y.reading)
FROM (
    {CONTRIBUTIONS.format(schema="")}
        AND e.position > $1 AND e.position <= $2 AND NOT (e.stream = ANY($3))
) AS p
CROSS JOIN LATERAL (VALUES (p.year, 1, 1), (p.until_year, -1, 0)) AS y (year, sign, reading)
WHERE y.year IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT (unit, year, indicator, level, measure, recorded_on) DO UPDATE SET
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
        await connection.execute(_FOLD, after, through, list(parked))
