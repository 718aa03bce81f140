-- The log has a schema of its own. Its owner runs migrations and nothing else; see privileges.
CREATE SCHEMA log;
