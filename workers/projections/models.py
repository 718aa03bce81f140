"""Read model `models`: what was said of each candidate of a learning model for a year, and who has a name.

Families and citizens are known by ids only, here as in the log. Dates, points and decisions are not repeated:
whoever shows a page of candidates reads them from the log, by position.
"""

from collections.abc import Sequence
from typing import Any

from events.log.read import COLUMNS, Stored, stored
from workers.projection import Projection
from workers.projections.searching import plain

KINDS = ("ModelRegistered", "ModelEvaluated", "ModelRecognised", "RecognitionRevoked")

_TABLES = """
-- One row for each event about a candidate's year, withdrawals too, with the difference that it makes.
CREATE TABLE step (
    position     bigint   NOT NULL,
    undoes       bigint,                       -- the position of what is withdrawn
    year         smallint NOT NULL,
    registered   smallint,
    achieved     smallint,                     -- of evaluations; 0: as before
    recognised   smallint,
    unit_id      text     NOT NULL,            -- where it registered that year
    model        text     NOT NULL,
    candidate_id text     NOT NULL,
    rating       text
);

-- Registrations, withdrawn ones too, that say a name (a clan's, a community's or a unit's) or a person.
CREATE TABLE named (
    position     bigint PRIMARY KEY,
    candidate_id text   NOT NULL,
    name         text,
    search       text,
    person_id    uuid
);
CREATE INDEX named_person ON named (person_id) WHERE person_id IS NOT NULL;

-- Who is registered for a year. Of several evaluations the last one recorded holds.
CREATE VIEW candidate_year AS
SELECT unit_id, year, model, candidate_id,
    max(position) FILTER (WHERE stands AND registered = 1) AS registration,
    max(position) FILTER (WHERE stands AND achieved IS NOT NULL) AS evaluation,
    CASE WHEN bool_or(stands AND achieved IS NOT NULL) THEN sum(achieved) > 0 END AS achieved,
    (array_agg(rating ORDER BY position DESC) FILTER (WHERE stands AND achieved IS NOT NULL))[1] AS rating,
    max(position) FILTER (WHERE stands AND recognised = 1) AS recognition,
    coalesce(sum(recognised) > 0, false) AS recognised
FROM (
    SELECT *, undoes IS NULL AND NOT EXISTS (SELECT FROM step w WHERE w.undoes = s.position) AS stands
    FROM step s
) AS said
GROUP BY unit_id, year, model, candidate_id HAVING sum(registered) > 0;
"""

_INDEXES = """
CREATE INDEX step_unit ON step (unit_id, year);
CREATE INDEX step_undoes ON step (undoes) WHERE undoes IS NOT NULL;
"""

_PAGE = f"""
    FROM log.events e
    WHERE e.position > $1 AND e.position <= $2 AND e.stream <> ALL($3)
        AND e.kind IN ({", ".join(f"'{kind}'" for kind in KINDS)})
"""
_FOLD = f"""
INSERT INTO step (
    position, undoes, year, registered, achieved, recognised, unit_id, model, candidate_id, rating
)
SELECT e.position,
    CASE e.type WHEN 'RecordWithdrawn' THEN
        (SELECT u.position FROM log.events u WHERE u.event_id = e.target) END,
    e.year,
    CASE e.kind WHEN 'ModelRegistered' THEN e.quantity END,
    CASE e.kind WHEN 'ModelEvaluated' THEN e.extra END,
    CASE e.kind WHEN 'ModelRecognised' THEN e.quantity WHEN 'RecognitionRevoked' THEN e.quantity END,
    e.unit, e.subject, substr(e.stream, length('model-') + 1), e.measure
{_PAGE}
"""

# Of registrations only those are read again whose entries may say a name or a person; most are families', and
# say neither. The search begins with the p, since every quote of an entry would be looked behind. Going over
# the page a second time takes less than keeping it aside while it is inserted.
_NAMES = f"""
SELECT e.position {_PAGE} AND e.type = 'ModelRegistered' AND (
    e.subject NOT IN ('family', 'citizen') OR position('person_id"'::bytea IN e.entry) > 0
)
"""
_NAMING = f"SELECT {COLUMNS} FROM log.events WHERE position IN (SELECT unnest($1::bigint[]))"
_AT_ONCE = 2_000


class Models(Projection):
    name = "models"
    version = 2
    tables = _TABLES
    indexes = _INDEXES
    chunk = 2**17
    in_any_order = True

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        page = after, through, list(parked)
        await connection.execute(_FOLD, *page)
        naming = [row["position"] for row in await connection.fetch(_NAMES, *page)]
        for some in range(0, len(naming), _AT_ONCE):
            rows = await connection.fetch(_NAMING, naming[some : some + _AT_ONCE])
            named = [one for row in rows if (one := _named(stored(row)))]
            await connection.copy_records_to_table("named", records=named)


def _named(event: Stored) -> tuple[Any, ...] | None:
    """`Any`: the kind's struct, told by its type's name."""
    data: Any = event.fact.data
    if data.name is None and data.person_id is None:
        return None
    search = None if data.name is None else plain(data.name)
    return event.position, data.candidate_id, data.name, search, data.person_id
