"""A figure divided by topic: the parts sum to it, whatever was withdrawn, moved or divided since."""

from decimal import Decimal
from typing import Any

import pytest

from services.statistics import behind
from services.statistics.behind import TooManyEventsError, UnknownIndicatorError
from services.statistics.topics import NoTopicsError, figure_by_topic
from tests.events.log.commands import command, unit
from tests.services.statistics.conftest import TODAY, SmallHistory


async def by_topic(small: SmallHistory, unit_id: str, year: int = 2020, **how: Any) -> Any:
    name = how.pop("indicator", "centre.participants")
    return await figure_by_topic(small.reader, unit_id, year, name, today=TODAY, **how)


def held(topic: str, participants: int, classes: int = 1, centre: str = "ca") -> Any:
    told = {"centre_id": centre, "topic": topic, "participants": participants, "classes": classes}
    return command("ClassHeld", "2020-04-01", **told)


async def taught(small: SmallHistory) -> Any:
    for centre, owner in (("ca", "a"), ("cb", "b")):
        opened = {"centre_id": centre, "unit_id": owner, "name": centre}
        await small.record(command("LearningCentreOpened", "2019-01-01", **opened))
    await small.record(held("Trồng rau", 40, 2), held("Nuôi gà", 25), held("Trồng rau", 31, 1, "cb"))
    return await small.record(held("Pháp luật", 12))


async def test_more_events_than_are_added_up_are_refused(
    small: SmallHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await taught(small)
    monkeypatch.setattr(behind, "MOST_EVENTS", 3)
    with pytest.raises(TooManyEventsError):
        await by_topic(small, "p")
    assert (await by_topic(small, "a")).value == 77


async def test_parts_sum_to_the_figure_and_the_largest_comes_first(small: SmallHistory) -> None:
    last = await taught(small)
    found = await by_topic(small, "p")
    assert [(t.topic, t.value, t.events) for t in found.topics] == [
        ("Trồng rau", 71, 2),
        ("Nuôi gà", 25, 1),
        ("Pháp luật", 12, 1),
    ]
    assert found.value == 108 == (await small.figure("p", 2020, "centre.participants")).value
    assert found.topics[0].share == Decimal("65.74")  # 71/108
    classes = await by_topic(small, "p", indicator="centre.classes")
    assert (classes.topics[0].topic, classes.topics[0].value) == ("Trồng rau", 3)
    before = await by_topic(small, "p", as_known=last.last_position - 1)
    assert [t.topic for t in before.topics] == ["Trồng rau", "Nuôi gà"]


async def test_what_was_withdrawn_is_no_topic(small: SmallHistory) -> None:
    last = await taught(small)
    withdrawn = {"event_id": str(last.event_id), "reason": "Ghi nhầm"}
    await small.record(command("RecordWithdrawn", "2020-04-01", **withdrawn))
    found = await by_topic(small, "a")
    assert [(t.topic, t.value) for t in found.topics] == [("Trồng rau", 40), ("Nuôi gà", 25)]
    assert found.value == 65


async def test_a_split_divides_every_topic_and_loses_nothing(small: SmallHistory) -> None:
    await taught(small)
    await small.record(unit("x", "p"), unit("y", "p"), unit("z", "p"))
    into = [{"unit_id": u, "parts": 1} for u in "xyz"]
    await small.record(command("UnitSplit", "2023-01-01", unit_id="a", into=into))
    shares = [await by_topic(small, u, tree="now") for u in "xyz"]
    for share in shares:
        assert share.estimated
        assert sum(t.value for t in share.topics) == share.value
    assert sum(share.value for share in shares) == 77


async def test_what_has_no_topics_says_so(small: SmallHistory) -> None:
    assert (await by_topic(small, "p")).value is None
    with pytest.raises(NoTopicsError):
        await by_topic(small, "p", indicator="member.total")
    with pytest.raises(UnknownIndicatorError):
        await by_topic(small, "p", indicator="centre.nothing")
