-- The common design, over the same tables: one login that owns them, plain row security on a session variable that the
-- application sets, PostgreSQL's usual rights. What the corpus has to find is what this lets through.
DO $$
DECLARE
  it record;
BEGIN
  FOR it IN SELECT p.polname, p.polrelid::regclass AS guarded FROM pg_policy p LOOP
    EXECUTE format('DROP POLICY %I ON %s', it.polname, it.guarded);
  END LOOP;
  FOR it IN SELECT c.oid::regclass AS guarded FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind = 'r' AND n.nspname IN ('commerce', 'work', 'audit', 'shopify', 'keys')
               AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', it.guarded);
    EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = current_setting(''app.tenant'')::uuid)', it.guarded);
  END LOOP;
  -- Row security of its own makes no sense for these here.
  ALTER TABLE door.seal NO FORCE ROW LEVEL SECURITY;
  ALTER TABLE door.seal DISABLE ROW LEVEL SECURITY;
  -- What 0001 takes from PUBLIC is PostgreSQL's default, which nobody touches in the common design.
  FOR it IN SELECT p.oid::regprocedure AS side_door FROM pg_proc p
             WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proacl IS NOT NULL
               AND NOT EXISTS (SELECT FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid) LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', it.side_door);
  END LOOP;
  GRANT SELECT ON pg_class, pg_stat_activity, pg_prepared_statements, pg_cursors, pg_locks, pg_stats, pg_stat_all_tables, pg_stat_user_tables,
    pg_statio_all_tables, pg_largeobject_metadata TO PUBLIC;
  GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
  EXECUTE format('ALTER DATABASE %I OWNER TO common_app', current_database());
  EXECUTE format('GRANT ALL ON DATABASE %I TO common_app, PUBLIC', current_database());
  FOR it IN SELECT nspname FROM pg_namespace WHERE nspowner = 'cordon_owner'::regrole LOOP
    EXECUTE format('ALTER SCHEMA %I OWNER TO common_app', it.nspname);
  END LOOP;
  FOR it IN SELECT oid::regclass AS owned FROM pg_class WHERE relowner = 'cordon_owner'::regrole AND relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO common_app', it.owned);
  END LOOP;
  FOR it IN SELECT oid::regprocedure AS owned FROM pg_proc WHERE proowner = 'cordon_owner'::regrole LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO common_app', it.owned);
  END LOOP;
END
$$;
ALTER SCHEMA public OWNER TO common_app;
CREATE OR REPLACE FUNCTION door.enter(seal text) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT set_config('app.tenant', seal, true) $$;
CREATE OR REPLACE FUNCTION door.tenant(permission text) RETURNS TABLE (tenant_id uuid, holds boolean) LANGUAGE sql STABLE AS $$ SELECT current_setting('app.tenant')::uuid, true $$;
CREATE OR REPLACE FUNCTION door.subject() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid $$;
