"""Years side by side on one tree: mergers, moves and ends follow whichever tree is asked for, and what a
figure is compared with lies on the same tree and was known at the same time."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.log.append import Log
from events.sealing.keys import MasterKey
from services.statistics.scope import UnknownUnitError
from services.statistics.yearly import yearly_table
from tests.events.log.commands import command, unit
from tests.services.statistics.test_boundaries_change import TODAY, Ledger


class Beside(Ledger):
    """Figures with what they are compared with."""

    async def pair(self, unit_id: str, year: int, indicator: str = "member.total", **how: Any) -> Any:
        """(value, previous, estimated)"""
        table = await yearly_table(self._reader, unit_id, year, today=TODAY, **how)
        (figure,) = [f for f in table.indicators if f.indicator == indicator]
        assert figure.change == (
            None if None in (figure.value, figure.previous) else figure.value - figure.previous
        )
        return figure.value, figure.previous, figure.estimated


@pytest.fixture
async def ledger(database: Addresses, master: MasterKey) -> AsyncIterator[Beside]:
    """Two districts; commune a of the first with chapter t, commune b of the second."""
    log = await Log.open(database.database_url, master)
    reader = await asyncpg.connect(database.database_url)
    async with asyncpg.create_pool(database.worker_url, min_size=0, max_size=2) as workers:
        made = Beside(log, workers, reader)
        await made.record(
            unit("p", level="province"), unit("d1", "p", "district"), unit("d2", "p", "district")
        )
        await made.record(unit("a", "d1"), unit("b", "d2"), unit("t", "a", "chapter"))
        counted = {"a": 10, "b": 200, "t": 3}
        for year in (2020, 2021):
            step = year - 2020
            await made.record(
                *(
                    command("MembersCounted", f"{year}-06-01", unit_id=u, members=n + step)
                    for u, n in counted.items()
                )
            )
        yield made
    await reader.close()
    await log.close()


async def test_a_unit_moved_in_mid_year_takes_both_years_along(ledger: Beside) -> None:
    await ledger.record(command("UnitMoved", "2021-07-01", unit_id="a", parent_id="d2"))
    assert await ledger.pair("d2", 2021) == (216, 213, False)  # the tree at the year's end, for both years
    assert await ledger.pair("d1", 2021) == (None, None, False)
    assert await ledger.pair("d2", 2020) == (200, None, False)
    assert await ledger.pair("d1", 2020) == (13, None, False)
    assert await ledger.pair("d1", 2020, tree="now") == (None, None, False)
    assert await ledger.pair("d2", 2020, tree="now") == (213, None, False)
    for tree in ("then", "now"):
        assert await ledger.pair("p", 2021, tree=tree) == (216, 213, False)


async def test_a_unit_moved_back_and_forth_lies_where_it_lay_each_day(ledger: Beside) -> None:
    day = type(TODAY)
    await ledger.record(command("UnitMoved", "2021-03-01", unit_id="a", parent_id="d2"))
    await ledger.record(command("UnitMoved", "2021-09-01", unit_id="a", parent_id="d1"))
    for on, first, second in (
        (day(2021, 2, 28), 15, 201),
        (day(2021, 3, 1), None, 216),
        (day(2021, 8, 31), None, 216),
        (day(2021, 9, 1), 15, 201),
    ):
        assert (await ledger.pair("d1", 2021, tree=on))[0] == first
        assert (await ledger.pair("d2", 2021, tree=on))[0] == second


async def test_what_it_is_compared_with_was_known_at_the_same_time(ledger: Beside) -> None:
    known = await ledger.record(command("MembersJoined", "2021-08-01", unit_id="a", members=5))
    await ledger.record(command("MembersCounted", "2020-07-01", unit_id="a", members=90))
    await ledger.record(command("UnitMerged", "2022-01-01", unit_id="b", into_unit_id="a"))
    assert await ledger.pair("a", 2021, as_known=known) == (20, 13, False)
    assert await ledger.pair("a", 2021) == (20, 93, False)
    assert await ledger.pair("a", 2021, tree="now") == (221, 293, False)
    with pytest.raises(UnknownUnitError) as gone:
        await ledger.pair("b", 2021, tree="now")
    assert gone.value.successors == ["a"]
    assert await ledger.pair("b", 2021, tree="now", as_known=known) == (201, 200, False)


async def test_what_a_dissolved_unit_did_rolls_up_to_its_last_parent_or_that_ones_successor(
    ledger: Beside,
) -> None:
    await ledger.record(command("UnitDissolved", "2022-03-01", unit_id="t", reason="Thôi"))
    assert await ledger.pair("a", 2022) == (15, 15, False)
    assert await ledger.pair("a", 2022, "unit.chapters") == (0, 1, False)
    await ledger.record(command("UnitMerged", "2023-01-01", unit_id="a", into_unit_id="b"))
    assert await ledger.pair("b", 2023) == (216, 216, False)
    assert await ledger.pair("b", 2020, tree="now") == (213, None, False)
    with pytest.raises(UnknownUnitError) as gone:
        await ledger.pair("t", 2023)
    assert gone.value.successors == ["b"]


async def test_a_split_is_estimated_in_both_years_and_by_largest_remainder(ledger: Beside) -> None:
    await ledger.record(unit("x", "d1"), unit("y", "d1"), unit("z", "d1"))
    await ledger.record(command("UnitMoved", "2022-01-01", unit_id="t", parent_id="x"))
    into = [{"unit_id": "x", "parts": 3}, {"unit_id": "y", "parts": 3}, {"unit_id": "z", "parts": 1}]
    await ledger.record(command("UnitSplit", "2022-01-01", unit_id="a", into=into))
    shares = [await ledger.pair(u, 2021, tree="now") for u in "xyz"]
    # 11 and 10 by 3:3:1 are 5+5+1 and 4+4+2; x has chapter t as well, with 4 and 3 members.
    assert shares == [(5 + 4, 4 + 3, True), (5, 4, True), (1, 2, True)]
    assert await ledger.pair("d1", 2021, tree="now") == (15, 13, True)


async def test_a_tree_of_before_has_what_came_later_where_it_was_put(ledger: Beside) -> None:
    """Figures of 2021 on the boundaries of 2012: one founded since counts with what it was put under."""
    day = type(TODAY)
    await ledger.record(unit("new", "d1", on="2021-02-01"), unit("newer", "new", "chapter", on="2021-03-01"))
    await ledger.record(command("MembersCounted", "2021-10-01", unit_id="newer", members=50))
    await ledger.record(command("UnitMoved", "2021-11-01", unit_id="new", parent_id="d2"))
    early = day(2012, 1, 1)
    assert (await ledger.pair("d1", 2021, tree=early))[0] == 65
    assert (await ledger.pair("d2", 2021, tree=early))[0] == 201
    assert (await ledger.pair("p", 2021, tree=early))[0] == (await ledger.pair("p", 2021))[0] == 266
    with pytest.raises(UnknownUnitError):
        await ledger.pair("new", 2021, tree=early)


async def test_a_population_stated_before_a_merger_is_not_that_of_both(ledger: Beside) -> None:
    stated = {"a": 1000, "b": 500}
    await ledger.record(
        *(command("PopulationStated", "2020-05-01", unit_id=u, persons=n) for u, n in stated.items())
    )
    await ledger.record(command("UnitMerged", "2021-07-01", unit_id="a", into_unit_id="b"))
    persons = "population.persons"
    assert await ledger.pair("b", 2021, persons) == (1500, 1500, False)
    assert await ledger.pair("p", 2021, persons) == (1500, 1500, False)
    await ledger.record(command("PopulationStated", "2022-05-01", unit_id="b", persons=1490))
    assert await ledger.pair("b", 2022, persons) == (1490, 1500, False)  # of its whole area now
    assert await ledger.pair("b", 2021, persons) == (1500, 1500, False)


async def test_a_whole_areas_statement_is_added_to_by_what_joins_it_only(ledger: Beside) -> None:
    persons = "population.persons"
    for u, on, n in (("d1", "2020-05-01", 3000), ("a", "2020-05-01", 1000), ("b", "2020-06-01", 500)):
        await ledger.record(command("PopulationStated", on, unit_id=u, persons=n))
    assert await ledger.pair("d1", 2020, persons) == (3000, None, False)
    await ledger.record(command("UnitMoved", "2021-07-01", unit_id="b", parent_id="d1"))
    await ledger.record(unit("c", "d1", on="2021-08-01"))
    await ledger.record(command("PopulationStated", "2021-09-01", unit_id="c", persons=77))
    assert await ledger.pair("d1", 2021, persons) == (3500, 3500, False)  # c was founded on d1's own people
