-- Asks by physical address whose row stands there, and lets EXPLAIN ANALYZE tell of removed rows.
SET enable_seqscan = on;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM commerce.message WHERE body = 'x' AND tenant_id = ':b_tenant';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM commerce.customer WHERE email = ':b_email';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM commerce.shop_order WHERE total_minor = :b_total;
