"""Who is asking: from a token to its actor, the actor's roles, and the units these reach.

What is remembered holds for one stand of the log only, and every request is checked against the log's own
(`asking.py`), so that an expiry or a withdrawal holds at once, in every process. Requests that wait for a
look-up are looked up with one query.
"""

import asyncio
import datetime as dt
import hmac
import time
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from events.catalogue.access import AccessState
from events.log.connections import PLANNED_ONCE, SETTINGS, Held, keep_as_is, notice
from events.log.read import load_tree, read_stream
from events.permissions import has_whole_log, reached
from events.tree import Tree
from events.vocabulary import LOCAL_ACTOR, day_of
from services.api.tokens.secret import digest_of, read_token

NOTED_EVERY = dt.timedelta(minutes=1)
"""How often a token's last use is written down, at most."""
CONNECTION_SECONDS = 10
"""How long a connection is waited for."""
REMEMBERED = 10_000
"""Tokens kept in memory by one process."""

EVERYTHING = "*"
"""Among the units within reach: the whole log (events/log/sql/0012_second_wall.sql)."""

_LOOK = """
    SELECT h.access_position, h.tree_position, h.now, t.token_id, t.actor_id, t.digest, t.last_used_at,
        (SELECT e.version FROM log.events e WHERE e.stream = 'access-' || t.actor_id
         ORDER BY e.version DESC LIMIT 1) AS version
    FROM (SELECT access_position, tree_position, clock_timestamp() AS now FROM log.head) h
    LEFT JOIN log.tokens t ON t.token_id = ANY($1)
"""
_USED = """
    UPDATE log.tokens SET last_used_at = clock_timestamp()
    WHERE token_id = ANY($1) AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - $2::interval)
"""


class Stand(NamedTuple):
    """All that decides what a token may do: while this is the same, so is the answer."""

    access_position: int
    tree_position: int
    today: dt.date

    @classmethod
    def of(cls, row: Any) -> "Stand":
        """From a row of log.head with the database's clock as `now`."""
        return cls(row["access_position"], row["tree_position"], day_of(row["now"]))


@dataclass(frozen=True)
class Caller:
    """One actor as it stood at one stand of the log; the local one stands whatever the log says."""

    actor: UUID
    token_id: UUID
    roles: frozenset[tuple[str, str]]
    tree: Tree | None
    today: dt.date
    stand: Stand | None = None
    _reach: dict[frozenset[str], frozenset[str] | None] = field(default_factory=dict, compare=False)
    _sight: dict[frozenset[str], str] = field(default_factory=dict, compare=False)

    @cached_property
    def is_local(self) -> bool:
        """Whoever sits at this machine: may everything."""
        return self.actor == LOCAL_ACTOR

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(role for role, _ in self.roles)

    def holds(self, wanted: frozenset[str]) -> bool:
        """Whether it has one of these roles anywhere."""
        return self.is_local or not wanted.isdisjoint(self._names)

    def reach(self, wanted: frozenset[str]) -> frozenset[str] | None:
        """The units whose records it may see in one of these roles; None: the whole log."""
        if self.is_local:
            return None
        if wanted not in self._reach:
            self._reach[wanted] = self._reached(wanted)
        return self._reach[wanted]

    def sight(self, wanted: frozenset[str], unit_id: str | None = None) -> str:
        """The reach as the database is told it, `*` for the whole log. With a unit within it, all that was
        ever below that unit is added."""
        reach = self.reach(wanted)
        if reach is None:
            return EVERYTHING
        if wanted not in self._sight:
            self._sight[wanted] = ",".join(sorted(reach))
        if unit_id not in reach or not self.tree:
            return self._sight[wanted]
        once = ever_below(self.tree, unit_id) - reach
        return ",".join([self._sight[wanted], *sorted(once)])

    def _reached(self, wanted: frozenset[str]) -> frozenset[str] | None:
        assert self.tree is not None
        if has_whole_log(self.tree, self.roles, wanted, self.today):
            return None
        units: set[str] = set()
        for role, unit in self.roles:
            if role in wanted:
                units |= reached(self.tree, unit, self.today)
        return frozenset(units)


