-- Reads how many rows of B a plan removed, by index scans on B's values alone.
SET enable_seqscan = off;
SET enable_sort = off;
SET enable_bitmapscan = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM work.job WHERE not_before = ':b_job_time';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM work.job WHERE not_before BETWEEN ':b_job_time' AND ':b_job_time' ORDER BY not_before;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE event_id = ':b_event';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE event_id BETWEEN ':b_event' AND ':b_event' ORDER BY event_id;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE uuid_send(event_id) = uuid_send(':b_event');
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM commerce.merchant WHERE tenant_id = ':b_tenant';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM commerce.customer WHERE external_index BETWEEN ':b_external_id' AND ':b_external_id' ORDER BY tenant_id, external_index;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM commerce.message WHERE conversation_id = ':b_conversation' ORDER BY tenant_id, conversation_id, seq;
