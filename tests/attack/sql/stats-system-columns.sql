-- Reads clocks of the whole system: transaction ids, xmin, log positions, snapshots.
-- volatile: the system's clocks go on
SELECT xmin, xmax, cmin, ctid FROM commerce.message;
SELECT txid_current(), pg_current_xact_id(), txid_current_snapshot(), pg_current_snapshot();
SELECT pg_current_wal_lsn() IS NOT NULL;
SELECT * FROM commerce.message WHERE xmin::text::bigint > 0 AND tenant_id = ':b_tenant';
SELECT pg_xact_commit_timestamp(xmin) FROM commerce.message;
SELECT age(xmin), pg_xact_status(pg_current_xact_id()) FROM commerce.customer;
