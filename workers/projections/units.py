"""Read model `units`: each unit as it stands today, for lists and search.

Rolling history up over the tree is not done here: that is `events/tree.py`, on any day's tree.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from events.declare import CATALOGUE
from events.log.read import Stored
from events.tree import Tree, Unit
from workers.projection import CannotFoldError, Projection, columns, history_of, page_of
from workers.projections.searching import plain

MEMBER_KINDS = ("MembersCounted", "MembersJoined", "MembersLeft")

_TABLES = """
CREATE TABLE unit (
    unit_id        text    PRIMARY KEY,
    level          text    NOT NULL,
    name           text    NOT NULL,           -- the last one
    search         text    NOT NULL,           -- every name it had, without accents
    recorded_under text,                       -- the parent last recorded, which may have ended
    parent_id      text,                       -- who stands for that one today
    established_on date    NOT NULL,
    ended_on       date,
    ending         text,                       -- merged, split, dissolved
    members        bigint                      -- its own, not those below; null: never counted
);
CREATE INDEX unit_parent ON unit (parent_id, level, unit_id);
CREATE INDEX unit_recorded_under ON unit (recorded_under);
CREATE INDEX unit_ended ON unit (unit_id) WHERE ended_on IS NOT NULL;

CREATE TABLE unit_name (
    unit_id text NOT NULL,
    ordinal smallint NOT NULL,
    valid_from date NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (unit_id, ordinal)
);

-- A code is valid until its unit gets another of the scheme or ends; codes are used again by others.
CREATE TABLE unit_code (
    unit_id     text     NOT NULL,
    ordinal     smallint NOT NULL,
    scheme      text     NOT NULL,
    code        text     NOT NULL,
    valid_from  date     NOT NULL,
    valid_until date,                          -- the first day on which it is no longer valid
    PRIMARY KEY (unit_id, ordinal)
);
CREATE INDEX unit_code_code ON unit_code (code, scheme);

CREATE TABLE unit_external_id (
    unit_id text NOT NULL,
    scheme  text NOT NULL,
    id      text NOT NULL,
    PRIMARY KEY (unit_id, scheme)
);
CREATE INDEX unit_external_id_id ON unit_external_id (id, scheme);

CREATE TABLE successor (
    unit_id      text     NOT NULL,
    ordinal      smallint NOT NULL,
    into_unit_id text     NOT NULL,
    parts        integer  NOT NULL,
    PRIMARY KEY (unit_id, ordinal)
);
CREATE INDEX successor_into ON successor (into_unit_id);
"""

_OWN_TABLES = ("unit_name", "unit_code", "unit_external_id", "successor")

_UPSERT_UNIT = """
INSERT INTO unit (unit_id, level, name, search, recorded_under, established_on, ended_on, ending)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[],
                     $8::text[])
ON CONFLICT (unit_id) DO UPDATE SET
    level = excluded.level, name = excluded.name, search = excluded.search,
    recorded_under = excluded.recorded_under, established_on = excluded.established_on,
    ended_on = excluded.ended_on, ending = excluded.ending
"""

# A merged unit's successor stands for it, the first one of a split unit's, a dissolved one's own parent.
# $1: the units touched. $2: whether an ended one is among them, which may change anybody's parent.
_PARENTS = """
WITH RECURSIVE step AS (
    SELECT unit_id,
           CASE ending WHEN 'dissolved' THEN recorded_under
                ELSE (SELECT into_unit_id FROM successor s WHERE s.unit_id = u.unit_id AND ordinal = 0)
           END AS next
    FROM unit u WHERE ended_on IS NOT NULL
), stands AS (
    SELECT unit_id AS origin, next FROM step
    UNION
    SELECT stands.origin, step.next FROM stands JOIN step ON step.unit_id = stands.next
), today AS (
    SELECT origin, next FROM stands WHERE NOT EXISTS (SELECT FROM step WHERE step.unit_id = stands.next)
)
UPDATE unit u SET parent_id = now.parent_id
FROM (
    SELECT unit_id, CASE WHEN today.origin IS NULL THEN recorded_under ELSE today.next END AS parent_id
    FROM unit LEFT JOIN today ON today.origin = recorded_under
) now
WHERE now.unit_id = u.unit_id AND u.parent_id IS DISTINCT FROM now.parent_id
    AND ($2 OR u.unit_id IN (SELECT unnest($1::text[])) OR u.recorded_under = ANY($1))
