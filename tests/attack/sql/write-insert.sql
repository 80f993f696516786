-- Inserts rows that claim to be B's.
INSERT INTO commerce.merchant SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', ':b_tenant'))).* FROM commerce.merchant t;
INSERT INTO commerce.customer SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', ':b_tenant'))).* FROM commerce.customer t;
INSERT INTO commerce.visitor SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', ':b_tenant'))).* FROM commerce.visitor t;
INSERT INTO commerce.conversation SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', ':b_tenant'))).* FROM commerce.conversation t;
INSERT INTO commerce.message SELECT (jsonb_populate_record(t, jsonb_build_object('tenant_id', ':b_tenant'))).* FROM commerce.message t;
INSERT INTO commerce.policy (tenant_id, policy_id, kind, title, body) VALUES (':b_tenant', gen_random_uuid(), 'x', 'x', 'x');
INSERT INTO commerce.shop_order (tenant_id, order_id, external_id, total_minor, currency, placed_at) VALUES (':b_tenant', gen_random_uuid(), 'x', 1, 'EUR', now());
