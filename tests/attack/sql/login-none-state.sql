-- Logins without a seal read statistics, sessions, files and each other's settings.
-- as: identity audit monitor
SELECT query FROM pg_stat_activity;
SELECT * FROM pg_stats WHERE schemaname = 'commerce';
SELECT * FROM pg_authid;
SELECT pg_read_file('PG_VERSION');
SELECT * FROM pg_largeobject;
SELECT query_to_xml('SELECT * FROM commerce.message', true, false, '');
SELECT pg_stat_get_live_tuples('commerce.message'::regclass);
