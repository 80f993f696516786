-- Ends and cancels other sessions.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid();
SELECT pg_cancel_backend(1);
SELECT pg_terminate_backend(1);
SELECT pg_reload_conf();
SELECT pg_rotate_logfile();
SELECT pg_stat_reset();
SELECT pg_switch_wal();
CHECKPOINT;
