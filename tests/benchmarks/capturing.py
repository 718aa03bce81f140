"""Which statements an answer asks of the database, over which of the service's pools, and what it answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import asyncpg

Statement = tuple[str, tuple[Any, ...]]
Pool = tuple[tuple[Any, ...], dict[str, Any]]
"""What `asyncpg.create_pool` was called with."""


@dataclass(frozen=True)
class Captured:
    """One answer: its body, and the statements behind it, by turns: (number of the pool, statements)."""

    name: str
    path: str
    body: bytes
    turns: list[tuple[int, list[Statement]]]

    @property
    def statements(self) -> int:
        return sum(len(said) for _, said in self.turns)


class Capture:
    """Listens to every pool that is made while it is installed."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []
        self._turns: list[tuple[int, list[Statement]]] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        make = asyncpg.create_pool

        def listened(*words: Any, **how: Any) -> Any:
            number = len(self.pools)
            own = how.pop("init", None)  # of what it does to a connection no query can tell
            self.pools.append((words, how))

            async def begin(connection: Any) -> None:
                if own is not None:
                    await own(connection)
                connection.add_query_logger(lambda query: self._said(number, query))

            return make(*words, init=begin, **how)

        with mock.patch("asyncpg.create_pool", listened):
            yield

    def begin(self) -> None:
        self._turns = []

    def said(self) -> list[tuple[int, list[Statement]]]:
        return self._turns

    def _said(self, number: int, query: Any) -> None:
        if "pg_advisory_unlock_all" in query.query:  # a pool's own, when a connection comes back
            return
        if not self._turns or self._turns[-1][0] != number:
            self._turns.append((number, []))
        self._turns[-1][1].append((query.query, tuple(query.args or ())))
