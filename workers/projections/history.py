"""Read model `history`: in which stretches of the log a unit or an actor occurs.

It serves the auditor's histories in place of two indexes on `log.events`, which every append would pay for.
A stretch is `STRETCH` positions long: far fewer rows than an index has; the rest is read from the log.
"""

from collections.abc import Sequence
from typing import Any

from workers.projection import Projection

STRETCH = 1024
"""Positions in one stretch; stretch n holds n * STRETCH < position ≤ (n + 1) * STRETCH."""

_TABLES = """
CREATE TABLE actor_stretch (
    stretch integer NOT NULL,
    actor   uuid    NOT NULL,
    PRIMARY KEY (actor, stretch)
);

CREATE TABLE unit_stretch (
    stretch integer NOT NULL,
    unit    text    NOT NULL,
    PRIMARY KEY (unit, stretch)
);
"""

_FOLD = f"""
INSERT INTO {{column}}_stretch (stretch, {{column}})
SELECT DISTINCT (position - 1) / {STRETCH}, {{column}} FROM log.events
WHERE position > $1 AND position <= $2 AND {{column}} IS NOT NULL AND stream <> ALL($3)
ON CONFLICT DO NOTHING
"""


class Histories(Projection):
    name = "history"
    version = 1
    tables = _TABLES

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        for column in ("actor", "unit"):
            await connection.execute(_FOLD.format(column=column), after, through, list(parked))
