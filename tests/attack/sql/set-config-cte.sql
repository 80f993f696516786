-- Changes the seal with set_config in a materialised CTE.
WITH s AS MATERIALIZED (SELECT set_config('cordon.seal', ':b_seal_digest', false)) SELECT * FROM s, commerce.message;
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
