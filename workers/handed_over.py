"""What funds take along when they are handed over, as SQL: for the unit that had one as much less, for the
one that has it now as much more.

A handover takes every entry recorded before it. An entry recorded later, but dated before it (or the reversal
of such a one), is taken by itself. What a withdrawn handover took goes back. So all of it is known from the
later of the two positions on, and counts in the later of the two years.
"""

from workers.indicators import INDICATORS
from workers.terms import contributions_to

HANDED_OVER = "FundHandedOver"
BALANCES = [INDICATORS[name] for name in ("fund.balance.money", "fund.balance.goods")]

# Each handover, and its withdrawal, which takes the opposite way; `at`, where the handover itself stands.
_HANDOVERS = """
    SELECT x.position, x.event_id, h.position AS at, h.stream, h.occurred_on, h.year, h.unit, h.level,
        h.subject AS to_unit, CASE WHEN x.event_id = h.event_id THEN 1 ELSE -1 END AS sign,
        (
            SELECT u.level FROM log.tree_events u
            WHERE u.unit = h.subject AND u.type = 'UnitEstablished' LIMIT 1
        ) AS to_level
    FROM log.events h JOIN log.events x ON x.kind = 'FundHandedOver' AND x.unit = h.unit
        AND (x.event_id = h.event_id OR x.target = h.event_id)
    WHERE h.type = 'FundHandedOver'
"""
_MORE = ("r.target", "r.type", "r.occurred_on")


def taken_along(after: str, through: str) -> str:
    """SQL of rows like those of `contributions_to`: what is taken along by events with after < position ≤
    through, by event, unit, year, and balance."""
    by_handover = contributions_to(BALANCES, "r.stream = x.stream AND r.position < x.position", *_MORE)
    by_entry = contributions_to(
        BALANCES,
        f"r.position > {after} AND r.position <= {through}"
        " AND r.stream IN (SELECT stream FROM log.events WHERE type = 'FundHandedOver')",
        *_MORE,
    )
    return f"""
    SELECT p.position, p.event_id, p.stream, side.unit, p.year, NULL::smallint AS until_year, p.indicator,
        side.level, p.measure, sum(side.sign * p.contribution)::bigint AS contribution
    FROM (
        SELECT x.position, x.event_id, x.stream, x.occurred_on, x.at, x.unit, x.level, x.to_unit, x.to_level,
            greatest(x.year, e.year) AS year, e.indicator, e.measure, x.sign * e.contribution AS contribution,
            e.target, e.type, e.occurred_on AS dated, e.position AS stands
        FROM ({_HANDOVERS} AND x.position > {after} AND x.position <= {through}) AS x
        CROSS JOIN LATERAL ({by_handover}) AS e
        UNION ALL
        SELECT e.position, e.event_id, x.stream, x.occurred_on, x.at, x.unit, x.level, x.to_unit, x.to_level,
            greatest(x.year, e.year), e.indicator, e.measure, x.sign * e.contribution,
            e.target, e.type, e.occurred_on, e.position
        FROM ({by_entry}) AS e JOIN ({_HANDOVERS}) AS x ON x.stream = e.stream AND x.position < e.position
    ) AS p
    LEFT JOIN log.events b ON b.event_id = CASE
        WHEN p.type IN ('EntryReversed', 'RecordWithdrawn') THEN p.target END
    CROSS JOIN LATERAL (VALUES (p.unit, p.level, -1), (p.to_unit, p.to_level, 1)) AS side (unit, level, sign)
    WHERE p.occurred_on > coalesce(b.occurred_on, p.dated) OR p.at > coalesce(b.position, p.stands)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    """


def sums_taken_along(after: str, through: str, where: str, *more: str, by: str = "e.unit") -> str:
    """The same as rows of `statistics.sums_of_events`, of handovers with what was taken as their amount.
    `where`, `more`, `by`: of `e`."""
    rest = "".join(f", {expression}" for expression in more)
    return f"""
        SELECT {by} AS unit, e.year, '{HANDED_OVER}' AS kind, e.level, NULL::text AS subject,
            NULL::text AS measure, NULL::text AS measure_was, split_part(e.indicator, '.', 3) AS pocket,
            e.until_year{rest},
            count(*) AS number, NULL::bigint AS quantity, NULL::bigint AS extra,
            sum(e.contribution)::bigint AS amount, 0::bigint AS quantity_events, 0::bigint AS extra_events,
            count(*) FILTER (WHERE e.contribution <> 0) AS amount_events,
            count(*) FILTER (WHERE e.contribution <> 0) AS rest_events
        FROM ({taken_along(after, through)}) AS e WHERE {where}
        GROUP BY {", ".join(str(n) for n in range(1, 10 + len(more)))}
    """
