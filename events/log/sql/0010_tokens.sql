-- What a token is told by: SHA-256 of its secret. Who holds it, until when, and whether it was withdrawn, say the
-- events of `access-{actor_id}`; nothing here opens anything by itself.
CREATE TABLE log.tokens (
    token_id     uuid        PRIMARY KEY,
    actor_id     uuid        NOT NULL,
    digest       bytea       NOT NULL CHECK (length(digest) = 32),
    last_used_at timestamptz                       -- noted at most once a minute
);
GRANT SELECT, INSERT, UPDATE (last_used_at) ON log.tokens TO {service};
