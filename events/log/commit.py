"""The append's transaction: take the head's lock, see what others wrote meanwhile, insert, commit.

Nothing here decides; whatever was built on something that changed is handed back to be decided again.
"""

import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from events.declare import CATALOGUE
from events.log.batch import COLUMNS, Batch, Foreign, Item, Made, made_of, tainted
from events.log.connections import Held
from events.log.entry import Seal
from events.log.erasing import erase
from events.log.outcome import LogBehindError, LogUnavailableError
from events.memory import COHORT_KINDS
from events.sealing.keys import MasterKey, SealingKey
from events.vocabulary import day_of

CLOCK_TOLERANCE = dt.timedelta(seconds=60)
"""Appends stop while the database's clock and the service's differ by more."""

FOREIGN_LIMIT = 20_000
"""Beyond so many foreign events the whole memory is dropped rather than compared."""


_LOOK = "SELECT position, recorded_at, clock_timestamp() AS clock FROM log.head"

_MOVE_HEAD_AND_COMMIT = """
UPDATE log.head SET position = {position}, recorded_at = '{at}',
    tree_position = coalesce({tree}, tree_position), access_position = coalesce({access}, access_position);
COMMIT
"""
"""In one round trip: the fewer there are while the head is locked, the sooner the next append has it."""


@dataclass(slots=True)
class Committed:
    """What became of a batch: what is durable, what must be decided again, how far the log is known."""

    again: list[Item] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    forget: bool = False  # memory as a whole is out of date
    appended: int = 0


class Committer:
    """Appends batches for one process, over one connection at a time."""

    def __init__(self, pool: Any, master: MasterKey) -> None:
        self.held = Held(pool)
        self._master = master
        self.known = 0
        """The position through which this process's memory accounts for everything."""
        self.clock_offset = dt.timedelta()
        self.conflicts = 0
        """How often others were found to have written; tells a loader that what it read may be old."""
        self._seen: deque[Foreign] = deque()
        self._latest = dt.datetime.min.replace(tzinfo=dt.UTC)

    def start_at(self, position: int) -> None:
        """Memory was loaded anew and accounts for everything through `position`."""
        self.known = position
        self._seen.clear()

    def today(self) -> dt.date:
        """The day in Vietnam by the database's clock; like the log's time it never goes back."""
        return day_of(max(dt.datetime.now(dt.UTC) + self.clock_offset, self._latest))

    async def commit(self, batch: Batch) -> Committed:
        """Append what the batch decided. Raises `LogUnavailableError` or the connection's own errors; then
        it is not known whether the batch was recorded."""
        async with self.held as connection:
            await connection.execute("BEGIN")
            try:
                return await self._append(connection, batch)
            except BaseException:
                if not connection.is_closed() and connection.is_in_transaction():
                    await connection.execute("ROLLBACK")
                raise

    async def _append(self, connection: Any, batch: Batch) -> Committed:
        """In a transaction that has begun; it is ended here, unless something is raised."""
        writing = batch.writing()
        head = await connection.fetchrow(_LOOK + (" FOR UPDATE" if writing else ""))
        self._check_clock(head["clock"])
        result = Committed()
        await self._others(connection, head["position"], batch, result)
        if result.again:
            redo = set(map(id, result.again))
            writing = [i for i in writing if id(i) not in redo]
        at = max(head["clock"], head["recorded_at"]) if _finite(head["recorded_at"]) else head["clock"]
        self._latest = at
        if writing and day_of(at) != batch.today:
            await connection.execute("ROLLBACK")  # midnight passed: another day's vouchers
            return Committed(again=batch.items, forget=True)
        made = made_of(writing, head["position"], at)
        result.appended = len(made.rows)
        position = head["position"] + len(made.rows)
        if made.rows:
            await self._write(connection, made, writing)
            moved = {"position": position, "at": at.isoformat(), "tree": made.tree, "access": made.access}
            await connection.execute(_MOVE_HEAD_AND_COMMIT.format_map(_as_sql(moved)))
        else:
            await connection.execute("COMMIT")
        self.known = position
        return result

    def refuse_older(self, position: int) -> None:
        """Raises `LogBehindError` where the log ends before what this process has seen of it."""
        if position < self.known:
            raise LogBehindError(f"the log ends at {position}, it had reached {self.known}")

    def _check_clock(self, clock: dt.datetime) -> None:
        self.clock_offset = clock - dt.datetime.now(dt.UTC)
        if abs(self.clock_offset) > CLOCK_TOLERANCE:
            raise LogUnavailableError(
                f"the database's clock and the service's differ by {self.clock_offset.total_seconds():.0f} s"
            )

    async def _others(self, connection: Any, position: int, batch: Batch, result: Committed) -> None:
        """Compare the batch with what other processes appended since it was begun."""
        self.refuse_older(position)
        if position > self.known:
            self.conflicts += 1
            if position - self.known > FOREIGN_LIMIT:
                result.again, result.forget = batch.items, True
                return
            fetched = await connection.fetch(
                "SELECT position, stream, actor, command_id, unit, subject, year, kind, type"
                " FROM log.events WHERE position > $1 AND position <= $2 ORDER BY position",
                self.known,
                position,
            )
            result.foreign = [_foreign(row) for row in fetched]
            self._seen.extend(result.foreign)
        while self._seen and self._seen[0].position <= batch.begun_at:
            self._seen.popleft()
        if self._seen:
            result.again = tainted(batch.items, list(self._seen))
            if result.again and batch.jobs[0].atomic:
                result.again = batch.items

    async def _write(self, connection: Any, made: Made, items: list[Item]) -> None:
        await connection.copy_records_to_table(
            "events", schema_name="log", columns=COLUMNS, records=made.rows
        )
        if made.seals:
            await self._seal(connection, made.seals, items)
        if made.named:
            await connection.execute(
                "INSERT INTO log.money_named (person_id, position, occurred_on)"
                " SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::date[])",
                *map(list, zip(*made.named, strict=True)),
            )
        if made.erasures:
            await erase(connection, made.erasures)

    async def _seal(self, connection: Any, seals: list[Seal], items: list[Item]) -> None:
        new: dict[UUID, SealingKey] = {k: v for i in items for k, v in (i.new_keys or {}).items()}
        if new:
            await connection.execute(
                "INSERT INTO log.sealing_keys (key_id, wrapped)"
                " SELECT * FROM unnest($1::uuid[], $2::bytea[])",
                list(new),
                [self._master.wrap(key, key_id) for key_id, key in new.items()],
            )
        await connection.execute(
            "INSERT INTO log.sealed (event_id, field, key_id, ciphertext)"
            " SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[])",
            [s.event_id for s in seals],
            [s.field for s in seals],
            [s.key_id for s in seals],
            [s.ciphertext for s in seals],
        )


def _as_sql(values: dict[str, Any]) -> dict[str, Any]:
    return {name: "NULL" if value is None else value for name, value in values.items()}


def _finite(instant: Any) -> bool:
    """The empty log's `-infinity` comes from asyncpg as the smallest datetime."""
    return bool(instant.year > 1)


def _foreign(row: Any) -> Foreign:
    kind = CATALOGUE.get(row["kind"])
    counted = row["kind"] in COHORT_KINDS and row["unit"] and row["subject"]
    return Foreign(
        row["position"],
        row["stream"],
        (row["actor"], row["command_id"]),
        (row["unit"], row["subject"], row["year"]) if counted else None,
        kind is None or kind.shapes_tree,
    )
