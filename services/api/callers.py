"""Who is asking: from a token to its actor, the actor's roles, and the units these reach.

What is remembered is checked against the log for every request, so that an expiry or a withdrawal holds at
once, in every process. All requests that wait are checked with one query.
"""

import asyncio
import datetime as dt
import hmac
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from events.catalogue.access import AccessState
from events.log.read import load_tree, read_stream
from events.permissions import has_whole_log, reached
from events.tree import Tree
from events.vocabulary import LOCAL_ACTOR, day_of
from services.api.tokens.secret import digest_of, read_token

NOTED_EVERY = dt.timedelta(minutes=1)
"""How often a token's last use is written down, at most."""
REMEMBERED = 10_000
"""Tokens kept in memory by one process."""

_LOOK = """
    SELECT h.tree_position, h.now, t.token_id, t.actor_id, t.digest, t.last_used_at,
        (SELECT e.version FROM log.events e WHERE e.stream = 'access-' || t.actor_id
         ORDER BY e.version DESC LIMIT 1) AS version
    FROM (SELECT tree_position, clock_timestamp() AS now FROM log.head) h
    LEFT JOIN log.tokens t ON t.token_id = ANY($1)
"""
_USED = """
    UPDATE log.tokens SET last_used_at = clock_timestamp()
    WHERE token_id = ANY($1) AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - $2::interval)
"""


@dataclass(frozen=True)
class Caller:
    """One actor as it stands now."""

    actor: UUID
    token_id: UUID
    roles: frozenset[tuple[str, str]]
    tree: Tree | None
    today: dt.date
    _reach: dict[frozenset[str], frozenset[str] | None] = field(default_factory=dict, compare=False)

    @cached_property
    def is_local(self) -> bool:
        """Whoever sits at this machine: may everything."""
        return self.actor == LOCAL_ACTOR

    def holds(self, wanted: frozenset[str]) -> bool:
        """Whether it has one of these roles anywhere."""
        return self.is_local or any(role in wanted for role, _ in self.roles)

    def reach(self, wanted: frozenset[str]) -> frozenset[str] | None:
        """The units whose records it may see in one of these roles; None: the whole log."""
        if self.is_local:
            return None
        if wanted not in self._reach:
            self._reach[wanted] = self._reached(wanted)
        return self._reach[wanted]

    def _reached(self, wanted: frozenset[str]) -> frozenset[str] | None:
        assert self.tree is not None
        if has_whole_log(self.tree, self.roles, wanted, self.today):
            return None
        units: set[str] = set()
        for role, unit in self.roles:
            if role in wanted:
                units |= reached(self.tree, unit, self.today)
        return frozenset(units)


class Callers:
    """Checks tokens for one process, over one connection of the service's role."""

    def __init__(self, pool: Any, local_token: str) -> None:
        self._pool = pool
        self._local_digest = digest_of(local_token)
        self._local = Caller(LOCAL_ACTOR, LOCAL_ACTOR, frozenset(), None, dt.date.min)
        self._states: dict[UUID, tuple[int, AccessState]] = {}
        self._known: dict[UUID, tuple[tuple[int, int, dt.date], Caller]] = {}
        self._tree: tuple[int, Tree] = (-1, Tree())
        self._noted: dict[UUID, dt.datetime] = {}
        self._waiting: dict[UUID, list[tuple[bytes, asyncio.Future[Caller | None]]]] = {}
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, database_url: str, local_token: str) -> "Callers":
        pool = await asyncpg.create_pool(
            database_url,
            min_size=1,
            max_size=1,
            command_timeout=10,
            reset=_nothing_to_reset,
            server_settings={"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"},
        )  # one question, always by index: it is planned once
        return cls(pool, local_token)

    async def close(self) -> None:
        await self._pool.close()

    async def of(self, token: str) -> Caller | None:
        """Whose token that is; None if it opens nothing (any more). Raises the connection's own errors."""
        read = read_token(token)
        if read is None:
            return None
        token_id, digest = read
        if token_id == LOCAL_ACTOR:
            return self._local if hmac.compare_digest(digest, self._local_digest) else None
        asked: asyncio.Future[Caller | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(token_id, []).append((digest, asked))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="token checks")
        return await asked

    async def _work(self) -> None:
        """Check what waits, then what came meanwhile."""
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                async with self._pool.acquire(timeout=10) as connection:
                    while batch:
                        await self._check(connection, batch)
                        batch, self._waiting = self._waiting, {}
            except Exception as e:
                for _, asked in (a for asking in batch.values() for a in asking):
                    if not asked.done():
                        asked.set_exception(e)

    async def _check(self, connection: Any, batch: dict[UUID, list[Any]]) -> None:
        rows = await connection.fetch(_LOOK, list(batch))
        found = {row["token_id"]: row for row in rows if row["token_id"] is not None}
        callers = {}
        for token_id, row in found.items():
            caller = await self._caller(connection, row)
            if caller is not None:
                callers[token_id] = caller, row["digest"]
        for token_id, asking in batch.items():
            caller, digest = callers.get(token_id, (None, b""))
            for sent, asked in asking:
                if not asked.done():
                    asked.set_result(caller if caller and hmac.compare_digest(sent, digest) else None)
        await self._note(connection, [r for t, r in found.items() if t in callers])

    async def _caller(self, connection: Any, row: Any) -> Caller | None:
        token_id, actor, version = row["token_id"], row["actor_id"], row["version"] or 0
        today = day_of(row["now"])
        state = await self._state(connection, actor, version)
        token = state.tokens.get(token_id)
        if token is None or (token.expires_on is not None and token.expires_on < today):
            return None
        stand = (state.version, row["tree_position"], today)
        known = self._known.get(token_id)
        if known is None or known[0] != stand:
            if len(self._known) > REMEMBERED:
                self._known.clear()
                self._states.clear()
                self._noted.clear()
            tree = await self._tree_at(connection, row["tree_position"])
            known = stand, Caller(actor, token_id, frozenset(state.roles), tree, today)
            self._known[token_id] = known
        return known[1]

    async def _state(self, connection: Any, actor: UUID, version: int) -> AccessState:
        known = self._states.get(actor)
        if known is None or known[0] < version:
            state = AccessState()
            for stored in await read_stream(connection, f"access-{actor}"):
                state.take(stored.fact)
            known = self._states[actor] = state.version, state
        return known[1]

    async def _tree_at(self, connection: Any, position: int) -> Tree:
        if self._tree[0] != position:
            self._tree = position, await load_tree(connection)
        return self._tree[1]

    async def _note(self, connection: Any, rows: list[Any]) -> None:
        due = [r for r in rows if r["now"] - self._noted.get(r["token_id"], _LONG_AGO) > NOTED_EVERY]
        if due:
            self._noted |= {r["token_id"]: r["now"] for r in due}
            await connection.execute(_USED, [r["token_id"] for r in due], NOTED_EVERY)


async def _nothing_to_reset(connection: Any) -> None:
    """Single statements leave nothing behind; asking the server to clean up would double each check."""


_LONG_AGO = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
