"""Units in as few parts as there are: the same units, each once, whatever was founded under what."""

from hypothesis import given
from hypothesis import strategies as st

from deploy.addresses import Addresses
from services.statistics.founded import Founded, Parts
from tests.events.log.commands import command, unit
from tests.services.statistics.conftest import SmallHistory
from workers.rebuild import rebuild

FORESTS = st.lists(st.one_of(st.none(), st.integers(0, 1000)), min_size=1, max_size=40)
"""Unit by unit, which of those before it the unit was founded under."""


def forest(drawn: list[int | None]) -> dict[str, str | None]:
    return {f"u{n}": None if above is None or n == 0 else f"u{above % n}" for n, above in enumerate(drawn)}


def all_under(parents: dict[str, str | None], unit: str) -> set[str]:
    found: set[str] = set()
    for one, parent in parents.items():
        if parent == unit or parent in found:
            found.add(one)
    return found


def listed(units: str) -> list[str]:
    return units.split(",") if units else []


@given(FORESTS, st.data())
def test_parts_are_the_units_each_once(drawn: list[int | None], data: st.DataObject) -> None:
    parents = forest(drawn)
    known = st.sampled_from([*parents, "never-founded"])
    units = data.draw(st.lists(known, unique=True, max_size=45))
    parts = Founded(parents.items()).parts(",".join(units))
    under = [unit for part in listed(parts.under) for unit in all_under(parents, part)]
    assert sorted([*listed(parts.alone), *under]) == sorted(units)


@given(FORESTS)
def test_a_whole_tree_is_two_parts(drawn: list[int | None]) -> None:
    parents = {unit: parent or ("u0" if unit != "u0" else None) for unit, parent in forest(drawn).items()}
    below = "u0" if len(parents) > 1 else ""
    assert Founded(parents.items()).parts(",".join(reversed(parents))) == Parts("u0", below)


async def test_whom_a_unit_was_first_founded_under_is_never_forgotten(
    small: SmallHistory, database: Addresses
) -> None:
    """Established by mistake under one, withdrawn, then under the other, and moved: it counts where it is."""
    mistaken = await small.record(unit("x", "a", "chapter"))
    await small.record(
        command("RecordWithdrawn", "2020-01-02", event_id=str(mistaken.event_id), reason="Ghi nhầm đơn vị")
    )
    await small.record(unit("x", "b", "chapter"), unit("y", "b", "chapter"))
    for unit_id, members in (("a", 1), ("b", 20), ("x", 300), ("y", 4_000)):
        await small.members(unit_id, members)
    found = "SELECT above FROM read_statistics.founded WHERE unit = 'x'"
    assert await small.workers.fetchval(found) == ["a", "p"]

    async def members(year: int) -> list[int]:
        return [(await small.figure(one, year, "member.total")).value for one in ("a", "b", "p")]

    assert await members(2020) == [1, 4_320, 4_321]
    await small.record(command("UnitMoved", "2021-03-01", unit_id="y", parent_id="a"))
    assert await members(2020) == [1, 4_320, 4_321]
    assert await members(2021) == [4_001, 320, 4_321]
    [one] = await rebuild(database.worker_url, ["statistics"])
    assert (one.differences, one.switched) == ([], True)
