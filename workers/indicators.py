"""What the yearly statistics count, in the order of the table. Each is declared once, in `declared`.

A definition that changes gets the next version, and the one it replaces goes to `RETIRED`: a table that was
published under it stays recomputable.
"""

import hashlib
from collections.abc import Iterable

import msgspec

from workers.declared.activities import CENTRES, PROGRAMMES, TRAINING
from workers.declared.models import COMMUNES_RATED, MODELS, TITLES
from workers.declared.money import AMOUNTS, FUNDS, MORE_OF_FUNDS, RECIPIENTS
from workers.declared.organisation import CHAPTERS, MEMBERS, POPULATION, REPORTS, RETIRED_REPORTS
from workers.indicator import Indicator, Sort, Term, Value

INDICATORS: dict[str, Indicator] = {
    i.name: i
    for i in (
        CHAPTERS,
        MEMBERS,
        *MODELS,
        *COMMUNES_RATED,
        *CENTRES,
        PROGRAMMES,
        *TRAINING,
        *FUNDS,
        *RECIPIENTS,
        *POPULATION,
        *TITLES,
        *MORE_OF_FUNDS,
        *AMOUNTS,
        *REPORTS,
    )
}
"""Every indicator by name, in the order of the table."""

RETIRED: dict[tuple[str, int], Indicator] = {(i.name, i.version): i for i in (*RETIRED_REPORTS,)}
"""Definitions that were replaced, by name and version. They are no longer folded: what was published under
them is computed from the log itself. A retired rate names retired counts as `name@version`."""


def defined(name: str, version: int) -> Indicator | None:
    """The definition a published table names; None: none of this software's."""
    found = INDICATORS.get(name)
    return found if found is not None and found.version == version else RETIRED.get((name, version))


def key_of(indicator: Indicator) -> str:
    """What its sums are kept under: its name; of a retired definition, name and version."""
    current = INDICATORS.get(indicator.name)
    if current is indicator or current == indicator:
        return indicator.name
    return f"{indicator.name}@{indicator.version}"


def by_key(key: str) -> Indicator:
    """Raises `KeyError`."""
    name, _, version = key.partition("@")
    return RETIRED[name, int(version)] if version else INDICATORS[name]


def definitions_digest(indicators: Iterable[Indicator] = INDICATORS.values()) -> str:
    """SHA-256 over definitions but their labels and rules: another digest means other figures."""
    plain = [
        [i.name, i.measure, i.sort, i.by_level, i.of, i.covers, [_plain(t) for t in i.terms]]
        for i in indicators
    ]
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()


def _plain(term: Term) -> list[str | int | None]:
    return [getattr(term, field) for field in term.__slots__]


__all__ = [
    "INDICATORS",
    "RETIRED",
    "Indicator",
    "Sort",
    "Term",
    "Value",
    "by_key",
    "defined",
    "definitions_digest",
    "key_of",
]
