"""The yearly statistics as sums, one row per cell and day recorded; and the SQL that turns events into them.

A cell is (unit, year, indicator, level, measure), of the unit that made the record: rolling up is the query's
business, since the tree may be that of any day. The same `contributions` serve the live fold, the
rebuild, the figure as known at N and the events behind a figure.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from workers.indicators import INDICATORS, Indicator, definitions_digest, key_of
from workers.projection import Projection, build_of

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

# Most events leave two of the three columns empty; a sum passes over those, where it would add a zero.
_SUMS = """
        coalesce(sum(e.quantity), 0)::bigint AS quantity,
        coalesce(sum(e.extra), 0)::bigint AS extra,
        coalesce(sum(e.amount), 0)::bigint AS amount,
        (coalesce(sum(e.amount), 0) - coalesce(sum(e.extra), 0))::bigint AS rest,
        count(*) FILTER (WHERE e.quantity <> 0) AS quantity_events,
        count(*) FILTER (WHERE e.extra <> 0) AS extra_events,
        count(*) FILTER (WHERE e.amount <> 0) AS amount_events,
        count(*) FILTER (WHERE coalesce(e.amount, 0) <> coalesce(e.extra, 0)) AS rest_events
"""
"""`_VALUES` of a group, and how many of its events add something."""

# Lists are recorded together, so a day's events fall into few groups, and only those meet the terms. Vietnam
# has kept UTC+7 since 1975: its days are bins of 24 hours.
_GROUPS = f"""
    SELECT e.unit, e.year, e.until_year, e.kind, e.level, e.subject, e.measure, e.measure_was, e.pocket,
        date_bin('1 day', e.recorded_at, timestamptz '2000-01-01 00:00+07') AS day,
        count(*) AS readings, {_SUMS}
    FROM log.events e
    WHERE e.position > $1 AND e.position <= $2 AND e.kind = ANY($3) AND e.unit IS NOT NULL
        {{and_so}}
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
    JOIN {{terms}} t ON t.kind = g.kind
        AND (t.subject IS NULL OR t.subject = g.subject)
        AND (t.of_level IS NULL OR t.of_level = g.level)
        AND (t.pocket IS NULL OR t.pocket = g.pocket)
    CROSS JOIN LATERAL (VALUES (g.year, 1, 1), (g.until_year, -1, 0)) AS y (year, sign, reading)
    WHERE y.year IS NOT NULL
"""
"""The contributions of events with $1 < position ≤ $2, summed as far as is quick: a cell may be in several
rows. $3: the kinds that any term reads; `{{terms}}`: the table of terms; `{{and_so}}`: which events more."""

_CELL = "unit, year, indicator, level, measure, recorded_on"
_COLUMNS = f"{_CELL}, quantity, events, readings"
_TOTAL = "unit, year, indicator, level, measure"
_ADDED = "sum(quantity) AS quantity, sum(events) AS events, sum(readings) AS readings"
_SUMMED = f"SELECT {_CELL}, {_ADDED}"
_ADD = """DO UPDATE SET
    quantity = was.quantity + excluded.quantity,
    events = was.events + excluded.events,
    readings = was.readings + excluded.readings"""

_FOLD = f"""
WITH folded AS MATERIALIZED (
    {_SUMMED} FROM ({_PARTS.format(terms="term", and_so="AND e.stream <> ALL($4)")}) AS p GROUP BY {_CELL}
), days AS (
    INSERT INTO cell AS was ({_COLUMNS}) SELECT {_COLUMNS} FROM folded ON CONFLICT ({_CELL}) {_ADD}
)
INSERT INTO total AS was ({_TOTAL}, quantity, events, readings)
SELECT {_TOTAL}, {_ADDED} FROM folded GROUP BY {_TOTAL} ON CONFLICT ({_TOTAL}) {_ADD}
"""

_GATHER = f"INSERT INTO part ({_COLUMNS}) {_PARTS.format(terms='gathered', and_so='')}"

# An indicator is carried over if the live tables were made by the very terms it has now.
_CARRIED = """
    SELECT indicator FROM term
    EXCEPT SELECT n.indicator FROM (SELECT * FROM term EXCEPT ALL SELECT * FROM {live}.term) AS n
    EXCEPT SELECT o.indicator FROM (SELECT * FROM {live}.term EXCEPT ALL SELECT * FROM term) AS o
