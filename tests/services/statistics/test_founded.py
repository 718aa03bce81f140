"""Units in as few parts as there are: the same units, each once, whatever was founded under what."""

from hypothesis import given
from hypothesis import strategies as st

from services.statistics.founded import Founded, Parts

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
