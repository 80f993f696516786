-- Changes the seal with set_config in VALUES of an INSERT for B.
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':b_tenant', gen_random_uuid(), 'x', 'x', set_config('cordon.seal', ':b_seal_digest', false)::bytea);
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
