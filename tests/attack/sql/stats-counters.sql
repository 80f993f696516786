-- Reads row counters and sizes of whole tables.
SELECT relname, reltuples, relpages FROM pg_class WHERE relname = 'message';
SELECT * FROM pg_class WHERE relname = 'message';
SELECT n_live_tup, n_tup_ins FROM pg_stat_user_tables;
SELECT pg_stat_get_live_tuples('commerce.message'::regclass);
SELECT pg_stat_get_tuples_inserted('commerce.message'::regclass);
SELECT pg_relation_size('commerce.message'), pg_total_relation_size('commerce.customer'), pg_table_size('commerce.policy');
SELECT heap_blks_read FROM pg_statio_all_tables WHERE relname = 'message';
SELECT pg_database_size(current_database());
