"""A figure divided by what its events were about: classes and participants per topic."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import msgspec

from services.statistics.behind import UnknownIndicatorError, contributions
from services.statistics.figures import percent, shown
from services.statistics.scope import KnownChoice, TreeChoice, scope_of
from services.statistics.yearly import figures_of, find, parked_touch
from workers.indicators import INDICATORS
from workers.reading import snapshot


class NoTopicsError(LookupError):
    """The indicator's events are not about topics."""


class TopicFigure(msgspec.Struct, frozen=True):
    """One topic's part. `share`: of the figure, in percent with two decimals; null where that is 0."""

    topic: str
    value: int
    share: Decimal | None
    events: int


class FigureByTopic(msgspec.Struct, frozen=True):
    """The parts sum to `value`, the figure of the yearly table; null where nothing is known."""

    unit_id: str
    year: int
    indicator: str
    measure: str
    as_known: int
    tree: dt.date
    value: int | None
    topics: list[TopicFigure]
    """The largest first."""
    estimated: bool
    incomplete: bool


_SUBJECTS = "SELECT event_id, subject FROM log.events WHERE event_id = ANY($1)"


async def figure_by_topic(
    connection: Any,
    unit_id: str,
    year: int,
    indicator: str,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    today: dt.date,
) -> FigureByTopic:
    """Raises `UnknownIndicatorError`, `NoTopicsError`, `UnknownUnitError`, `NotYetKnownError`,
    `TooManyEventsError`."""
    declared = INDICATORS.get(indicator)
    if declared is None:
        raise UnknownIndicatorError(indicator)
    if not declared.topics:
        raise NoTopicsError(indicator)
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        figure = find(await figures_of(connection, scope, year, [declared]), indicator, None, None)
        found = await contributions(connection, scope, year, indicator)
        rows = await connection.fetch(_SUBJECTS, [c.event_id for c in found])
        incomplete = await parked_touch(connection, scope)
    subjects = {row["event_id"]: row["subject"] or "" for row in rows}
    values: dict[str, int] = defaultdict(int)
    events: dict[str, int] = defaultdict(int)
    for c in found:
        topic = subjects[c.event_id]
        values[topic] += c.contribution
        events[topic] += 1
    whole = None if figure is None or figure.value is None else int(figure.value)
    topics = [
        TopicFigure(topic, value, _share(value, whole), events[topic])
        for topic, value in sorted(values.items(), key=lambda item: (-item[1], item[0]))
        if value  # what was recorded and withdrawn again is no topic
    ]
    return FigureByTopic(
        unit_id,
        year,
        indicator,
        declared.measure or "",
        scope.known,
        scope.tree_on,
        whole,
        topics,
        figure is not None and figure.estimated,
        incomplete,
    )


def _share(value: int, whole: int | None) -> Decimal | None:
    share = shown(percent(value, whole), "percent")
    return None if share is None else Decimal(share)
