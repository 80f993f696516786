-- Gives its own login settings that every later connection starts with.
-- as: owner visitor assistant identity audit monitor
-- allowed: PostgreSQL lets every role change its own defaults; the server states its settings in each connection's start packet, which wins
ALTER ROLE CURRENT_USER SET default_transaction_read_only = on;
ALTER ROLE CURRENT_USER SET default_transaction_isolation = 'serializable';
ALTER ROLE CURRENT_USER SET search_path = commerce, door;
ALTER ROLE CURRENT_USER SET statement_timeout = '1ms';
ALTER ROLE CURRENT_USER SET row_security = off;
ALTER ROLE CURRENT_USER SET cordon.seal = ':a_seal_expired';
ALTER ROLE CURRENT_USER SET DateStyle = 'SQL, DMY';
ALTER ROLE CURRENT_USER SET bytea_output = 'escape';
ALTER ROLE CURRENT_USER SET client_min_messages = 'debug5';
ALTER ROLE CURRENT_USER SET session_replication_role = 'replica';
ALTER ROLE CURRENT_USER SET session_preload_libraries = 'x';
ALTER ROLE CURRENT_USER SET local_preload_libraries = 'x';
ALTER ROLE ALL SET row_security = off;
ALTER DATABASE :database SET row_security = off;
