"""A figure divided by what its events were about: classes per topic, straight from the log's typed columns."""

import datetime as dt
from collections import defaultdict
from typing import Any

import msgspec

from events.tree import Path, allocate
from services.statistics.behind import UnknownIndicatorError
from services.statistics.scope import KnownChoice, TreeChoice, scope_of
from workers.indicators import INDICATORS
from workers.projections.statistics import CONTRIBUTIONS
from workers.reading import snapshot


class Topic(msgspec.Struct, frozen=True):
    """What of the figure was about one topic."""

    topic: str
    value: int
    events: int


class Topics(msgspec.Struct, frozen=True):
    """A figure by topic, the largest first. `count`: how many topics there are; `estimated`: a divided unit's
    events are among them."""

    unit_id: str
    year: int
    indicator: str
    measure: str
    as_known: int
    tree: dt.date
    count: int
    total: int
    estimated: bool
    topics: list[Topic]


_BY_TOPIC = f"""
    SELECT p.unit, e.subject AS topic, sum(p.contribution) AS value, count(nullif(p.contribution, 0)) AS events
    FROM ({CONTRIBUTIONS.format(schema="read_statistics.")}
        AND e.unit = ANY($1) AND t.indicator = $2 AND e.year = $3 AND e.position <= $4) AS p
    JOIN log.events e ON e.position = p.position
    WHERE e.subject IS NOT NULL
    GROUP BY 1, 2
"""


async def topics_of(
    connection: Any,
    unit_id: str,
    year: int,
    indicator: str,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    limit: int = 100,
    today: dt.date,
) -> Topics:
    """Raises `UnknownUnitError`, `UnknownIndicatorError` (also of indicators that have no topics)."""
    declared = INDICATORS.get(indicator)
    if declared is None or not declared.topics:
        raise UnknownIndicatorError(indicator)
    async with snapshot(connection, "statistics"):
        scope = await scope_of(connection, unit_id, year, as_known=as_known, tree=tree, today=today)
        units = [unit for unit, _ in scope.units]
        rows = await connection.fetch(_BY_TOPIC, units, indicator, year, scope.known)
    paths: dict[str, list[Path]] = defaultdict(list)
    for unit, path in scope.units:
        paths[unit].append(path)
    values: dict[str, int] = defaultdict(int)
    events: dict[str, int] = defaultdict(int)
    for row in rows:
        values[row["topic"]] += sum(allocate(int(row["value"]), path) for path in paths[row["unit"]])
        events[row["topic"]] += row["events"]
    found = [Topic(topic, value, events[topic]) for topic, value in values.items() if value]
    found.sort(key=lambda topic: (-topic.value, topic.topic))
    return Topics(
        unit_id,
        year,
        indicator,
        declared.measure or "count",
        scope.known,
        scope.tree_on,
        len(found),
        sum(topic.value for topic in found),
        any(any(paths[row["unit"]]) for row in rows),
        found[:limit],
    )
