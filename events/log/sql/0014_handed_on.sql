-- Whoever has a fund now reads its whole book: not whom it was handed to by mistake, nor who handed it on.
CREATE INDEX events_handed ON log.events (stream) WHERE kind = 'FundHandedOver';
CREATE OR REPLACE VIEW log.handovers AS
SELECT h.stream, h.subject AS unit FROM log.events h
WHERE h.type = 'FundHandedOver' AND NOT EXISTS (
    SELECT FROM log.events l
    WHERE l.kind = 'FundHandedOver' AND l.stream = h.stream AND (
        l.target = h.event_id  -- withdrawn
        OR l.type = 'FundHandedOver' AND l.version > h.version AND NOT EXISTS (
            SELECT FROM log.events w
            WHERE w.kind = 'FundHandedOver' AND w.stream = l.stream AND w.target = l.event_id
        )
    )
);
