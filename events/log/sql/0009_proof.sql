-- What the sealer makes of the log: the Merkle tree as tiles, and every checkpoint ever signed.
-- Everything can be computed again from log.events, but for the signatures and what witnesses said.
CREATE SCHEMA proof;

-- How many entries are in the tiles. Whoever seals locks this row and moves it by compare-and-set.
CREATE TABLE proof.sealing (
    only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    size       bigint      NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    trouble    text                                  -- why the sealer refuses, if it does
) WITH (fillfactor = 10);
INSERT INTO proof.sealing (size) VALUES (0);

-- Hash tiles of C2SP tlog-tiles; the last of each level may hold fewer than 256 hashes, and grows.
CREATE TABLE proof.tile (
    index  bigint   NOT NULL,
    level  smallint NOT NULL,
    hashes bytea    NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
    PRIMARY KEY (level, index)
) WITH (fillfactor = 50);
ALTER TABLE proof.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes do not compress

CREATE TABLE proof.checkpoint (
    size      bigint      PRIMARY KEY,
    root      bytea       NOT NULL CHECK (length(root) = 32),
    note      text        NOT NULL,                  -- as signed by the log
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Lines that witnesses added to a checkpoint.
CREATE TABLE proof.cosignature (
    size    bigint      NOT NULL REFERENCES proof.checkpoint (size),
    witness text        NOT NULL,
    line    text        NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (size, witness)
);

CREATE FUNCTION proof.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'proof.% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proof.checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION proof.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proof.cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION proof.refuse_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON proof.tile
    FOR EACH STATEMENT EXECUTE FUNCTION proof.refuse_change();
-- A tile only ever grows behind what it holds.
CREATE TRIGGER only_grows BEFORE UPDATE ON proof.tile
    FOR EACH ROW WHEN (substr(NEW.hashes, 1, length(OLD.hashes)) IS DISTINCT FROM OLD.hashes)
    EXECUTE FUNCTION proof.refuse_change();

GRANT USAGE ON SCHEMA proof TO {service}, {worker};
GRANT SELECT ON ALL TABLES IN SCHEMA proof TO {service}, {worker};
GRANT UPDATE (size, updated_at, trouble) ON proof.sealing TO {worker};
GRANT INSERT, UPDATE (hashes) ON proof.tile TO {worker};
GRANT INSERT ON proof.checkpoint, proof.cosignature TO {worker};
