-- Somebody who reaches the database directly, to read: psql -v person=ann -f person.sql, as superuser, on Cordon's database. How
-- they prove who they are (pg_hba.conf: a certificate, SCRAM) is yours to set. One role a person: a shared one tells of nobody.
\set ON_ERROR_STOP on
BEGIN;

CREATE SCHEMA IF NOT EXISTS pgaudit;
CREATE EXTENSION IF NOT EXISTS pgaudit SCHEMA pgaudit;

SELECT format('CREATE ROLE %I LOGIN', :'person') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'person') \gexec
-- BYPASSRLS, for without a seal the door shows no row. What they see is what a dump has: people are ciphertext.
ALTER ROLE :"person" NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
GRANT pg_read_all_data, pg_monitor TO :"person";
GRANT CONNECT ON DATABASE :"DBNAME" TO :"person";
-- Only a superuser sets these, so nobody can put their own off: not in a session, not for their role, not when connecting.
ALTER ROLE :"person" SET pgaudit.log = 'read, write, ddl, role, function, misc_set';

COMMIT;
