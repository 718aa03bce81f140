"""Read model `banking`: bank statements and their lines, what each line is matched with, and the counts.

No text is here: what a bank or a person wrote stays sealed, and is opened for those who may see it.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from events.catalogue.bank import BankLineRecorded, BankStatementRecorded
from events.catalogue.bank_matches import BankLineMatched, BankLineSetAside
from events.catalogue.corrections import BalanceCounted
from events.log.read import Stored
from workers.projection import CannotFoldError, Projection, columns, page_of

KINDS = tuple(
    kind.__name__
    for kind in (BankStatementRecorded, BankLineRecorded, BankLineMatched, BankLineSetAside, BalanceCounted)
)

TABLES = """
CREATE TABLE statement (
    fund_id      text        NOT NULL,
    statement_id text        NOT NULL,
    event_id     uuid        NOT NULL,
    position     bigint      NOT NULL,
    recorded_at  timestamptz NOT NULL,
    from_date    date        NOT NULL,
    to_date      date        NOT NULL,
    opening      bigint      NOT NULL,            -- đồng
    closing      bigint      NOT NULL,
    file_digest  text,                            -- SHA-256 of the bank's file
    PRIMARY KEY (fund_id, statement_id)
);
CREATE INDEX statement_event ON statement (event_id);

CREATE TABLE line (
    fund_id      text    NOT NULL,
    statement_id text    NOT NULL,
    line         integer NOT NULL,
    event_id     uuid    NOT NULL,
    day          date    NOT NULL,
    amount       bigint  NOT NULL,                -- đồng: what came in is positive
    state        text    NOT NULL DEFAULT 'open', -- open, matched, set_aside
    settled_by   uuid,                            -- the event that matched it or set it aside
    PRIMARY KEY (fund_id, statement_id, line)
);
CREATE INDEX line_event ON line (event_id);
CREATE INDEX line_settled ON line (settled_by) WHERE settled_by IS NOT NULL;

-- An entry of the book found on a statement; several may make up one line.
CREATE TABLE match (
    fund_id      text    NOT NULL,
    entry        uuid    NOT NULL,
    statement_id text    NOT NULL,
    line         integer NOT NULL,
    matched_by   uuid    NOT NULL,
    PRIMARY KEY (fund_id, entry)
);
CREATE INDEX match_line ON match (fund_id, statement_id, line);
CREATE INDEX match_event ON match (matched_by);

-- What was found in a pocket at a day's end.
CREATE TABLE count (
    fund_id     text        NOT NULL,
    counted_on  date        NOT NULL,
    position    bigint      NOT NULL,
    event_id    uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    pocket      text        NOT NULL,
    amount      bigint      NOT NULL,             -- đồng
    PRIMARY KEY (fund_id, counted_on, position)
);
CREATE INDEX count_event ON count (event_id);
"""

_SETTLE = """
UPDATE line l SET state = $1, settled_by = s.event_id
FROM unnest($2::text[], $3::text[], $4::integer[], $5::uuid[]) AS s (fund_id, statement_id, line, event_id)
WHERE (l.fund_id, l.statement_id, l.line) = (s.fund_id, s.statement_id, s.line)
"""

_FORGET = {
    "BankStatementRecorded": ("DELETE FROM statement WHERE event_id IN (SELECT unnest($1::uuid[]))",),
    "BankLineRecorded": ("DELETE FROM line WHERE event_id IN (SELECT unnest($1::uuid[]))",),
    "BankLineMatched": (
        "DELETE FROM match WHERE matched_by IN (SELECT unnest($1::uuid[]))",
        "UPDATE line SET state = 'open', settled_by = NULL WHERE settled_by IN (SELECT unnest($1::uuid[]))",
    ),
    "BankLineSetAside": (
        "UPDATE line SET state = 'open', settled_by = NULL WHERE settled_by IN (SELECT unnest($1::uuid[]))",
    ),
    "BalanceCounted": ("DELETE FROM count WHERE event_id IN (SELECT unnest($1::uuid[]))",),
}
"""What a withdrawal of each kind takes back."""


class Banking(Projection):
    name = "banking"
    version = 1
    tables = TABLES

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        """Runs of the same kind are written together: a statement's lines come in one such run."""
        events = await page_of(connection, after, through, parked, KINDS)
        for (type_, kind), run in groupby(events, key=lambda e: (e.fact.type, e.fact.effect.kind)):
            if type_ == "RecordWithdrawn":
                await _forget(connection, str(kind), list(run))
            else:
                await _take(connection, type_, list(run))


async def _forget(connection: Any, kind: str, run: list[Stored]) -> None:
    for statement in _FORGET[kind]:
        await connection.execute(statement, [event.fact.effect.target for event in run])


async def _take(connection: Any, type_: str, run: list[Stored]) -> None:
    """Rows of a run of events of one type. `Any`: the kinds' structs, told apart by their type's name."""
    data: list[tuple[Stored, Any]] = [(event, event.fact.data) for event in run]
    if type_ == "BankStatementRecorded":
        rows = [
            (d.fund_id, d.statement_id, e.fact.event_id, e.position, e.recorded_at, d.from_date, d.to_date,
             d.opening, d.closing, d.file_digest)
            for e, d in data
        ]  # fmt: skip
        await connection.copy_records_to_table("statement", records=rows)
    elif type_ == "BankLineRecorded":
        names = ("fund_id", "statement_id", "line", "event_id", "day", "amount")
        lines = [(d.fund_id, d.statement_id, d.line, e.fact.event_id, d.date, d.amount) for e, d in data]
        await connection.copy_records_to_table("line", columns=names, records=lines)
    elif type_ == "BalanceCounted":
        counts = [
            (d.fund_id, e.fact.occurred_on, e.position, e.fact.event_id, e.recorded_at, d.pocket, d.amount)
            for e, d in data
        ]
        await connection.copy_records_to_table("count", records=counts)
    else:
        settling = [(d.fund_id, d.statement_id, d.line, e.fact.event_id) for e, d in data]
        state = "matched" if type_ == "BankLineMatched" else "set_aside"
        done = await connection.execute(_SETTLE, state, *columns(settling, 4))
        if done != f"UPDATE {len(settling)}":
            raise CannotFoldError(
                f"{type_} from position {run[0].position} on names a line that is not there"
            )
        matches = [
            (d.fund_id, UUID(entry), d.statement_id, d.line, e.fact.event_id)
            for e, d in data
            for entry in msgspec.structs.asdict(d).get("event_ids", ())
        ]
        await connection.copy_records_to_table("match", records=matches)
