-- Typed columns that figures now read: a report counts once, and whether it was on time (by 31 January of the
-- next year); of a fund's opening, what was goods. Derived from the entries, as deciding derives them today.
ALTER TABLE log.events DISABLE TRIGGER append_only;

UPDATE log.events SET quantity = 1, extra = (occurred_on <= make_date(year + 1, 1, 31))::int
WHERE type = 'ReportSubmitted';

UPDATE log.events e SET extra = o.goods
FROM (
    SELECT event_id, (
        SELECT sum((given.one->>'amount')::bigint)
        FROM jsonb_array_elements(convert_from(entry, 'UTF8')::jsonb->'data'->'opening') AS given (one)
        WHERE given.one->>'pocket' = 'goods'
    ) AS goods
    FROM log.events WHERE type = 'FundOpened'
) AS o
WHERE e.event_id = o.event_id AND o.goods > 0;

UPDATE log.events w SET quantity = -e.quantity, extra = -e.extra
FROM log.events e
WHERE w.type = 'RecordWithdrawn' AND w.kind IN ('ReportSubmitted', 'FundOpened') AND e.event_id = w.target;

ALTER TABLE log.events ENABLE TRIGGER append_only;
