"""A province's log of any size, made inside the database: typed columns as chapters' lists fill them.

For benchmarks of what is derived from the columns: entries are a few bytes, nothing is sealed or signed, and
streams of models and funds hold one event each. Ten years, 3,000 chapters, lists of sixteen from one chapter.
"""

import asyncpg

YEARS = 10
CHAPTERS = 3_000
LIST = 16
"""Events that one chapter records of one kind on one day."""

_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
FROM pg_index WHERE indrelid = 'log.events'::regclass AND NOT indisprimary
"""

# Of a hundred lists: how many of which kind, and what they put into the columns.
_KINDS = """
(VALUES
    (0, 44, 'model-', 'ModelRegistered', 'family', NULL, 1, 0, false),
    (45, 69, 'model-', 'ModelEvaluated', 'family', NULL, 0, 1, false),
    (70, 79, 'fund-', 'AwardGranted', 'scholarship', 'person', 3, 0, true),
    (80, 87, 'fund-', 'DonationReceived', NULL, NULL, 0, 0, true),
    (88, 92, 'fund-', 'VoucherIssued', 'pt', NULL, 0, 0, true),
    (93, 95, 'centre-', 'ClassHeld', NULL, NULL, 30, 1, false),
    (96, 97, 'unit-', 'MembersJoined', NULL, NULL, 2, 0, false),
    (98, 98, 'unit-', 'TrainingHeld', NULL, NULL, 20, 1, false),
    (99, 99, 'fund-', 'TransferSent', NULL, NULL, 0, 0, true)
) AS k (low, high, prefix, type, subject, measure, quantity, extra, money)
"""

_FILL = f"""
INSERT INTO log.events (
    position, recorded_at, quantity, extra, amount, event_id, command_id, actor, version, occurred_on,
    ordinal, year, stream, type, kind, unit, level, subject, measure, entry
)
SELECT p, at, k.quantity, k.extra, CASE WHEN k.money THEN 50000 + p % 977 * 1000 END,
    gen_random_uuid(), gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 1, at::date, 0,
    extract(year FROM at), k.prefix || p, k.type, k.type, 'chapter-' || list * 7919 % {CHAPTERS}, 'chapter',
    k.subject, k.measure, '{{}}'
FROM generate_series($1::bigint, $2::bigint) AS p
CROSS JOIN LATERAL (SELECT (p - 1) / {LIST} AS list) AS l
CROSS JOIN LATERAL (
    SELECT timestamptz '2016-01-04 01:00Z' + list * ($3::float8 * interval '1 day') AS at
) AS r
JOIN {_KINDS} ON abs(hashint8(list)) % 100 BETWEEN k.low AND k.high
ORDER BY p
"""


async def fill(owner_url: str, events: int) -> None:
    """Put that many events into an empty log. Indexes are made afterwards, which is quicker."""
    owner = await asyncpg.connect(owner_url)
    try:
        async with owner.transaction():
            indexes = await owner.fetch(_INDEXES)
            for index in indexes:
                await owner.execute(f"DROP INDEX {index['name']}")
            days = YEARS * 365 / (events / LIST)
            await owner.execute(_FILL, 1, events, days)
            await owner.execute(
                "UPDATE log.head SET position = $1, recorded_at = (SELECT max(recorded_at) FROM log.events)",
                events,
            )
            await owner.execute("SET LOCAL maintenance_work_mem TO '256MB'")
            for index in indexes:
                await owner.execute(index["made"])
        await owner.execute("VACUUM ANALYZE log.events")
    finally:
        await owner.close()
