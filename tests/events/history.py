"""A log in memory for tests of rules: Given a history, When a command, Then facts or a refusal."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import msgspec

import events.catalogue.everything  # noqa: F401
from events.deciding import Command, decide, open_book
from events.declare import CATALOGUE, Fact
from events.memory import Memory
from events.vocabulary import LOCAL_ACTOR

TODAY = dt.date(2026, 11, 23)


class History:
    """`given.record("UnitEstablished", "2010-01-01", unit_id="a", …)` returns the facts it made."""

    def __init__(self, today: dt.date = TODAY) -> None:
        self.memory = Memory(complete=True)
        self.today = today
        self.log: list[Fact] = []

    def record(
        self,
        type: str,
        on: str | dt.date,
        /,
        *,
        actor: UUID = LOCAL_ACTOR,
        command_id: UUID | None = None,
        expected_version: int | None = None,
        guarded: bool = False,
        **data: Any,
    ) -> list[Fact]:
        """`guarded`: who may is asked too; otherwise the kind's own rules are tested for themselves."""
        kind = CATALOGUE[type]
        command_id = command_id or uuid4()
        command = Command(
            kind=kind,
            data=msgspec.convert(data, kind.data),
            occurred_on=dt.date.fromisoformat(on) if isinstance(on, str) else on,
            command_id=command_id,
            actor=actor,
            expected_version=expected_version,
        )
        facts = decide(open_book(self.memory, command, self.today), command, guarded=guarded)
        for fact in facts:
            self.memory.take(fact, (actor, command_id))
        self.log += facts
        return facts
