"""Whose name may be shown: a grown person's own word, a small child's representative's, else both."""

import datetime as dt

import pytest

from events.catalogue.person_consents import GivenBy, may_be_shown
from events.catalogue.persons import PersonKind

ON = dt.date(2026, 3, 31)
OWN: frozenset[GivenBy] = frozenset({"self"})
FOR: frozenset[GivenBy] = frozenset({"representative"})
NONE: frozenset[GivenBy] = frozenset()


@pytest.mark.parametrize(
    ("kind", "born", "enough", "too_little"),
    [
        ("adult", None, [OWN, OWN | FOR], [FOR, NONE]),
        ("household", None, [OWN, FOR], [NONE]),
        ("child", None, [OWN | FOR], [OWN, FOR, NONE]),
        ("child", dt.date(2019, 4, 1), [FOR, OWN | FOR], [OWN, NONE]),  # seven tomorrow
        ("child", dt.date(2019, 3, 31), [OWN | FOR], [OWN, FOR, NONE]),  # seven today
        ("child", dt.date(2010, 4, 1), [OWN | FOR], [OWN, FOR, NONE]),  # sixteen tomorrow
        ("child", dt.date(2010, 3, 31), [OWN, OWN | FOR], [FOR, NONE]),  # sixteen today
        ("child", dt.date(2027, 1, 1), [OWN | FOR], [OWN, FOR, NONE]),  # no such age
    ],
)
def test_whose_word_is_needed(
    kind: PersonKind,
    born: dt.date | None,
    enough: list[frozenset[GivenBy]],
    too_little: list[frozenset[GivenBy]],
) -> None:
    assert all(may_be_shown(kind, born, given, ON) for given in enough)
    assert not any(may_be_shown(kind, born, given, ON) for given in too_little)
