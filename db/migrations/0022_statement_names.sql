-- A statement's name is a comment before it, which whoever reads beside Cordon can write as well (docs/audit.md). Cordon has one
-- statement of each name: PostgreSQL knows how many it has counted.

DROP FUNCTION audit.rows_seen();

SET ROLE cordon_owner;

CREATE FUNCTION audit.rows_seen()
RETURNS TABLE (statement text, variants bigint, rows bigint, since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  IF to_regclass('statements.pg_stat_statements') IS NULL THEN
    RAISE EXCEPTION 'pg_stat_statements is not there' USING ERRCODE = 'CD404';
  END IF;
  -- By queryid, and not by text: of the same statement that may be one with its constants and one without.
  RETURN QUERY EXECUTE $q$
    SELECT coalesce(substring(s.query FROM '^\s*/\* ([a-z0-9_.]+) \*/'), left(s.query, 200)),
           count(DISTINCT s.queryid) FILTER (WHERE s.rows > 0), sum(s.rows)::bigint,
           (SELECT i.stats_reset FROM statements.pg_stat_statements_info i)
      FROM statements.pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid
     WHERE r.rolname IN ('cordon_api', 'cordon_visitor', 'cordon_worker') AND d.datname = current_database()
     GROUP BY 1 $q$;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
  -- It is there, and PostgreSQL was started without it.
  RAISE EXCEPTION 'pg_stat_statements is not loaded' USING ERRCODE = 'CD404';
END
$$;
COMMENT ON FUNCTION audit.rows_seen IS 'The statements of the logins that read tenants'' data: by name, or as they stand where they have none; how many different ones gave rows under that name, and how many rows, since PostgreSQL began to count.';
REVOKE ALL ON FUNCTION audit.rows_seen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.rows_seen TO cordon_identity;

RESET ROLE;
GRANT CREATE ON SCHEMA audit TO cordon_counter;
ALTER FUNCTION audit.rows_seen OWNER TO cordon_counter;
REVOKE CREATE ON SCHEMA audit FROM cordon_counter;
