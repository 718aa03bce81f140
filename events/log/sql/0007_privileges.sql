-- The service inserts and reads events; the workers read them. Nobody gets more.
GRANT USAGE ON SCHEMA log TO {service}, {worker};
GRANT SELECT, INSERT ON log.events TO {service};
GRANT SELECT, UPDATE (position, tree_position, recorded_at) ON log.head TO {service};
GRANT SELECT, INSERT, DELETE ON log.sealing_keys, log.sealed TO {service};
GRANT SELECT, INSERT ON log.settings TO {service};
GRANT SELECT ON log.events, log.head TO {worker};
