"""Compares two builds of a read model table by table, row by row."""

from typing import Any

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


async def differences(connection: Any, live: str, built: str) -> list[Difference]:
    """Every table of either schema that differs. Both must be at the same checkpoint, and locked."""
    shapes, shapes_built = await _shapes(connection, live), await _shapes(connection, built)
    found = []
    for table in sorted({*shapes, *shapes_built}):
        if shapes.get(table) != shapes_built.get(table):
            found.append(Difference(table, reshaped=True))
            continue
        missing = await _only(connection, f"{live}.{table}", f"{built}.{table}", shapes[table])
        added = await _only(connection, f"{built}.{table}", f"{live}.{table}", shapes[table])
        if missing[0] or added[0]:
            examples = [f"- {e}" for e in missing[1]] + [f"+ {e}" for e in added[1]]
            found.append(Difference(table, missing[0], added[0], examples))
    return found


async def _only(connection: Any, table: str, other: str, columns: str) -> tuple[int, list[str]]:
    """How many rows `other` lacks, and a few of them."""
    if not columns:
        return 0, []
    rows = await connection.fetch(
        "WITH surplus AS MATERIALIZED"
        f" (SELECT {columns} FROM {table} EXCEPT ALL SELECT {columns} FROM {other})"
        " SELECT (SELECT count(*) FROM surplus) AS rows, surplus::text AS example FROM surplus"
        f" ORDER BY 2 LIMIT {EXAMPLES}"
    )
    return (rows[0]["rows"], [row["example"] for row in rows]) if rows else (0, [])


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