"""

# Only differences that no later count has overtaken (until_year) make up today's members.
_COUNTED = f"""
UPDATE unit u SET members = coalesce(u.members, 0) + c.members
FROM (
    SELECT unit, coalesce(sum(quantity) FILTER (WHERE until_year IS NULL), 0) AS members
    FROM log.events
    WHERE kind IN ({", ".join(f"'{kind}'" for kind in MEMBER_KINDS)}) AND {{which}}
    GROUP BY unit
) c
WHERE u.unit_id = c.unit
"""
_MEMBERS = _COUNTED.format(which="position > $1 AND position <= $2 AND stream <> ALL($3)")

# A unit that was withdrawn and is established again: what was counted of it went with its row.
_MEMBERS_BEFORE = _COUNTED.format(
    which="""position <= $1 AND unit IN (
        SELECT unit_id FROM unit WHERE unit_id IN (SELECT unnest($2::text[])) AND members IS NULL
    )"""
)


class Units(Projection):
    name = "units"
    version = 2
    tables = _TABLES
    chunk = 2**17

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        touched = await self._shape(connection, after, through, parked)
        if touched:
            await connection.execute(_MEMBERS_BEFORE, after, touched)
        await connection.execute(_MEMBERS, after, through, list(parked))

    async def gather(self, connection: Any, after: int, through: int) -> None:
        await self._shape(connection, after, through, ())

    async def settle(self, connection: Any, through: int) -> None:
        """Members are counted once the units are there, in one look at the log."""
        await connection.execute(_MEMBERS, 0, through, [])

    async def _shape(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> list[str]:
        """The units touched."""
        shaping = [k for k, kind in CATALOGUE.items() if kind.shapes_tree]
        page = await page_of(connection, after, through, parked, shaping)
        if not page:
            return []
        return await self._reshape(connection, through, {e.fact.stream for e in page}, shaping)

    async def _reshape(
        self, connection: Any, through: int, streams: set[str], shaping: list[str]
    ) -> list[str]:
        """Fold the touched units anew from their (short) streams: withdrawals need no rule of their own."""
        units = _fold(await history_of(connection, streams, through, shaping))
        touched = [s.removeprefix("unit-") for s in streams]
        gone = set(touched) - {u.unit_id for u in units}
        ended = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM unit"
            " WHERE unit_id IN (SELECT unnest($1::text[])) AND ended_on IS NOT NULL)",
            touched,
        )
        await connection.execute("DELETE FROM unit WHERE unit_id IN (SELECT unnest($1::text[]))", list(gone))
        for table in _OWN_TABLES:
            await connection.execute(
                f"DELETE FROM {table} WHERE unit_id IN (SELECT unnest($1::text[]))", touched
            )
        await connection.execute(_UPSERT_UNIT, *columns(map(_unit_row, units), 8))
        await _insert(connection, "unit_name", _names(units))
        await _insert(connection, "unit_code", _codes(units))
        await _insert(connection, "unit_external_id", _external_ids(units))
        await _insert(connection, "successor", _successors(units))
        ended = ended or any(u.ended_on is not None for u in units)
        await connection.execute(_PARENTS, touched, ended)
        return touched


def _fold(history: Iterable[Stored]) -> list[Unit]:
    tree = Tree()
    for event in history:
        try:
            tree.apply(event.fact)
        except LookupError as e:
            raise CannotFoldError(f"{event.fact.type} at {event.position} of a unit not established") from e
    return list(tree)


def _unit_row(unit: Unit) -> tuple[Any, ...]:
    name = unit.name()
    former = (known for _, known in unit.names if known != name)
    search = " | ".join(dict.fromkeys(plain(n) for n in (name, *former)))
    parent = unit.parents[-1][1] if unit.parents else None
    return (unit.unit_id, unit.level, name, search, parent, unit.established_on, unit.ended_on, unit.ending)


def _names(units: Iterable[Unit]) -> list[tuple[Any, ...]]:
    return [(u.unit_id, i, day, name) for u in units for i, (day, name) in enumerate(u.names)]


def _codes(units: Iterable[Unit]) -> list[tuple[Any, ...]]:
    rows = []
    for unit in units:
        for i, (day, scheme, code) in enumerate(unit.codes):
            following = (later for later, other, _ in unit.codes[i + 1 :] if other == scheme)
            rows.append((unit.unit_id, i, scheme, code, day, next(following, unit.ended_on)))
    return rows


def _external_ids(units: Iterable[Unit]) -> list[tuple[Any, ...]]:
    return [(u.unit_id, scheme, known_as) for u in units for scheme, known_as in u.external_ids.items()]


def _successors(units: Iterable[Unit]) -> list[tuple[Any, ...]]:
    return [(u.unit_id, i, into, parts) for u in units for i, (into, parts) in enumerate(u.into)]


async def _insert(connection: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        await connection.copy_records_to_table(table, records=rows)
