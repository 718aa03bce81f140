-- Personal data and free notes, encrypted, beside the log: an event holds only the hash of a ciphertext.
-- Erasing deletes the key and the ciphertext; the event, its hash and every proof stay as they were.
CREATE TABLE log.sealing_keys (
    key_id  uuid  PRIMARY KEY,                     -- a person's id, or the event's own
    wrapped bytea NOT NULL                         -- under the master key, which is outside the database
);

CREATE TABLE log.sealed (
    event_id   uuid  NOT NULL,
    field      text  NOT NULL,
    key_id     uuid  NOT NULL,
    ciphertext bytea NOT NULL,
    PRIMARY KEY (event_id, field)
);
CREATE INDEX sealed_key ON log.sealed (key_id);

-- Facts about this log that are neither events nor secrets (the master key's check value).
CREATE TABLE log.settings (
    name  text  PRIMARY KEY,
    value bytea NOT NULL
);
