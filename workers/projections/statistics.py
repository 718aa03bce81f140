"""The yearly statistics as sums of the log's typed columns. Definitions turn them into figures when asked
(`workers/terms.py`): one that is new or changed asks for no rebuild.

A row sums the events of one unit and year that are alike in all a definition may ask of them (their
dimension). Rolling up is the query's business, since the tree may be that of any day. Sums are kept twice:
over the whole log, which is asked most, and by block of positions, for what was known at any of them.

Those over the whole log are also kept for all units together that were founded under one, at any depth.
Whom a unit was founded under never changes, wherever it went since; so they are no roll-up, but a province's
three thousand units are most of them found in one row in place of three thousand.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from workers.handed_over import sums_taken_along
from workers.projection import Projection

BLOCK = 2**17
"""Positions. Larger: more events to read for what was known at a position; smaller: more rows."""

_ALIKE = ("kind", "level", "subject", "measure", "measure_was", "pocket", "until_year")
_ADDED = {
    "number": "count(*)",
    "quantity": "sum(e.quantity)::bigint",
    "extra": "sum(e.extra)::bigint",
    "amount": "sum(e.amount)::bigint",
    "quantity_events": "count(nullif(e.quantity, 0))",  # of those that are not 0; quicker than FILTER
    "extra_events": "count(nullif(e.extra, 0))",
    "amount_events": "count(nullif(e.amount, 0))",
    "rest_events": "count(nullif(coalesce(e.amount, 0), coalesce(e.extra, 0)))",
}
ALIKE = ", ".join(_ALIKE)
"""The columns of a dimension: what definitions may ask of an event, and until when it counts."""
SUMS = ", ".join(_ADDED)
"""Of events alike: how many there are; their columns' sums (NULL: none has any); how many of them add
something by each column (`rest`: the amount without what `extra` says of it)."""
ADDED_UP = ", ".join(f"sum({column})::bigint AS {column}" for column in _ADDED)
"""`SUMS` of rows of sums."""


def sums_of_events(where: str, *more: str, by: str = "e.unit") -> str:
    """SQL of the sums of events `e`: unit (or what `by` puts in its place), year, ALIKE, `more` (expressions
    to tell them apart by), SUMS."""
    keys = [f"{by} AS unit", "e.year", *(f"e.{column}" for column in _ALIKE), *more]
    sums = [f"{sql} AS {column}" for column, sql in _ADDED.items()]
    return f"""
        SELECT {", ".join([*keys, *sums])} FROM log.events e WHERE e.unit IS NOT NULL AND {where}
        GROUP BY {", ".join(str(n + 1) for n in range(len(keys)))}
    """


_TOTAL = "unit, year, dimension"
_CELL = f"block, {_TOTAL}"
_CELL_OF = "{0}.block, {0}.unit, {0}.year, {0}.dimension"
# Column by column: what no event had stays NULL, which takes no room.
_ADD = "DO UPDATE SET " + ", ".join(
    f"{c} = coalesce(was.{c} + excluded.{c}, was.{c}, excluded.{c})" for c in _ADDED
)

_STANDING = "e.stream <> ALL($3)"
_BLOCK = "((e.position - 1) / $4)::int AS block"
_CHUNK = "e.position > $1 AND e.position <= $2"
_EVENTS = sums_of_events(f"{_CHUNK} AND {_STANDING}", _BLOCK)
_TAKEN_ALONG = sums_taken_along("$1", "$2", _STANDING, _BLOCK)
_OF_ONE_BLOCK = f"SELECT *, $3::int AS block FROM ({sums_of_events(_CHUNK)}) AS e"


# Whom units were founded under: as their first establishment said, withdrawn or not, so that it never
# changes. No stream is left out: it depends on the log alone.
_FOUND = """
told AS MATERIALIZED (
    SELECT DISTINCT ON (e.unit) e.unit, convert_from(e.entry, 'UTF8')::json #>> '{data,parent_id}' AS parent
    FROM log.tree_events e
    WHERE e.kind = 'UnitEstablished' AND e.type = 'UnitEstablished' AND e.position > $1 AND e.position <= $2
        AND NOT EXISTS (SELECT FROM founded f WHERE f.unit = e.unit)
    ORDER BY e.unit, e.position
), placed (unit, above) AS (
    SELECT t.unit, CASE WHEN t.parent IS NOT NULL THEN t.parent || f.above END
    FROM told t LEFT JOIN founded f ON f.unit = t.parent
    WHERE t.parent IS NULL OR NOT EXISTS (SELECT FROM told p WHERE p.unit = t.parent)
    UNION ALL
    SELECT t.unit, t.parent || p.above FROM told t JOIN placed p ON p.unit = t.parent
), found AS (
    INSERT INTO founded (unit, above) SELECT unit, above FROM placed ORDER BY unit RETURNING unit, above
)
"""
_BELOW = f"""
INSERT INTO below AS was ({_TOTAL}, {SUMS})
SELECT over.unit, e.year, e.dimension, {ADDED_UP}
FROM (
    SELECT f.above, r.year, r.dimension, {ADDED_UP} FROM {{rows}} AS r JOIN {{founded}} AS f USING (unit)
    GROUP BY 1, 2, 3, '0'::xid
) AS e CROSS JOIN unnest(e.above) AS over (unit)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


