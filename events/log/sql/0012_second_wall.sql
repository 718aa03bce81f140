-- The second wall for reads: whoever asks through the service sees the events of the units within reach, whatever
-- a query forgets to say. Queries run as khuyenhoc_reader; each transaction says for whom by set_config():
--   khuyenhoc.units   ids of the units within reach, separated by commas; `*`: the whole log; unset: nothing
--   khuyenhoc.stream  one stream more, where the door's own rules opened it (services/api/admission.py)
-- Appending, deciding and folding read past the wall: the service's and the worker's roles bypass it, also since
-- PostgreSQL takes no COPY into a table with a wall.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'khuyenhoc_reader') THEN
        CREATE ROLE khuyenhoc_reader NOLOGIN;
    END IF;
    IF NOT pg_has_role('{service}'::regrole, 'khuyenhoc_reader', 'MEMBER') THEN
        GRANT khuyenhoc_reader TO {service};
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the service asks its queries as the role khuyenhoc_reader; run as a superuser: '
        'CREATE ROLE khuyenhoc_reader NOLOGIN; GRANT khuyenhoc_reader TO {service};';
END
$$;

GRANT USAGE ON SCHEMA log, proof TO khuyenhoc_reader;
GRANT SELECT ON log.head, log.events, log.sealed, log.sealing_keys, log.money_named TO khuyenhoc_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA proof TO khuyenhoc_reader;  -- hashes and signatures, open to all
GRANT SELECT (token_id, actor_id, last_used_at) ON log.tokens TO khuyenhoc_reader;

-- Views read with their owner's rights, past the wall. What every question needs, whoever asks: the unit tree
-- (names and parents, open to all), when a position was recorded, where a stream begins.
CREATE VIEW log.tree_events AS SELECT * FROM log.events WHERE kind IN (
    'UnitEstablished', 'UnitRenamed', 'UnitMoved', 'UnitCodeAssigned', 'ExternalIdAssigned',
    'UnitMerged', 'UnitSplit', 'UnitDissolved'
);
CREATE VIEW log.moments AS SELECT position, recorded_at FROM log.events;
CREATE VIEW log.beginnings AS SELECT stream, position FROM log.events WHERE version = 1;
-- Whoever was handed a fund reads its whole book, what an earlier owner recorded included.
CREATE INDEX events_handover ON log.events (subject, stream) WHERE type = 'FundHandedOver';
CREATE VIEW log.handovers AS SELECT stream, subject AS unit FROM log.events WHERE type = 'FundHandedOver';
GRANT SELECT ON log.tree_events, log.moments, log.beginnings TO {service}, {worker}, khuyenhoc_reader;
GRANT SELECT ON log.handovers TO khuyenhoc_reader;

-- Sub-selects, so that each is evaluated once in a query and not for every row.
ALTER TABLE log.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY within_reach ON log.events FOR SELECT TO khuyenhoc_reader USING (
    (SELECT current_setting('khuyenhoc.units', true) = '*')
    OR unit IN (SELECT unnest(string_to_array(current_setting('khuyenhoc.units', true), ',')))
    OR stream IN (
        SELECT h.stream FROM log.handovers h
        WHERE h.unit IN (SELECT unnest(string_to_array(current_setting('khuyenhoc.units', true), ',')))
    )
    OR stream = (SELECT nullif(current_setting('khuyenhoc.stream', true), ''))
    OR unit IS NULL AND (stream = 'log' OR stream ^@ 'term-' OR stream ^@ 'source-')
        AND (SELECT current_setting('khuyenhoc.units', true) <> '')
);

-- What belongs to an event is seen by whoever sees the event.
ALTER TABLE log.sealed ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_its_event ON log.sealed FOR SELECT TO khuyenhoc_reader USING (
    (SELECT current_setting('khuyenhoc.units', true) = '*')
    OR EXISTS (SELECT FROM log.events e WHERE e.event_id = sealed.event_id)
);
ALTER TABLE log.sealing_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_its_event ON log.sealing_keys FOR SELECT TO khuyenhoc_reader USING (
    (SELECT current_setting('khuyenhoc.units', true) = '*')
    OR EXISTS (SELECT FROM log.sealed s WHERE s.key_id = sealing_keys.key_id)
);
ALTER TABLE log.money_named ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_its_event ON log.money_named FOR SELECT TO khuyenhoc_reader USING (
    (SELECT current_setting('khuyenhoc.units', true) = '*')
    OR EXISTS (SELECT FROM log.events e WHERE e.position = money_named.position)
);
ALTER TABLE log.tokens ENABLE ROW LEVEL SECURITY;
CREATE POLICY whole_log ON log.tokens FOR SELECT TO khuyenhoc_reader USING (
    (SELECT current_setting('khuyenhoc.units', true) = '*')
);
