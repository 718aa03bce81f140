"""Compares two builds of a read model table by table: by a sum of their rows' hashes, then row by row."""

import asyncio
from typing import Any

import asyncpg
import msgspec

EXAMPLES = 3


class Difference(msgspec.Struct, frozen=True):
    """How one table of the new build differs from the live one."""

    table: str
    missing: int = 0
    """Rows that only the live one has."""
    added: int = 0
    """Rows that only the new one has."""
    examples: list[str] = []
    """A few of them, `-` live and `+` new. Read models hold no sealed values, so neither do these."""
    reshaped: bool = False
    """The table is new, gone, or has other columns; rows were not compared."""


async def differences(connection: Any, live: str, built: str, beside: Any = None) -> list[Difference]:
    """Every table of either schema that differs. Both must be at the same checkpoint, and locked.

    `beside`: another connection, which looks at the live ones meanwhile; they must be as committed.
    """
    shapes, shapes_built = await _shapes(connection, live), await _shapes(connection, built)
    found = []
    for table in sorted({*shapes, *shapes_built}):
        if shapes.get(table) != shapes_built.get(table):
            found.append(Difference(table, reshaped=True))
            continue
        if not shapes[table]:
            continue
        ours, theirs = (f"(SELECT {shapes[table]} FROM {s}.{table})" for s in (live, built))
        if await _equal(beside or connection, ours, connection, theirs):
            continue
        missing, added = await _only(connection, ours, theirs), await _only(connection, theirs, ours)
        if missing[0] or added[0]:
            examples = [f"- {e}" for e in missing[1]] + [f"+ {e}" for e in added[1]]
            found.append(Difference(table, missing[0], added[0], examples))
    return found


async def _equal(connection: Any, rows: str, other_connection: Any, others: str) -> bool:
    """By their sums; False also where there is none."""
    if connection is other_connection:
        found, other = await _sum(connection, rows), await _sum(other_connection, others)
    else:
        found, other = await asyncio.gather(_sum(connection, rows), _sum(other_connection, others))
    return found is not None and found == other


async def _sum(connection: Any, rows: str) -> tuple[Any, ...] | None:
    """How many rows, and their hashes' sum, whatever their order; None for a type that has no hash."""
    try:
        async with connection.transaction():
            found = await connection.fetchrow(
                f"SELECT count(*), sum(hash_record_extended(r, 0)) FROM {rows} AS r"
            )
    except asyncpg.UndefinedFunctionError:
        return None
    return tuple(found)


async def _only(connection: Any, rows: str, others: str) -> tuple[int, list[str]]:
    """How many rows `others` lacks, and a few of them."""
    found = await connection.fetch(
        f"WITH surplus AS MATERIALIZED ({rows} EXCEPT ALL {others})"
        " SELECT (SELECT count(*) FROM surplus) AS rows, surplus::text AS example FROM surplus"
        f" ORDER BY 2 LIMIT {EXAMPLES}"
    )
    return (found[0]["rows"], [row["example"] for row in found]) if found else (0, [])


async def _shapes(connection: Any, schema: str) -> dict[str, str]:
    """table → its columns, quoted, by name."""
    rows = await connection.fetch(
        "SELECT c.relname AS table, coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname), '')"
        " AS columns"
        " FROM pg_class c"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' GROUP BY 1",
        schema,
    )
    return {row["table"]: row["columns"] for row in rows}
