-- Writes in data-modifying CTEs that nobody reads.
WITH gone AS (DELETE FROM commerce.message WHERE tenant_id = ':b_tenant' RETURNING body) SELECT * FROM gone;
WITH put AS (INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':b_tenant', gen_random_uuid(), 'x', 'x', 'x') RETURNING *) SELECT 1;
WITH c AS (UPDATE commerce.conversation SET preview = 'x' WHERE conversation_id = ':b_conversation' RETURNING preview) SELECT * FROM c;
