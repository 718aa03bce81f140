"""The catalogue of indicators: what each line of the yearly table counts, told from its declaration alone."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from events.declare import CATALOGUE
from workers.indicators import INDICATORS, RETIRED, Indicator, Term, Value, definitions_digest

Sign = Literal[1, -1]


class EventsRead(msgspec.Struct, frozen=True, omit_defaults=True):
    """Events an indicator adds up: those of `kind` (with what undoes them), narrowed by what is given.

    `column`: the typed column summed: `quantity`, `extra` or `amount`; `rest` is the amount without what
    `extra` says of it, `rating` 1 for an event with the rating named. `sign` -1: taken off.
    """

    kind: str
    vi: str
    en: str
    column: Value
    sign: Sign
    subject: str | None = None
    level: str | None = None
    rating: str | None = None
    pocket: str | None = None


class PlausibilityRule(msgspec.Struct, frozen=True):
    """What makes a figure odd. Odd figures are flagged with the code, never refused."""

    code: str
    vi: str
    en: str


class IndicatorDefinition(msgspec.Struct, frozen=True):
    """One version of an indicator's definition.

    `kind`: how the years add up (flow: what happened in the year; stock: what there was on 31 December;
    rate: derived from two counts, never stored). `measure` null: as each event says. `numerator`,
    `denominator`: the indicators that a rate is made of, null for what is counted. `covers`: a unit's
    statement is of its whole area, not added to those below. `topics`: the figure can be divided by topic.
    """

    version: int
    vi: str
    en: str
    measure: str | None
    kind: str
    numerator: str | None
    denominator: str | None
    by_level: bool
    covers: bool
    topics: bool
    reads: list[EventsRead]
    rules: list[PlausibilityRule]


class IndicatorDescribed(IndicatorDefinition, frozen=True):
    """An indicator as it is computed today, with the definitions it had before."""

    name: str
    retired: list[IndicatorDefinition]


class IndicatorCatalogue(msgspec.Struct, frozen=True):
    """Every indicator in the order of the table. `digest`: SHA-256 of all definitions but their words:
    another digest means other figures."""

    digest: str
    indicators: list[IndicatorDescribed]


def indicator_catalogue() -> IndicatorCatalogue:
    """All of it."""
    return IndicatorCatalogue(definitions_digest(), [_described(i) for i in INDICATORS.values()])


def _described(indicator: Indicator) -> IndicatorDescribed:
    before = sorted((i for (name, _), i in RETIRED.items() if name == indicator.name), key=_version)
    now = msgspec.structs.asdict(_definition(indicator))
    return IndicatorDescribed(name=indicator.name, retired=[_definition(i) for i in before], **now)


def _version(indicator: Indicator) -> int:
    return indicator.version


def _definition(indicator: Indicator) -> IndicatorDefinition:
    numerator, denominator = indicator.of or (None, None)
    return IndicatorDefinition(
        indicator.version,
        indicator.vi,
        indicator.en,
        indicator.measure,
        indicator.sort.value,
        numerator,
        denominator,
        indicator.by_level,
        indicator.covers,
        indicator.topics,
        list(_reads(indicator.terms)),
        [PlausibilityRule(rule.code, rule.vi, rule.en) for rule in indicator.rules],
    )


def _reads(terms: Iterable[Term]) -> Iterable[EventsRead]:
    for term in terms:
        kind = CATALOGUE[term.kind]
        yield EventsRead(
            term.kind,
            kind.vi,
            kind.en,
            term.value,
            term.sign,
            subject=term.subject,
            level=term.level,
            rating=term.rating,
            pocket=term.pocket,
        )
