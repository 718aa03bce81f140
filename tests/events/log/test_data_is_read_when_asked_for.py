"""A candidate's years are loaded without what their entries say; a rule that asks gets it all the same."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from events.deciding import Command
from events.log import read
from events.log.append import Log
from events.log.outcome import Outcome, Recorded
from events.refusals import Refused
from tests.events.log.commands import command, must, unit
from tests.events.log.conftest import Opens

Script = Sequence[Callable[[str, list[UUID]], Command]]
"""Each makes a command for a candidate, of the events its earlier ones made."""


def _registered(who: str, year: int, **more: Any) -> Command:
    return command(
        "ModelRegistered", f"{year}-03-01", candidate_id=who, model="clan", unit_id="x", year=year, **more
    )


def _evaluated(who: str, year: int, **said: Any) -> Command:
    return command(
        "ModelEvaluated", f"{year}-11-01", candidate_id=who, year=year, rule_set="qd-448-2015", **said
    )


def _recognised(who: str, year: int, number: str) -> Command:
    said = {"decision_no": number, "decided_by": "UBND xã"}
    return command("ModelRecognised", f"{year}-12-01", candidate_id=who, year=year, **said)


def _withdrawn(event_id: UUID) -> Command:
    return command("RecordWithdrawn", "2018-01-05", event_id=str(event_id), reason="Ghi nhầm")


SCRIPT: Script = (
    lambda who, _: _registered(who, 2016, name="Họ Nông", note="Trưởng họ mới"),
    lambda who, _: _evaluated(who, 2016, achieved=True, rating="good"),
    lambda who, _: _registered(who, 2017),
    lambda who, _: _evaluated(who, 2017, achieved=False),
    lambda who, _: _recognised(who, 2017, "1/QĐ"),  # refused: not achieved
    lambda who, _: _evaluated(who, 2017, achieved=True, rating="fair"),
    lambda who, _: _recognised(who, 2017, "2/QĐ"),
    lambda who, _: _recognised(who, 2017, "3/QĐ"),  # refused, naming the second
    lambda who, _: _evaluated(who, 2017, achieved=False),  # refused: recognised
    lambda who, made: _withdrawn(made[4]),  # refused, for the same reason
    lambda who, made: _withdrawn(made[1]),
    lambda who, made: command(
        "NoteErased", "2018-01-06", event_id=str(made[0]), field="note", ground="request"
    ),
    lambda who, made: command(
        "NoteErased", "2018-01-06", event_id=str(made[0]), field="note", ground="request"
    ),  # refused: erased already
    lambda who, made: command(
        "NoteErased", "2018-01-06", event_id=str(made[2]), field="note", ground="request"
    ),  # refused: there is none
)


def _told(outcome: Outcome) -> object:
    if isinstance(outcome, Recorded):
        return outcome.version
    assert isinstance(outcome, Refused)
    return outcome.code, outcome.field, {name: v for name, v in outcome.values.items() if name != "event"}


async def _played(who: str, log: Callable[[], Any]) -> list[object]:
    made: list[UUID] = []
    told: list[object] = []
    for of in SCRIPT:
        (outcome,) = await (await log()).record([of(who, made)])
        if isinstance(outcome, Recorded):
            made.append(outcome.event_id)
        told.append(_told(outcome))
    return told


_EFFECTS = """
    SELECT version, type, kind, year, unit, subject, measure, measure_was, quantity, extra,
        target IS NOT NULL AS aims FROM log.events WHERE stream = $1 ORDER BY version
"""


async def test_a_service_that_remembers_and_one_that_was_just_started_decide_alike(
    open_log: Opens, service: Any
) -> None:
    warm = await open_log()
    await must(warm, unit("p", level="province"), unit("x", "p"))

    async def the_same() -> Log:
        return warm

    remembered = await _played("ho-nong", the_same)
    anew = await _played("ho-hoang", open_log)
    assert [t if isinstance(t, int) else t[0] for t in anew] == [  # type: ignore[index]
        1, 2, 3, 4, "recognition-without-achieving", 5, 6, "model-already-recognised",
        "recognition-stands-on-evaluation", "recognition-stands-on-evaluation", 7, 8, "note-already-erased",
        "note-empty",
    ]  # fmt: skip
    assert str(anew).replace("ho-hoang", "ho-nong") == str(remembered)
    effects = [
        [tuple(row) for row in await service.fetch(_EFFECTS, f"model-{who}")]
        for who in ("ho-nong", "ho-hoang")
    ]
    assert effects[0] == effects[1]
    assert [row[9] for row in effects[0] if row[1] == "ModelEvaluated"] == [1, 0, 1]


async def test_nothing_is_read_that_no_rule_asks_for(open_log: Opens, monkeypatch: Any) -> None:
    log = await open_log()
    await must(log, unit("p", level="province"), unit("x", "p"), _registered("ho-nong", 2016))
    await must(log, _evaluated("ho-nong", 2016, achieved=True, rating="good"))

    def never(*_: object) -> None:
        raise AssertionError("an entry was read")

    later = await open_log()
    await must(later, unit("y", "p"))
    monkeypatch.setattr(read, "data_in", never)
    await must(later, _registered("ho-nong", 2017), _evaluated("ho-nong", 2017, achieved=True))
