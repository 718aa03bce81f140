"""Deciding a batch on memory, loading what is missing, and taking decisions back that came to nothing."""

import asyncio
from collections import ChainMap
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from events.book import NotLoaded
from events.deciding import BY_COMMAND, decide, open_book
from events.declare import CATALOGUE, PERSONS_NAMED, Fact
from events.log.batch import Batch, Item, Job
from events.log.commit import Committer
from events.log.connections import Held
from events.log.entry import Preparer, digest_of, sealing_key_id
from events.log.loading import Key, load
from events.log.outcome import LogBehindError
from events.log.read import head, load_tree
from events.log.repeats import find_repeats, reused, same_content
from events.memory import COHORT_KINDS, Memory
from events.proof.outside import CutOffError
from events.refusals import Refused, code
from events.sealing.keys import MasterKey, SealingKey
from events.vocabulary import LOCAL_ACTOR

MEMORY_LIMIT = 300_000
"""Facts kept in memory by one process; about 200 MB."""

PART_OF_REFUSED = code(
    "part-of-refused-batch",
    vi="Lệnh này tự nó hợp lệ, nhưng cả lô bị từ chối vì lệnh khác.",
    en="This command is acceptable by itself, but the batch was refused because of another one.",
)


class Decider:
    """Memory, and the decisions made on it. Effects are folded at once, so later decisions see them."""

    def __init__(self, pool: Any, master: MasterKey, committer: Committer) -> None:
        self._loading, self._looking = self.held = Held(pool), Held(pool)
        self._master = master
        self._committer = committer
        self._preparer = Preparer(master)
        self._memory = Memory()
        self._person_keys: dict[UUID, SealingKey] = {}  # for the batch being decided
        self._keys = ChainMap(self._person_keys)  # and the new ones of the command being decided
        self.refuse_cut_off: Callable[[int], None] = lambda position: None
        """Raises `CutOffError` for a log that ends before its last checkpoint outside the database."""
        self.fresh = False
        """Whether memory accounts for the log up to what the committer knows. If not, it is loaded anew
        before the next decision, for which nothing may be in flight."""

    async def decide(self, jobs: list[Job], flying: dict[tuple[UUID, UUID], Item]) -> Batch:
        """Decide jobs in their order. `flying`: commands whose commit is under way, by actor and id.

        Repeats of what is recorded have their outcome afterwards and are not part of the batch.
        """
        if not self.fresh:
            await self._refresh()
        batch = Batch(jobs, self._committer.known, self._committer.today())
        items = [i for job in jobs for i in job.items if i.outcome is None]
        await self._prefetch(items)
        going: dict[tuple[UUID, UUID], Item] = {}
        for n, item in enumerate(items):
            if item.outcome is not None:
                continue
            first = flying.get(item.key) or going.setdefault(item.key, item)
            if first is not item:
                item.first = first
                if not same_content(item.command, first.command):
                    item.verdict = reused(item.command)
            else:
                try:
                    self._try(item, batch)
                except NotLoaded as missing:
                    await self._load_and_try(missing, items, n, batch)
            batch.items.append(item)
            if n % 16 == 15:  # the commit in flight has its say: it lives on this loop, like requests
                await asyncio.sleep(0)
        if jobs[0].alone:
            self._conclude(jobs[0], batch)
        return batch

    async def _load_and_try(self, missing: NotLoaded, items: list[Item], n: int, batch: Batch) -> None:
        """Of `items` the `n`th, for which `missing` was asked."""
        while True:
            await self._load({missing.key} | self._missing(items[n:], batch))
            try:
                self._try(items[n], batch)
                return
            except NotLoaded as also:
                missing = also

    def _missing(self, items: list[Item], batch: Batch) -> set[Key]:
        """What the decisions ahead will ask for, as far as can be seen now: loaded in the same round trip."""
        keys: set[Key] = set()
        for item in items:
            try:
                if item.outcome is None:
                    decide(open_book(self._memory, item.command, batch.today), item.command)
            except NotLoaded as missing:
                keys.add(missing.key)
            except Refused:
                continue
        return keys

    def _try(self, item: Item, batch: Batch) -> None:
        """Decide on what memory holds. Raises `NotLoaded`, having changed nothing."""
        command = item.command
        book = open_book(self._memory, command, batch.today)
        new_keys: dict[UUID, SealingKey] = {}
        keys = self._keys
        keys.maps = [new_keys, self._person_keys]
        try:
            facts = decide(book, command)
            prepared = [self._preparer.prepare(command, fact, n, keys) for n, fact in enumerate(facts)]
        except Refused as refused:
            # Its traceback would hold the item that holds it.
            item.verdict, item.book = refused.with_traceback(None), book
            return
        item.book, item.facts, item.prepared = book, facts, prepared
        event_id = book.event_id
        item.digest = digest_of(command, event_id, keys)
        if new_keys:
            item.new_keys = new_keys
            self._person_keys |= {k: v for k, v in new_keys.items() if k != event_id}
        for p in prepared:
            self._memory.take(_without_secrets(p.fact) if p.seals else p.fact, item.key)

    def _conclude(self, job: Job, batch: Batch) -> None:
        """An atomic job goes on only as a whole; a dry run never does."""
        whole = all(i.verdict is None and not isinstance(i.outcome, Refused) for i in job.items)
        if whole and not job.dry_run:
            return
        self.take_back(batch.items)
        for item in batch.items:
            if item.verdict is None and item.facts:
                item.verdict = Refused(PART_OF_REFUSED) if job.atomic and not whole else item.accepted()
            item.facts, item.prepared = (), ()

    def take_back(self, items: list[Item]) -> None:
        """Take decisions that will not be appended out of memory. None of it may be in flight."""
        for item in items:
            for stream in item.writes().union(item.book.read if item.book else ()):
                self._memory.drop_state(stream)
            for cohort in item.book.cohorts if item.book else ():
                self._memory.drop_cohort(cohort)
            self._memory.drop_paid(item.facts)
            self._memory.drop_command(*item.key)
            if item.writes_tree():
                self.fresh = False

    def others_wrote(self, streams: set[str], cohorts: set[tuple[str, str, int]], tree: bool) -> None:
        """Drop what other processes changed."""
        if streams:
            self._memory.drop_named()
        for stream in streams:
            self._memory.drop_state(stream)
        for cohort in cohorts:
            self._memory.drop_cohort(cohort)
        if tree:
            self.fresh = False

    def trim(self, pending: list[Item]) -> None:
        """Keep memory within its limit; `pending` is what has been decided but not appended."""
        self._memory.trim(MEMORY_LIMIT, lambda: {s for i in pending for s in i.writes()})

    async def _prefetch(self, items: list[Item]) -> None:
        """One round of loading for all that the batch surely needs."""
        wanted: set[Key] = set()
        for actor in {item.command.actor for item in items}:
            if actor != LOCAL_ACTOR and not self._memory.holds_state(f"access-{actor}"):
                wanted.add(("stream", f"access-{actor}"))
        for item in items:
            self._surely_needs(item, wanted)
        self._person_keys = {}
        self._memory.forget_absences()
        # Side by side, each on a connection of its own; neither is left running where the other fails.
        both = [self._find_repeats(items), *([self._load(wanted)] if wanted else [])]
        for error in await asyncio.gather(*both, return_exceptions=True):
            if error is not None:
                raise error

    async def _find_repeats(self, items: list[Item]) -> None:
        async with self._looking as connection:
            await find_repeats(connection, items, self._master)

    def _surely_needs(self, item: Item, wanted: set[Key]) -> None:
        """Add what deciding it will ask for and memory does not hold."""
        command, kind, data = item.command, item.command.kind, item.command.data
        for ref in kind.refs:
            value = getattr(data, ref)
            for named in value if isinstance(value, list) else (value,):
                key: Key | None = None
                if isinstance(named, str) and named.startswith(BY_COMMAND):
                    key = ("command", command.actor, UUID(named.removeprefix(BY_COMMAND)))
                elif named is not None and kind.stream is None:
                    key = ("event", UUID(named))
                if key and not self._known(key):
                    wanted.add(key)
        if kind.stream is not None and not self._memory.holds_state(stream := kind.stream_of(data)):
            wanted.add(("stream", stream))
        if kind.name in COHORT_KINDS and (cohort := self._memory.lacks_cohort(data)):
            wanted.add(("cohort", *cohort))
        for person in data.names_on_money() if kind.name in PERSONS_NAMED else ():
            if not self._memory.holds_state(f"person-{person}"):
                wanted.add(("stream", f"person-{person}"))
        for name in kind.sealed_in(data) if kind.of_persons else ():
            if kind.sealed[name] != "event":
                wanted.add(("key", sealing_key_id(kind, name, data, UUID(int=0))))

    def _known(self, key: Key) -> bool:
        """Whether a command or event is already located, perhaps only in memory, pending."""
        try:
            if key[0] == "command":
                self._memory.event_of_command(key[1], key[2])  # type: ignore[arg-type]
            elif key[0] == "event":
                self._memory.stream_of_event(key[1])  # type: ignore[arg-type]
            else:
                return False
        except NotLoaded:
            return False
        return True

    async def _load(self, wanted: set[Key]) -> None:
        """Load keys into memory; anew, if others were found to have written meanwhile."""
        while True:
            conflicts = self._committer.conflicts
            async with self._loading as connection:
                loaded = await load(connection, wanted, self._master)
            if conflicts == self._committer.conflicts:
                loaded.into(self._memory)
                self._person_keys |= loaded.keys
                return

    async def _refresh(self) -> None:
        async with self._loading as connection, connection.transaction(isolation="repeatable_read"):
            at = await head(connection)
            tree = await load_tree(connection, at.position)
        self._committer.refuse_older(at.position)
        try:
            self.refuse_cut_off(at.position)
        except CutOffError as e:
            raise LogBehindError(str(e)) from e
        self._memory.forget()
        self._memory.tree = tree
        self._committer.start_at(at.position)
        self.fresh = True


def _without_secrets(fact: Fact) -> Fact:
    """As it will be loaded from the log: memory keeps nothing that an erasure would have to find there."""
    data = CATALOGUE[fact.type].hidden(fact.data)
    return fact if data is fact.data else msgspec.structs.replace(fact, data=data)
