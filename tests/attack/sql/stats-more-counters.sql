-- Reads the counters that views leave: modifications, vacuums, indexes, functions.
SELECT pg_stat_get_mod_since_analyze('commerce.message'::regclass);
SELECT pg_stat_get_ins_since_vacuum('commerce.message'::regclass);
SELECT pg_stat_get_numscans('commerce.message'::regclass);
SELECT idx_scan FROM pg_stat_user_indexes WHERE relname = 'message';
SELECT pg_stat_get_blocks_fetched('commerce.message'::regclass);
SELECT * FROM pg_stat_user_functions;
SELECT * FROM pg_stat_xact_user_functions;