def ever_below(tree: Tree, unit_id: str) -> frozenset[str]:
    """Every unit that on some day lay below this one or passed its history on to it, however indirectly."""
    below, found = _below(tree), {unit_id}
    open_ = [unit_id]
    while open_:
        new = below.get(open_.pop(), set()) - found
        found |= new
        open_ += new
    return frozenset(found)


@lru_cache(maxsize=2)
def _below(tree: Tree) -> dict[str, set[str]]:
    below: dict[str, set[str]] = {}
    for unit in tree:
        for _, above in unit.parents:
            below.setdefault(above, set()).add(unit.unit_id)
        for successor, _ in unit.into:
            below.setdefault(successor, set()).add(unit.unit_id)
    return below


class Callers:
    """Checks tokens for one process, over one connection of the service's role."""

    def __init__(self, pool: Any, local_token: str) -> None:
        self._pool = pool
        self._held = Held(pool, CONNECTION_SECONDS)
        self._local_digest = digest_of(local_token)
        self._local = Caller(LOCAL_ACTOR, LOCAL_ACTOR, frozenset(), None, dt.date.min)
        self._states: dict[UUID, tuple[int, AccessState]] = {}
        self._known: dict[bytes, _Known] = {}  # by the token's digest
        self._tree: tuple[int, Tree] = (-1, Tree())
        self._noted: dict[UUID, dt.datetime] = {}
        self._waiting: dict[UUID, list[tuple[bytes, asyncio.Future[Caller | None]]]] = {}
        self._confirming: list[asyncio.Future[Stand]] = []
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, database_url: str, local_token: str) -> "Callers":
        pool = await asyncpg.create_pool(
            database_url,
            min_size=1,
            max_size=1,
            command_timeout=10,
            reset=keep_as_is,
            init=notice,
            server_settings={**PLANNED_ONCE, **SETTINGS},
        )
        return cls(pool, local_token)

    async def close(self) -> None:
        await self._held.drop()
        await self._pool.close()

    def remembered(self, token: str) -> Caller | None:
        """Whose token that was when it was last looked up: to be taken for true only where the log's stand is
        still the caller's. None: look it up, if only to note its use."""
        known = self._known.get(digest_of(token))
        return known.caller if known is not None and time.monotonic() < known.until else None

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
        self._begin()
        return await asked

    async def stand(self) -> Stand:
        """How the log stands now: who ask while a query is under way share the next. Raises the connection's
        own errors."""
        asked: asyncio.Future[Stand] = asyncio.get_running_loop().create_future()
        self._confirming.append(asked)
        self._begin()
        return await asked

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="token checks")

    async def _work(self) -> None:
        """Check what waits, then what came meanwhile."""
        while self._waiting or self._confirming:
            batch, confirming = self._take()
            try:
                async with self._held as connection:
                    while batch or confirming:
                        await self._check(connection, batch, confirming)
                        batch, confirming = self._take()
            except Exception as e:
                for asked in (*confirming, *(a for asking in batch.values() for _, a in asking)):
                    if not asked.done():
                        asked.set_exception(e)

    def _take(self) -> tuple[dict[UUID, list[Any]], list[Any]]:
        taken = self._waiting, self._confirming
        self._waiting, self._confirming = {}, []
        return taken

    async def _check(self, connection: Any, batch: dict[UUID, list[Any]], confirming: list[Any]) -> None:
        rows = await connection.fetch(_LOOK, list(batch))
        stand = Stand.of(rows[0])  # there is one, if without a token
        for asked in confirming:
            if not asked.done():
                asked.set_result(stand)
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
        stand, known = Stand.of(row), self._known.get(row["digest"])
        if known is not None and known.caller.stand == stand:
            caller = known.caller
        else:
            self._forget_some()
            tree = await self._tree_at(connection, stand.tree_position)
            caller = Caller(actor, token_id, frozenset(state.roles), tree, today, stand)
        self._known[row["digest"]] = _Known(caller, time.monotonic() + NOTED_EVERY.total_seconds())
        return caller

    def _forget_some(self) -> None:
        if len(self._known) > REMEMBERED:
            self._known.clear()
            self._states.clear()
            self._noted.clear()

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


class _Known(NamedTuple):
    caller: Caller
    until: float  # by the monotonic clock: then its use is noted again


_LONG_AGO = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
