-- Which money entries name which persons: what the law keeps for ten years is not erased before. Derived from
-- the entries like the typed columns, and refillable from them.
CREATE TABLE log.money_named (
    person_id   uuid   NOT NULL,
    position    bigint NOT NULL,
    occurred_on date   NOT NULL,
    PRIMARY KEY (person_id, position)
);
GRANT SELECT, INSERT ON log.money_named TO {service};
