"""What was published is computed anew from the position, the tree and the definitions it fixed."""

import dataclasses
from typing import Any

import msgspec
import pytest

from services.proof.collected import Collected
from services.proof.publications import check_digests
from services.proof.report import Report, WrongError
from services.statistics.canonical import digest_of
from services.statistics.published import PublishedTable, publications, published_tables
from services.statistics.scope import UnknownUnitError
from tests.events.log.commands import command
from tests.services.statistics.closing import ALL, publish
from tests.services.statistics.conftest import TODAY, SmallHistory
from workers.indicators import INDICATORS, RETIRED


async def published(small: SmallHistory, unit_id: str = "p", year: int = 2020) -> list[PublishedTable]:
    return (await published_tables(small.reader, unit_id, year, today=TODAY)).published


async def test_it_holds_whatever_is_recorded_later(small: SmallHistory) -> None:
    await small.give(100)
    recorded = await publish(small, "p", 2020)
    await small.give(30)
    await small.record(command("UnitMerged", "2020-03-01", unit_id="b", into_unit_id="a"))
    (one,) = await published(small)
    assert (one.event_id, one.recorded_position) == (recorded.event_id, recorded.last_position)
    assert one.position == recorded.last_position - 1
    assert one.holds is True
    assert one.recomputed == one.digest
    assert one.tree_on.isoformat() == "2020-12-31"
    assert one.root_holds is None  # nobody has signed this log
    assert len(one.definitions) == len(INDICATORS)
    assert one.digest != digest_of(await small.table("p", 2020))
    assert await published(small, year=2019) == []
    with pytest.raises(UnknownUnitError):
        await published(small, "elsewhere")


async def test_an_altered_digest_and_a_position_ahead_do_not_hold(small: SmallHistory) -> None:
    await small.give(100)
    await publish(small, "p", 2020, digest="0" * 64)
    await publish(small, "p", 2020, position=10_000)
    await publish(small, "p", 2020)
    last, ahead, altered = await published(small)
    assert [one.holds for one in (last, ahead, altered)] == [True, False, False]
    assert (ahead.recomputed, ahead.root_holds) == (None, False)
    assert altered.recomputed not in (None, altered.digest)


async def test_some_figures_only_and_definitions_nobody_has(small: SmallHistory) -> None:
    await small.give(100)
    table = await small.table("p", 2020)
    raised = [f for f in table.indicators if f.indicator == "fund.raised"]
    digest = digest_of(msgspec.structs.replace(table, indicators=raised))
    await publish(small, "p", 2020, definitions=[{"name": "fund.raised", "version": 1}], digest=digest)
    await publish(small, "p", 2020, definitions=[*ALL, {"name": "fund.lost", "version": 3}])
    unknown, few = await published(small)
    assert (few.holds, [d.name for d in few.definitions]) == (True, ["fund.raised"])
    assert (unknown.holds, unknown.recomputed) == (None, None)
    assert unknown.unknown_definitions == ["fund.lost v3"]


async def test_a_retired_definition_is_still_computed(
    small: SmallHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await small.give(100)
    now = INDICATORS["fund.raised"]
    table = await small.table("p", 2020)
    raised = msgspec.structs.replace(
        table, indicators=[f for f in table.indicators if f.indicator == "fund.raised"]
    )
    one = [{"name": "fund.raised", "version": 1}]
    await publish(small, "p", 2020, definitions=one, digest=digest_of(raised))
    monkeypatch.setitem(RETIRED, ("fund.raised", 1), now)
    monkeypatch.setitem(INDICATORS, "fund.raised", dataclasses.replace(now, version=2, by_level=False))
    (found,) = await published(small)
    assert (found.holds, found.unknown_definitions) == (True, [])


async def test_verify_recomputes_the_same_digest(small: SmallHistory) -> None:
    await small.give(100)
    await publish(small, "p", 2020)
    await publish(small, "p", 2020, tree="now")

    async def checked() -> Report:
        collected, report = Collected(), Report()
        for one in await publications(small.reader, "p", 2020, known=10_000, limit=10):
            collected.statistics.append((one.event.position, one.on, one.data))
        await check_digests(_Pool(small.reader), collected, report)
        return report

    assert [found.values for found in (await checked()).held] == [{"count": 2}]
    await publish(small, "p", 2020, digest="0" * 64)
    with pytest.raises(WrongError):
        await checked()
    assert [one.holds for one in await published(small)] == [False, True, True]


async def test_the_last_come_first_and_in_pages(small: SmallHistory) -> None:
    recorded = [(await publish(small, "a", 2020)).last_position for _ in range(3)]
    first = await published_tables(small.reader, "a", 2020, limit=2, today=TODAY)
    assert [one.recorded_position for one in first.published] == recorded[:0:-1]
    assert first.next_before == recorded[1]
    rest = await published_tables(small.reader, "a", 2020, before=first.next_before, limit=2, today=TODAY)
    assert [one.recorded_position for one in rest.published] == recorded[:1]
    assert rest.next_before is None


class _Pool:
    """One connection, lent as a pool lends it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def acquire(self) -> "_Pool":
        return self

    async def __aenter__(self) -> Any:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        pass
