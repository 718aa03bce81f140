"""The event store of PyPI's `eventsourcing` on the same server, with its PostgreSQL recorder.

Needs the extra `bench`. Everything durable, as the server is; order as that library gives it, by its lock on
the table of events.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

MISSING = "the extra is not installed: pip install 'khuyenhoc[bench]'"
PAGE = 1_000
"""Events read at once: more is no quicker."""
WRITTEN = 100
"""Events written beforehand in one transaction; with ten thousand its pipeline stalls for good."""


class ForeignStore:
    """A store in the database of `owner_url`. Raises `ImportError` where the extra is not installed."""

    def __init__(self, owner_url: str, table: str = "foreign_events", threads: int = 16) -> None:
        from eventsourcing.persistence import DatetimeAsISO, JSONTranscoder, Mapper, StoredEvent, UUIDAsHex
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

        parts = urlsplit(owner_url)
        query = parse_qs(parts.query)
        self._datastore = PostgresDatastore(
            dbname=parts.path.lstrip("/"),
            host=query["host"][0],
            port=query["port"][0],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            schema="beside",
            pool_size=threads,
            max_overflow=0,
        )
        self.recorder: Any = PostgresApplicationRecorder(self._datastore, events_table_name=table)
        self.recorder.create_table()
        transcoder = JSONTranscoder()
        transcoder.register(UUIDAsHex())
        transcoder.register(DatetimeAsISO())
        self._mapper: Any = Mapper(transcoder)
        self._stored: Any = StoredEvent
        self._threads = threads

    def close(self) -> None:
        self._datastore.close()

    def insert_singly(self, count: int, size: int) -> float:
        """Events of `size` bytes a second, one in each insert, from all threads."""
        each, state = count // self._threads, b'{"d":"' + b"x" * (size - 8) + b'"}'

        def insert(_: int) -> None:
            for _ in range(each):
                self.recorder.insert_events([self._stored(uuid4(), 1, "t:T", state)])

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(insert, range(self._threads)))  # connections are opened
            started = time.perf_counter()
            list(pool.map(insert, range(self._threads)))
            return each * self._threads / (time.perf_counter() - started)

    def fill(self, commands: Iterable[dict[str, Any]], count: int) -> None:
        """So many domain events that hold these commands, again from the first when they end."""
        from tests.benchmarks.foreign_events import Happened

        endless = islice(cycle(commands), count)
        while page := list(islice(endless, WRITTEN)):
            events = [Happened(uuid4(), 1, datetime.now(UTC), command) for command in page]
            self.recorder.insert_events([self._mapper.to_stored_event(e) for e in events])

    def fold(self, *, decoded: bool) -> tuple[int, float]:
        """(events counted, seconds) of reading all, page by page, into one counter; as domain events, or as
        the rows they are stored in."""
        started, at, count = time.perf_counter(), 0, 0
        while page := self.recorder.select_notifications(at, PAGE, inclusive_of_start=False):
            for notification in page:
                if decoded:
                    event = self._mapper.to_domain_event(notification)
                    count += len(event.command) > 0
                else:
                    count += 1
            at = page[-1].id
        return count, time.perf_counter() - started
