"""Read model `history`: in which stretches of the log a unit or an actor occurs.

It serves the auditor's histories in place of two indexes on `log.events`, which every append would pay for.
A stretch is `STRETCH` positions long; of `IN_BLOCK` stretches one row says in which of them there is
something: far fewer rows than an index has. The rest is read from the log.
"""

from collections.abc import Sequence
from typing import Any

from workers.projection import Projection

STRETCH = 1024
"""Positions in one stretch; stretch n holds n * STRETCH < position ≤ (n + 1) * STRETCH."""
IN_BLOCK = 128
"""Stretches in one block, as the bits of a row from the left."""

_COLUMNS = {"actor": "uuid", "unit": "text"}

_TABLES = "".join(
    f"""
    CREATE TABLE {column}_block (
        block     integer NOT NULL,
        stretches bit({IN_BLOCK}) NOT NULL,
        {column}  {type_} NOT NULL,
        PRIMARY KEY ({column}, block)
    ) WITH (fillfactor = 80);
    """
    for column, type_ in _COLUMNS.items()
)

_ADD = """
    INSERT INTO {0}_block AS was (block, stretches, {0})
    SELECT block, stretches, {0} FROM met WHERE {0} IS NOT NULL ORDER BY {0}, block
    ON CONFLICT ({0}, block) DO UPDATE SET stretches = was.stretches | excluded.stretches
"""

# In the order of the keys: two that add to the same rows wait for each other in turn, never in a circle.
_FOLD = f"""
WITH met AS MATERIALIZED (
    SELECT ((position - 1) / {STRETCH * IN_BLOCK})::integer AS block, unit, actor,
        bit_or(
            set_bit(B'{"0" * IN_BLOCK}', ((position - 1) / {STRETCH} % {IN_BLOCK})::integer, 1)
        ) AS stretches
    FROM log.events WHERE position > $1 AND position <= $2 AND stream <> ALL($3)
    GROUP BY GROUPING SETS ((1, unit), (1, actor))
), actors AS ({_ADD.format("actor")})
{_ADD.format("unit")}
"""

# $1: which units or actors. $2 to $3: which stretches.
STRETCHES = f"""
SELECT block * {IN_BLOCK} + n AS stretch
FROM (
    SELECT block, bit_or(stretches) AS stretches FROM read_history.{{column}}_block
    WHERE {{column}} = ANY($1) AND block BETWEEN $2 / {IN_BLOCK} AND $3 / {IN_BLOCK} GROUP BY block
) AS found, generate_series(0, {IN_BLOCK - 1}) AS n
WHERE get_bit(stretches, n) = 1 AND block * {IN_BLOCK} + n BETWEEN $2 AND $3
"""
"""SQL of the stretches `$2` to `$3` in which any of `$1` occurs, by `unit` or `actor` as `{column}`."""


class Histories(Projection):
    name = "history"
    version = 2
    tables = _TABLES
    chunk = STRETCH * IN_BLOCK
    in_any_order = True

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        await connection.execute(_FOLD, after, through, list(parked))
