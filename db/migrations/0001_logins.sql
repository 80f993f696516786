-- The database logins. None is superuser, BYPASSRLS, or may create anything: not a database, a role, a schema, a table, not
-- even a temporary one. cordon_owner owns every object and cannot log in. Passwords, where the server needs them, are set by
-- `cordon migrate` itself and never stand in a migration.

DO $$
DECLARE
  login text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cordon_owner') THEN
    CREATE ROLE cordon_owner NOLOGIN NOINHERIT;
  END IF;
  -- So that the migrating role, superuser or not, may act as the owner below.
  EXECUTE format('GRANT cordon_owner TO %I', current_user);
  FOREACH login IN ARRAY ARRAY['cordon_identity', 'cordon_api', 'cordon_visitor', 'cordon_worker', 'cordon_audit',
                               'cordon_monitor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = login) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', login);
    END IF;
    -- A login that was there before keeps no right of its own. Only where it has one: since PostgreSQL 16 a migrating role that is
    -- no superuser may change such an attribute of others only if it has it itself.
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = login AND (rolsuper OR rolbypassrls OR rolreplication)) THEN
      RAISE EXCEPTION 'the role % exists and is superuser, replication or BYPASSRLS: drop it, or take that from it', login;
    ELSIF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = login AND (rolcreatedb OR rolcreaterole OR rolinherit)) THEN
      EXECUTE format('ALTER ROLE %I NOCREATEDB NOCREATEROLE NOINHERIT', login);
    END IF;
    -- Nothing is resolved through a search path, a statement or a forgotten transaction does not last, and nothing is
    -- remembered of a value that a statement was given.
    EXECUTE format('ALTER ROLE %I SET search_path = pg_catalog', login);
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''10s''', login);
    EXECUTE format('ALTER ROLE %I SET lock_timeout = ''5s''', login);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''5s''', login);
    EXECUTE format('ALTER ROLE %I SET default_transaction_isolation = ''read committed''', login);
    -- A transaction whose client is gone ends soon, and its locks with it.
    EXECUTE format('ALTER ROLE %I SET client_connection_check_interval = ''1s''', login);
    -- Days are UTC's, whatever an operator's own server is set to.
    EXECUTE format('ALTER ROLE %I SET timezone = ''UTC''', login);
    EXECUTE format('ALTER ROLE %I SET jit = off', login);
    -- Every statement of the server is written for one plan; a plan made for one tenant's values tells nothing to the next.
    EXECUTE format('ALTER ROLE %I SET plan_cache_mode = force_generic_plan', login);
    -- Such a plan outlives the day it was made on: made while door.seal is nearly empty it would read all of it for each statement,
    -- and go on doing so with 100,000 seals in it. Every statement has its index, so none is planned without.
    EXECUTE format('ALTER ROLE %I SET enable_seqscan = off', login);
  END LOOP;
END
$$;

COMMENT ON ROLE cordon_owner IS 'Owns every object of Cordon. Cannot log in, has no row of any tenant: row security is forced.';
COMMENT ON ROLE cordon_identity IS 'Signs people and services in: the only login that may mint a seal.';
COMMENT ON ROLE cordon_api IS 'Serves merchants'' requests, each with a merchant''s seal.';
COMMENT ON ROLE cordon_visitor IS 'Serves shoppers'' requests, each with a visitor''s seal: its policies narrow every row to that visitor.';
COMMENT ON ROLE cordon_worker IS 'Does background work, each job with a service seal for one tenant.';
COMMENT ON ROLE cordon_audit IS 'Appends audit events; reads nothing.';
COMMENT ON ROLE cordon_monitor IS 'Reads counters and health, never content.';

-- The database and its public schema give nothing to whoever connects.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO cordon_identity, cordon_api, cordon_visitor, cordon_worker, cordon_audit, cordon_monitor',
                 current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO cordon_owner', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO cordon_owner;

-- Side doors that PostgreSQL leaves open to everyone, shut where the migrating role may do so (a superuser may; a managed
-- service's administrator may not, and there the attack corpus shows what they are still worth: nothing of another tenant).
DO $$
DECLARE
  side_door text;
BEGIN
  FOR side_door IN
    SELECT p.oid::regprocedure::text
      FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'pg_catalog'::regnamespace
       AND (p.proname IN ('pg_cancel_backend', 'pg_terminate_backend', 'pg_prepared_statement', 'pg_cursor', 'pg_lock_status',
                          'pg_logical_emit_message', 'pg_stat_get_activity', 'pg_notify', 'pg_notification_queue_usage',
                          'pg_export_snapshot', 'loread', 'lowrite', 'pg_stat_get_backend_activity', 'pg_relation_size',
                          'pg_table_size', 'pg_total_relation_size', 'pg_indexes_size', 'pg_database_size')
            OR p.proname LIKE 'lo\_%' OR p.proname LIKE 'pg\_advisory%' OR p.proname LIKE 'pg\_try\_advisory%'
            OR p.proname LIKE 'pg\_stat\_get\_%')
  LOOP
    BEGIN
      EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || side_door || ' FROM PUBLIC';
    EXCEPTION WHEN insufficient_privilege THEN
      NULL;
    END;
  END LOOP;
  BEGIN
    -- The bus carries hints between replicas through these two (src/chat/bus.h).
    GRANT EXECUTE ON FUNCTION pg_catalog.pg_notify(text, text) TO cordon_monitor, cordon_owner;
    GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_unlock_all() TO cordon_identity, cordon_api, cordon_visitor, cordon_worker,
      cordon_audit, cordon_monitor;
    GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) TO cordon_owner;
    GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(bigint) TO cordon_owner;
    REVOKE SELECT ON pg_catalog.pg_stat_activity, pg_catalog.pg_prepared_statements, pg_catalog.pg_cursors, pg_catalog.pg_locks,
      pg_catalog.pg_stats, pg_catalog.pg_statistic_ext, pg_catalog.pg_stat_all_tables, pg_catalog.pg_stat_user_tables,
      pg_catalog.pg_stat_xact_all_tables, pg_catalog.pg_stat_xact_user_tables, pg_catalog.pg_statio_all_tables,
      pg_catalog.pg_largeobject_metadata FROM PUBLIC;
    REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC;
    GRANT SELECT (oid, relname, relnamespace, reltype, relowner, relkind, relrowsecurity, relforcerowsecurity, relispartition,
                  relpersistence, relhasindex, relnatts, relchecks, relacl) ON pg_catalog.pg_class TO PUBLIC;
  EXCEPTION WHEN insufficient_privilege THEN
    NULL;
  END;
END
$$;
