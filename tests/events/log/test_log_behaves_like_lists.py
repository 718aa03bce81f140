"""A state machine drives commands against the plainest model there is: a list for each stream."""

import asyncio
from collections import defaultdict
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deploy.addresses import Addresses
from events.log.append import Log
from events.log.outcome import Accepted, Recorded
from events.log.read import read
from events.sealing.keys import MasterKey
from tests.events.log.commands import refusal, term

LISTS = st.sampled_from(["purpose", "occasion", "item"])
WHICH = st.integers(0, 1)


def _machine(addresses: Addresses, master: MasterKey) -> type[RuleBasedStateMachine]:
    class LogMachine(RuleBasedStateMachine):
        """Two processes' logs on one database; the model knows what was acknowledged."""

        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            self.logs = [self.run(Log.open(addresses.database_url, master)) for _ in range(2)]
            self.reader = self.run(asyncpg.connect(addresses.database_url))
            self.start = self.run(self.reader.fetchval("SELECT position FROM log.head"))
            rows = self.run(self.reader.fetch("SELECT stream, max(version) AS v FROM log.events GROUP BY 1"))
            self.before = {row["stream"]: row["v"] for row in rows}
            self.model: dict[str, list[str]] = defaultdict(list)
            self.sent: list[tuple[UUID, str, str, Recorded]] = []
            self.names = 0

        def run(self, coroutine: Any) -> Any:
            return self.runner.run(coroutine)

        def name(self) -> str:
            self.names += 1
            return f"n{self.names}"

        def acknowledged(self, list_: str, name: str, command_id: UUID, outcome: Any) -> None:
            assert isinstance(outcome, Recorded)
            self.model[list_].append(name)
            assert outcome.version == self.before.get(f"term-{list_}", 0) + len(self.model[list_])
            self.sent.append((command_id, list_, name, outcome))

        @rule(list_=LISTS, which=WHICH)
        def append(self, list_: str, which: int) -> None:
            name, command_id = self.name(), uuid4()
            (outcome,) = self.run(self.logs[which].record([term(name, list_, command_id=command_id)]))
            self.acknowledged(list_, name, command_id, outcome)

        @rule(lists=st.lists(LISTS, min_size=2, max_size=6), which=WHICH, atomic=st.booleans())
        def append_several(self, lists: list[str], which: int, atomic: bool) -> None:
            planned = [(x, self.name(), uuid4()) for x in lists]
            commands = [term(n, x, command_id=c) for x, n, c in planned]
            outcomes = self.run(self.logs[which].record(commands, atomic=atomic))
            for plan, outcome in zip(planned, outcomes, strict=True):
                self.acknowledged(*plan, outcome)

        @rule(list_=LISTS, which=WHICH, off=st.integers(-3, 3))
        def append_expecting(self, list_: str, which: int, off: int) -> None:
            now = self.before.get(f"term-{list_}", 0) + len(self.model[list_])
            name, command_id = self.name(), uuid4()
            sent = term(name, list_, command_id=command_id, expected_version=now + off)
            (outcome,) = self.run(self.logs[which].record([sent]))
            if off == 0:
                self.acknowledged(list_, name, command_id, outcome)
            else:
                assert refusal(outcome) == "version-conflict"

        @precondition(lambda self: self.sent)
        @rule(data=st.data(), which=WHICH, changed=st.booleans())
        def append_again(self, data: Any, which: int, changed: bool) -> None:
            command_id, list_, name, first = data.draw(st.sampled_from(self.sent))
            sent = term(name + ("x" if changed else ""), list_, command_id=command_id)
            (outcome,) = self.run(self.logs[which].record([sent]))
            if changed:
                assert refusal(outcome) == "command-id-reused"
            else:
                assert (outcome.position, outcome.event_id) == (first.position, first.event_id)

        @rule(lists=st.lists(LISTS, min_size=1, max_size=4), which=WHICH)
        def try_only(self, lists: list[str], which: int) -> None:
            outcomes = self.run(self.logs[which].record([term("dry", x) for x in lists], dry_run=True))
            assert all(isinstance(o, Accepted) for o in outcomes)

        @rule(which=WHICH)
        def restart(self, which: int) -> None:
            self.run(self.logs[which].close())
            self.logs[which] = self.run(Log.open(addresses.database_url, master))

        @invariant()
        def the_log_holds_exactly_what_was_acknowledged(self) -> None:
            stored = self.run(read(self.reader, self.start, limit=10_000))
            assert [e.position for e in stored] == list(range(self.start + 1, self.start + 1 + len(stored)))
            found: dict[str, list[str]] = defaultdict(list)
            for event in stored:
                found[event.fact.data.list].append(event.fact.data.term)  # type: ignore[attr-defined]
            assert found == {k: v for k, v in self.model.items() if v}

        def teardown(self) -> None:
            for log in self.logs:
                self.run(log.close())
            self.run(self.reader.close())
            self.runner.close()

    return LogMachine


async def test_the_log_behaves_like_lists(database: Addresses, master: MasterKey) -> None:
    machine = _machine(database, master)
    checks = settings(
        max_examples=15,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=checks)