"""
_BEGIN_WITH_ALL = "INSERT INTO gathered SELECT * FROM term"
_BEGIN = f"""
INSERT INTO carried {_CARRIED};
INSERT INTO gathered SELECT * FROM term WHERE indicator NOT IN (SELECT indicator FROM carried)
"""

# The key last, of rows in its order: quicker than row by row, and a unit's cells lie together.
_SETTLE = f"""
ALTER TABLE cell DROP CONSTRAINT cell_pkey;
ANALYZE part;
INSERT INTO cell ({_COLUMNS}) {_SUMMED} FROM part GROUP BY {_CELL} ORDER BY {_CELL};
INSERT INTO cell ({_COLUMNS}) SELECT {_COLUMNS} FROM {{live}}.cell
WHERE indicator IN (SELECT indicator FROM carried) ORDER BY {_CELL};
ALTER TABLE cell ADD CONSTRAINT cell_pkey PRIMARY KEY ({_CELL});
ALTER TABLE total DROP CONSTRAINT total_pkey;
INSERT INTO total ({_TOTAL}, quantity, events, readings)
SELECT {_TOTAL}, {_ADDED} FROM cell GROUP BY {_TOTAL} ORDER BY {_TOTAL};
ALTER TABLE total ADD CONSTRAINT total_pkey PRIMARY KEY ({_TOTAL});
DROP TABLE part, gathered, carried;
"""

_FOLD_NUMBER = 3
"""Of this file's SQL and tables. Raise it when what they make of the same definitions changes, and when a
migration refills typed columns that are read here: else sums made the old way are carried over."""


def version_of(indicators: Iterable[Indicator]) -> int:
    """Tells a change of the fold (the upper bits) from one of the definitions (the lower twenty)."""
    return _FOLD_NUMBER << 20 | int(definitions_digest(indicators)[:5], 16)


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


async def _kinds(connection: Any, terms: str) -> list[str]:
    rows = await connection.fetch(f"SELECT DISTINCT kind FROM {terms}")
    return [row["kind"] for row in rows]


def tables_of(indicators: Iterable[Indicator]) -> str:
    """The DDL of the read model of these indicators."""
    return f"""
        CREATE TABLE term (
            indicator text NOT NULL, kind text NOT NULL, subject text, of_level text, rating text,
            pocket text, value text NOT NULL, sign smallint NOT NULL, by_level boolean NOT NULL, measure text
        );
        INSERT INTO term ({TERM}) VALUES
        {term_rows(indicators)};

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
            CONSTRAINT cell_pkey PRIMARY KEY ({_CELL})
        ) WITH (fillfactor = 80);

        CREATE TABLE total (  -- the same, whenever it was recorded: what is asked most, in fewer rows
            quantity    bigint   NOT NULL,
            year        smallint NOT NULL,
            events      integer  NOT NULL,
            readings    integer  NOT NULL,
            unit        text     NOT NULL,
            indicator   text     NOT NULL,
            level       text     NOT NULL,
            measure     text     NOT NULL,
            CONSTRAINT total_pkey PRIMARY KEY ({_TOTAL})
        ) WITH (fillfactor = 80);
    """


class Statistics(Projection):
    """Cells of the yearly table."""

    name: ClassVar[str] = "statistics"
    version: ClassVar[int] = version_of(INDICATORS.values())
    tables: ClassVar[str] = tables_of(INDICATORS.values())

    chunk: ClassVar[int] = 131_072
    in_any_order: ClassVar[bool] = True
    building: ClassVar[str] = """
        CREATE TABLE part (LIKE cell);           -- what chunks add, a cell in many rows
        CREATE TABLE gathered (LIKE term);       -- the terms that chunks fold
        CREATE TABLE carried (indicator text);   -- the others: their cells are taken from the live tables
    """

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        await connection.execute(_FOLD, after, through, await _kinds(connection, "term"), list(parked))

    async def begin(self, connection: Any, live: str, version: int) -> bool:
        if not self._is_another_definition(version):
            await connection.execute(_BEGIN_WITH_ALL)
            return False
        await connection.execute(_BEGIN.format(live=live))
        return True

    async def gather(self, connection: Any, after: int, through: int) -> None:
        if kinds := await _kinds(connection, "gathered"):
            await connection.execute(_GATHER, after, through, kinds)

    async def settle(self, connection: Any, live: str) -> None:
        await connection.execute(_SETTLE.format(live=live))

    def common(self, live: str, version: int) -> dict[str, str]:
        """An indicator that was added, or is gone, is no difference; one defined otherwise now is."""
        if not self._is_another_definition(version):
            return {}
        both = f"SELECT indicator FROM {live}.term INTERSECT SELECT indicator FROM {build_of(self.name)}.term"
        return dict.fromkeys(("cell", "total", "term"), f"indicator IN ({both})")

    def _is_another_definition(self, version: int) -> bool:
        return version != self.version and version >> 20 == self.version >> 20
