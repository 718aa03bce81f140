-- One row, locked by every append until it commits: this lock is what makes positions dense and in order
-- for every reader. A sequence would skip numbers and let them commit out of order.
CREATE TABLE log.head (
    only_row      boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    position      bigint      NOT NULL,
    tree_position bigint      NOT NULL,            -- of the last event that shaped the unit tree
    recorded_at   timestamptz NOT NULL
) WITH (fillfactor = 10);                          -- room for updates in place

INSERT INTO log.head (position, tree_position, recorded_at) VALUES (0, 0, '-infinity');
