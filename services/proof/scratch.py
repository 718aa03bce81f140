"""A ledger for the length of a check: an embedded PostgreSQL of its own, filled from entries alone.

The typed columns are derived anew by deciding once more; figures then come from the same definitions as the
service's.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg

from deploy.embedded.places import forget
from deploy.embedded.postgres import Postgres
from events.log.entry import Entry
from events.log.migrate import migrate
from events.memory import touches_tree
from events.replay import NotDerivableError, Replay, Replayed
from services.proof import findings as f
from services.proof.books import STREAMS
from services.proof.report import WrongError
from workers.projection import Projection
from workers.projections.funds import Funds
from workers.projections.statistics import Statistics
from workers.rebuild.at_once import make_at_once

COLUMNS = (
    "position", "recorded_at", "quantity", "extra", "amount", "event_id", "command_id", "actor", "target",
    "version", "occurred_on", "ordinal", "year", "until_year", "stream", "type", "kind", "unit", "level",
    "subject", "measure", "measure_was", "pocket", "entry",
)  # fmt: skip
CHUNK = 20_000
_INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'log' AND tablename = 'events'
        AND indexname NOT IN ('events_pkey', 'events_tree')
"""
_NOT_ASKED = "events_command"
"""What serves appending only."""
NO_ENTRY = b"{}"
"""Figures come from the typed columns; only those events keep their entry that are read again."""


class Scratch:
    """Takes every entry in order, then answers like a ledger."""

    def __init__(self, server: Postgres, *, books: bool) -> None:
        self._server = server
        self._books = books
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="scratch ledger", daemon=True)
        self._thread.start()
        self._storing: Future[None] | None = None  # the page on its way, while the next is being derived
        self._replay = Replay()
        self._rows: list[tuple[Any, ...]] = []
        self._position = self._tree_position = 0
        self._recorded_at: Any = None
        self._pool: Any = None
        self._indexes: list[str] = []  # made once every entry is there
        self._prepared = False

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def take(self, position: int, entry: Entry, raw: bytes) -> Replayed:
        """Raises `WrongError` for an entry that does not follow from those before it."""
        try:
            replayed = self._replay.take(entry)
        except NotDerivableError as e:
            raise WrongError(f.DOES_NOT_FOLLOW, position, why=e.why) from e
        except (LookupError, ValueError) as e:
            raise WrongError(f.DOES_NOT_FOLLOW, position, why=str(e)) from e
        shapes = touches_tree(replayed.fact)
        if shapes:
            self._tree_position = position
        self._position, self._recorded_at = position, entry.recorded_at
        kept = shapes or (self._books and replayed.fact.stream.partition("-")[0] in STREAMS)
        self._rows.append(_row(position, replayed, raw if kept else NO_ENTRY))
        if len(self._rows) >= CHUNK:
            self._store()
        return replayed

    def fold(self) -> Any:
        """The pool to ask, once everything was taken: statistics, and books if wanted, are at the end."""
        self._store()
        self._await_stored()
        return self.run(self._fold())

    def close(self) -> None:
        if self._pool is not None:
            self._loop.call_soon_threadsafe(self._pool.terminate)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _store(self) -> None:
        self._await_stored()
        self._begin()
        rows, self._rows = self._rows, []
        if rows:
            stored = self._insert(rows, self._position, self._recorded_at, self._tree_position)
            self._storing = asyncio.run_coroutine_threadsafe(stored, self._loop)

    def _begin(self) -> None:
        """Not before there is something to keep: a log whose first entries do not hold needs no server."""
        if not self._prepared:
            self._server.start()
            self.run(self._prepare())
            self._prepared = True

    def _await_stored(self) -> None:
        if self._storing is not None:
            self._storing.result()

    async def _prepare(self) -> None:
        url = self._server.owner_url
        await migrate(url, service_role="khuyenhoc_service", worker_role="khuyenhoc_worker")
        owner = await asyncpg.connect(url)
        try:  # what they keep unique, the replay has checked; filling them would take most of the time
            for name, definition in await owner.fetch(_INDEXES):
                await owner.execute(f'DROP INDEX log."{name}"')
                if name != _NOT_ASKED:
                    self._indexes.append(definition)
            await owner.execute("ALTER TABLE log.events SET UNLOGGED")  # it need not survive a crash
        finally:
            await owner.close()

    async def _insert(
        self, rows: list[tuple[Any, ...]], position: int, recorded_at: Any, tree_position: int
    ) -> None:
        owner = await asyncpg.connect(self._server.owner_url)
        try:
            async with owner.transaction():
                await owner.execute("SET LOCAL synchronous_commit TO off")
                await owner.copy_records_to_table("events", schema_name="log", columns=COLUMNS, records=rows)
                await owner.execute(
                    "UPDATE log.head SET position = $1, recorded_at = $2, tree_position = $3",
                    position,
                    recorded_at,
                    tree_position,
                )
        finally:
            await owner.close()

    async def _index(self) -> None:
        """What the folds look events up by, and how many there are: without, all is read for each of them."""
        owner = await asyncpg.connect(self._server.owner_url)
        try:
            for definition in self._indexes:
                await owner.execute(definition)
            await owner.execute("ANALYZE log.events")
        finally:
            await owner.close()

    async def _fold(self) -> Any:
        await self._index()
        self._pool = await asyncpg.create_pool(self._server.worker_url, min_size=0, max_size=2)
        projections: list[Projection] = [Statistics(), *([Funds()] if self._books else [])]
        await asyncio.gather(*(make_at_once(self._pool, projection) for projection in projections))
        return self._pool


@contextmanager
def scratch(*, books: bool) -> Iterator[Scratch]:
    """Everything it made is gone afterwards. `books`: the fund books are wanted, too."""
    folder = Path(tempfile.mkdtemp(prefix="khuyenhoc-verify-"))
    try:
        server = Postgres(folder)
        made = Scratch(server, books=books)
        try:
            yield made
        finally:
            made.close()
            server.stop("immediate")  # nothing of it is to be kept
    finally:
        forget(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _row(position: int, replayed: Replayed, entry: bytes) -> tuple[Any, ...]:
    fact, e = replayed.fact, replayed.fact.effect
    return (
        position, replayed.recorded_at, e.quantity, e.extra, e.amount, fact.event_id, replayed.command_id,
        fact.actor, e.target, fact.version, fact.occurred_on, replayed.ordinal, e.year, e.until_year,
        fact.stream, fact.type, e.kind, e.unit, e.level, e.subject, e.measure, e.measure_was, e.pocket, entry,
    )  # fmt: skip