# In the order of their keys: two that add to the same rows wait for each other in turn, never in a circle.
# The id of a dimension is the same in every build; two of one id would break the primary key.
def _into_cells(sums: str, *then: str, first: str = "", met_before: str = "", there_before: str = "") -> str:
    return f"""
WITH {first} read AS MATERIALIZED (
    SELECT hash_record_extended(ROW({ALIKE}), 0) AS dimension, * FROM ({sums}) AS r
), met AS (
    INSERT INTO dimension (id, {ALIKE}) SELECT DISTINCT dimension, {ALIKE} FROM read ORDER BY dimension
    {met_before}
), cells AS (
    INSERT INTO cell AS was ({_CELL}, {SUMS}) SELECT {_CELL}, {SUMS} FROM read ORDER BY {_CELL}
    {there_before}
)
{"".join(then) or "SELECT"}
"""


_FOLD = _into_cells(
    f"{_EVENTS} UNION ALL {_TAKEN_ALONG}",
    f""", totals AS (
    INSERT INTO total AS was ({_TOTAL}, {SUMS})
    SELECT {_TOTAL}, {ADDED_UP} FROM read GROUP BY {_TOTAL} ORDER BY {_TOTAL}
    ON CONFLICT ({_TOTAL}) {_ADD}
)
{_BELOW.format(rows="read", founded="(TABLE founded UNION ALL TABLE found)")}
ON CONFLICT ({_TOTAL}) {_ADD}
""",
    first=f"RECURSIVE {_FOUND},",
    met_before="ON CONFLICT ON CONSTRAINT dimension_alike DO NOTHING",
    there_before=f"ON CONFLICT ({_CELL}) {_ADD}",
)

# While chunks are gathered there is no key yet: each adds rows of its own, and waits for nobody.
_GATHER = _into_cells(_EVENTS)
_GATHER_ONE_BLOCK = _into_cells(_OF_ONE_BLOCK)
_GATHER_TAKEN_ALONG = _into_cells(_TAKEN_ALONG)

# Cells lie nearly in order, block by block: sorting them before they are summed is quicker than after it.
# Rows of one key, which several chunks of a block have, or what was taken along; then all is as folded.
_SETTLE = f"""
WITH again AS (
    SELECT {_CELL} FROM cell GROUP BY {_CELL} HAVING count(*) > 1
), gone AS (
    DELETE FROM cell USING again WHERE ({_CELL_OF.format("cell")}) = ({_CELL_OF.format("again")})
    RETURNING cell.*
)
INSERT INTO cell ({_CELL}, {SUMS}) SELECT {_CELL}, {ADDED_UP} FROM gone GROUP BY {_CELL};
SET LOCAL enable_hashagg TO off;
INSERT INTO total ({_TOTAL}, {SUMS})
SELECT {_TOTAL}, {ADDED_UP} FROM cell GROUP BY {_TOTAL} ORDER BY {_TOTAL};
RESET enable_hashagg;
{_BELOW.format(rows="total", founded="founded")};
DELETE FROM dimension d USING dimension same WHERE same.id = d.id AND same.ctid < d.ctid;
"""

_SUM_COLUMNS = """
            quantity        bigint,
            extra           bigint,
            amount          bigint,
            dimension       bigint   NOT NULL,
            number          integer  NOT NULL,
            quantity_events integer  NOT NULL,
            extra_events    integer  NOT NULL,
            amount_events   integer  NOT NULL,
            rest_events     integer  NOT NULL,
            year            smallint NOT NULL,
            unit            text     NOT NULL
"""


class Statistics(Projection):
    """Sums by unit, year and dimension."""

    name: ClassVar[str] = "statistics"
    version: ClassVar[int] = (4 << 20) + 2  # above those that told of definitions in their lower bits
    tables: ClassVar[str] = f"""
        CREATE TABLE dimension (
            id          bigint   NOT NULL,
            kind        text     NOT NULL,
            level       text,
            subject     text,
            measure     text,
            measure_was text,
            pocket      text,
            until_year  smallint  -- what these events add is taken off again from there on
        );
        CREATE TABLE cell ({_SUM_COLUMNS},
            block           integer  NOT NULL  -- the events at positions block · BLOCK + 1 and following
        ) WITH (fillfactor = 80);
        CREATE TABLE total ({_SUM_COLUMNS}) WITH (fillfactor = 80);
        -- Of all units together that were founded under this one.
        CREATE TABLE below ({_SUM_COLUMNS}) WITH (fillfactor = 80);
        CREATE TABLE founded (
            unit  text NOT NULL,
            above text[]  -- whom it was founded under, that one's, and so on; NULL: a root
        );
    """
    indexes: ClassVar[str] = f"""
        ALTER TABLE dimension ADD CONSTRAINT dimension_pkey PRIMARY KEY (id),
            ADD CONSTRAINT dimension_alike UNIQUE NULLS NOT DISTINCT ({ALIKE});
        ALTER TABLE cell ADD CONSTRAINT cell_pkey PRIMARY KEY ({_CELL});
        ALTER TABLE total ADD CONSTRAINT total_pkey PRIMARY KEY ({_TOTAL});
        ALTER TABLE below ADD CONSTRAINT below_pkey PRIMARY KEY ({_TOTAL});
        ALTER TABLE founded ADD CONSTRAINT founded_pkey PRIMARY KEY (unit);
    """

    chunk: ClassVar[int] = BLOCK
    block: ClassVar[int] = BLOCK
    in_any_order: ClassVar[bool] = True

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        await connection.execute(_FOLD, after, through, list(parked), self.block)

    async def gather(self, connection: Any, after: int, through: int) -> None:
        block = after // self.block
        if through <= (block + 1) * self.block:
            await connection.execute(_GATHER_ONE_BLOCK, after, through, block)
        else:
            await connection.execute(_GATHER, after, through, [], self.block)

    async def settle(self, connection: Any, through: int) -> None:
        await connection.execute(_GATHER_TAKEN_ALONG, 0, through, [], self.block)
        await connection.execute(f"WITH RECURSIVE {_FOUND} SELECT", 0, through)
        await connection.execute(_SETTLE)
