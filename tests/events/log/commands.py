"""Commands for tests of the log, in few words."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import msgspec

import events.catalogue.everything  # noqa: F401
from events.deciding import Command
from events.declare import CATALOGUE
from events.log.append import Log
from events.log.outcome import Outcome, Recorded
from events.refusals import Refused
from events.vocabulary import LOCAL_ACTOR


def command(
    type: str,
    on: str = "2017-01-01",
    /,
    *,
    command_id: UUID | None = None,
    expected_version: int | None = None,
    **data: Any,
) -> Command:
    kind = CATALOGUE[type]
    return Command(
        kind,
        msgspec.convert(data, kind.data),
        dt.date.fromisoformat(on),
        command_id or uuid4(),
        LOCAL_ACTOR,
        expected_version,
    )


def term(name: str, list_: str = "purpose", **how: Any) -> Command:
    """The smallest command there is: one event on stream `term-{list}`."""
    return command("TermDefined", list=list_, term=name, label=name, **how)


def unit(
    unit_id: str, parent_id: str | None = None, level: str = "commune", on: str = "2010-01-01"
) -> Command:
    above = {"parent_id": parent_id} if parent_id else {}
    return command("UnitEstablished", on, unit_id=unit_id, name=unit_id, level=level, **above)


async def must(log: Log, *commands: Command) -> list[Recorded]:
    """Record, all of them."""
    outcomes = await log.record(commands)
    assert all(isinstance(o, Recorded) for o in outcomes), outcomes
    return [o for o in outcomes if isinstance(o, Recorded)]


def refusal(outcome: Outcome) -> str | None:
    """The code of a refusal, None for anything else."""
    return outcome.code if isinstance(outcome, Refused) else None
