-- Watches other sessions: their statements, locks, waits, addresses.
SELECT query, state FROM pg_stat_activity;
SELECT * FROM pg_stat_get_activity(NULL);
SELECT pg_stat_get_backend_activity(b) FROM pg_stat_get_backend_idset() b;
SELECT * FROM pg_locks;
SELECT * FROM pg_lock_status();
SELECT * FROM pg_stat_ssl;
SELECT * FROM pg_stat_replication;
SELECT * FROM pg_prepared_xacts WHERE false;
