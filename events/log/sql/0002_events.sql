-- Every event, once, in order. `entry` is the truth: the exact bytes that are hashed and signed.
-- The other columns repeat what folds, queries and access checks need (see events/declare.py, Effect).
-- Wide fixed columns first: no padding.
CREATE TABLE log.events (
    position     bigint      PRIMARY KEY,          -- 1, 2, 3 … without gaps; leaf index = position − 1
    recorded_at  timestamptz NOT NULL,             -- stamped under the lock, never running backwards
    quantity     bigint,                           -- the difference made to a count
    extra        bigint,                           -- the second count: achieved of registered, classes …
    amount       bigint,                           -- đồng
    event_id     uuid        NOT NULL,
    command_id   uuid        NOT NULL,
    actor        uuid        NOT NULL,
    target       uuid,                             -- the earlier event it undoes, replaces or approves
    version      integer     NOT NULL CHECK (version > 0),
    occurred_on  date        NOT NULL,
    ordinal      smallint    NOT NULL,             -- place among the events of its command, 0 first
    year         smallint    NOT NULL,             -- the year it counts in
    until_year   smallint,                         -- a stock's difference holds before this year
    stream       text        NOT NULL,
    type         text        NOT NULL,
    kind         text        NOT NULL,             -- type, or the type that a reversal or withdrawal undoes
    unit         text,
    level        text,
    subject      text,
    measure      text,
    measure_was  text,
    pocket       text,
    digest       bytea,                            -- of the command, on its first event
    entry        bytea       NOT NULL CHECK (length(entry) <= 65535)
) WITH (fillfactor = 100);

CREATE UNIQUE INDEX events_stream_version ON log.events (stream, version);
CREATE UNIQUE INDEX events_event_id ON log.events (event_id);
CREATE UNIQUE INDEX events_command ON log.events (command_id, actor, ordinal);
CREATE INDEX events_unit_year_kind ON log.events (unit, year, kind);
