-- The roles and the database, once, as a superuser. The words of the roles are psql's variables:
--   psql -v owner_word=… -v service_word=… -v worker_word=… -f roles.sql
\set ON_ERROR_STOP on
CREATE ROLE khuyenhoc_owner LOGIN PASSWORD :'owner_word';
CREATE ROLE khuyenhoc_service LOGIN PASSWORD :'service_word' BYPASSRLS;
CREATE ROLE khuyenhoc_worker LOGIN PASSWORD :'worker_word' BYPASSRLS;
CREATE ROLE khuyenhoc_reader NOLOGIN;
GRANT khuyenhoc_reader TO khuyenhoc_service;
CREATE DATABASE khuyenhoc OWNER khuyenhoc_owner ENCODING UTF8 TEMPLATE template0 LOCALE 'C.UTF-8';
GRANT CREATE ON DATABASE khuyenhoc TO khuyenhoc_worker;
