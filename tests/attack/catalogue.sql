-- Everything that says who may do what, as one digest: run by the superuser before and after an attempt.
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
  SELECT 'proc ' || p.oid || p.prosrc || coalesce(p.proacl::text, '') || p.proowner || coalesce(p.proconfig::text, '') AS line
    FROM pg_proc p WHERE p.pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
  UNION ALL SELECT 'proc count ' || count(*) || sum(hashtext(coalesce(proacl::text, ''))) FROM pg_proc
  UNION ALL SELECT 'class ' || oid || relname || relowner || relkind::text || coalesce(relacl::text, '') || relrowsecurity || relforcerowsecurity
    FROM pg_class WHERE relnamespace::regnamespace::text NOT IN ('pg_toast', 'pg_catalog', 'information_schema')
  UNION ALL SELECT 'class acls ' || sum(hashtext(coalesce(relacl::text, ''))) FROM pg_class
  UNION ALL SELECT 'column acls ' || sum(hashtext(coalesce(attacl::text, ''))) FROM pg_attribute
  UNION ALL SELECT 'policy ' || p::text FROM pg_policy p
  UNION ALL SELECT 'role ' || r::text FROM pg_authid r
  UNION ALL SELECT 'member ' || m::text FROM pg_auth_members m
  UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s
  UNION ALL SELECT 'schema ' || n::text FROM pg_namespace n WHERE nspname !~ '^pg_(toast_)?temp'
  UNION ALL SELECT 'temp ' || count(*) FROM pg_class WHERE relpersistence = 't'
  UNION ALL SELECT 'database ' || d.datname || coalesce(d.datacl::text, '') || d.datdba FROM pg_database d WHERE datname = current_database()
  UNION ALL SELECT 'databases ' || count(*) FROM pg_database
  UNION ALL SELECT 'default acl ' || d::text FROM pg_default_acl d
  UNION ALL SELECT 'extension ' || extname FROM pg_extension
  UNION ALL SELECT 'language ' || l::text FROM pg_language l
  UNION ALL SELECT 'large object ' || l::text FROM pg_largeobject_metadata l
  UNION ALL SELECT 'trigger ' || count(*) FROM pg_trigger
  UNION ALL SELECT 'type ' || count(*) FROM pg_type
  UNION ALL SELECT 'operator ' || count(*) FROM pg_operator
  UNION ALL SELECT 'cast ' || count(*) FROM pg_cast
  UNION ALL SELECT 'rule ' || count(*) FROM pg_rewrite
  UNION ALL SELECT 'publication ' || count(*) FROM pg_publication
  UNION ALL SELECT 'server ' || count(*) FROM pg_foreign_server
  UNION ALL SELECT 'comment ' || count(*) || sum(hashtext(description)) FROM pg_description
  UNION ALL SELECT 'prepared ' || count(*) FROM pg_prepared_xacts
) everything
