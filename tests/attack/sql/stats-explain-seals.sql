-- Counts B's seals by index scans over door.seal that EXPLAIN ANALYZE tells of.
SET enable_seqscan = off;
SET enable_sort = off;
SET enable_bitmapscan = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT tenant_id FROM door.seal WHERE tenant_id BETWEEN ':b_tenant' AND ':b_tenant' ORDER BY tenant_id;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT session_id FROM door.seal WHERE session_id BETWEEN ':b_session_owner' AND ':b_session_owner' ORDER BY session_id;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT 1 FROM door.seal WHERE tenant_id = ':b_tenant';
