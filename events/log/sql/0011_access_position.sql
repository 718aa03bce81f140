-- Where an access stream last grew: whoever remembers a token's standing sees in this one row whether it holds.
ALTER TABLE log.head ADD COLUMN access_position bigint NOT NULL DEFAULT 0;
UPDATE log.head SET access_position = coalesce((SELECT max(position) FROM log.events WHERE stream ^@ 'access-'), 0);
GRANT UPDATE (access_position) ON log.head TO {service};
