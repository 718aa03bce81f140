"""The yearly tables of an export's units, each as the service answers it by itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from services.exports.across import Sums, sums_across
from services.exports.ground import Ground
from services.statistics.scope import Scope
from services.statistics.yearly import ALL, YearlyTable, figures_from, table_of
from workers.projector import parked_streams

_TOUCHED = (
    "SELECT DISTINCT unit FROM log.events WHERE stream = ANY($1) AND position <= $2 AND unit IS NOT NULL"
)


async def yearly_tables(connection: Any, ground: Ground) -> AsyncIterator[list[YearlyTable]]:
    """Year by year, a table for each unit, in the order of the ground's scopes."""
    touched: frozenset[str] = frozenset()
    if parked := await parked_streams(connection, "statistics"):
        rows = await connection.fetch(_TOUCHED, parked, ground.known)
        touched = frozenset(row["unit"] for row in rows)
    async for year, sums in sums_across(connection, ground):
        yield await asyncio.to_thread(_made, ground.scopes[year], year, sums, touched)


def _made(scopes: list[Scope], year: int, sums: list[Sums], touched: frozenset[str]) -> list[YearlyTable]:
    return [
        table_of(
            scope,
            year,
            figures_from(found),
            ALL,
            incomplete=bool(touched) and any(unit in touched for unit, _ in scope.units),
        )
        for scope, found in zip(scopes, sums, strict=True)
    ]
