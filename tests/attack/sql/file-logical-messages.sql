-- Writes into the log stream and reads it.
SELECT pg_logical_emit_message(false, 'x', 'y');
SELECT pg_logical_slot_get_changes('x', NULL, NULL);
SELECT pg_logical_slot_peek_changes('x', NULL, NULL);
SELECT * FROM pg_replication_slots;
SELECT pg_replication_origin_create('x');
SELECT pg_walfile_name(pg_current_wal_lsn());
SELECT pg_create_restore_point('x');
SELECT pg_backup_start('x');
