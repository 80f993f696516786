-- What PostgreSQL itself counts of the statements that the application's logins run, to be compared with what the audit events say
-- was run (docs/audit.md). Needs pg_stat_statements, of PostgreSQL's contrib; where whoever migrates may not create it, an
-- administrator does, in the schema `statements`, and the comparison says so until then.

CREATE SCHEMA statements;
COMMENT ON SCHEMA statements IS 'pg_stat_statements.';
DO $$
BEGIN
  CREATE EXTENSION pg_stat_statements SCHEMA statements;
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
  RAISE NOTICE 'pg_stat_statements is left out';
END
$$;
-- It shows every login what that login ran, and so every shop what others did.
REVOKE ALL ON ALL TABLES IN SCHEMA statements FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA statements FROM PUBLIC;
-- A role that has nothing but these counters: cordon_owner inherits nothing.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cordon_counter') THEN
    CREATE ROLE cordon_counter NOLOGIN;
    COMMENT ON ROLE cordon_counter IS 'Cannot log in; reads what PostgreSQL counts of statements, in one function.';
  END IF;
  EXECUTE format('GRANT cordon_counter TO %I', current_user);
  GRANT pg_read_all_stats TO cordon_counter;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'whoever administers this server has to make the role cordon_counter and GRANT pg_read_all_stats TO it';
END
$$;
GRANT USAGE ON SCHEMA statements TO cordon_counter;
GRANT SELECT ON ALL TABLES IN SCHEMA statements TO cordon_counter;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA statements TO cordon_counter;

SET ROLE cordon_owner;

CREATE FUNCTION audit.rows_seen()
RETURNS TABLE (statement text, calls bigint, rows bigint, since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  IF to_regclass('statements.pg_stat_statements') IS NULL THEN
    RAISE EXCEPTION 'pg_stat_statements is not there' USING ERRCODE = 'CD404';
  END IF;
  RETURN QUERY EXECUTE $q$
    SELECT coalesce(substring(s.query FROM '^\s*/\* ([a-z0-9_.]+) \*/'), left(s.query, 200)), sum(s.calls)::bigint, sum(s.rows)::bigint,
           (SELECT i.stats_reset FROM statements.pg_stat_statements_info i)
      FROM statements.pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
     WHERE r.rolname IN ('cordon_api', 'cordon_visitor', 'cordon_worker') AND d.datname = current_database()
     GROUP BY 1 $q$;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
  -- It is there, and PostgreSQL was started without it.
  RAISE EXCEPTION 'pg_stat_statements is not loaded' USING ERRCODE = 'CD404';
END
$$;
COMMENT ON FUNCTION audit.rows_seen IS 'The statements of the logins that read tenants'' data: by name, or as they stand where they have none; how often they ran, and how many rows they gave, since PostgreSQL began to count.';
REVOKE ALL ON FUNCTION audit.rows_seen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.rows_seen TO cordon_identity;

CREATE FUNCTION audit.rows_recorded(since timestamptz)
RETURNS TABLE (statement text, rows bigint, certain boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$
  SELECT split_part(q, ':', 1), sum(nullif(split_part(q, ':', 3), '')::bigint)::bigint, bool_and(split_part(q, ':', 3) <> '')
    FROM audit.event e CROSS JOIN LATERAL string_to_table(e.queries, ' ') AS q
   WHERE e.at >= since AND e.queries <> ''
   GROUP BY 1
$$;
COMMENT ON FUNCTION audit.rows_recorded IS 'What the events say was run since then: rows a statement, and whether all of its events know them.';
REVOKE ALL ON FUNCTION audit.rows_recorded FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.rows_recorded TO cordon_identity;

RESET ROLE;
GRANT CREATE ON SCHEMA audit TO cordon_counter;
ALTER FUNCTION audit.rows_seen OWNER TO cordon_counter;
REVOKE CREATE ON SCHEMA audit FROM cordon_counter;
