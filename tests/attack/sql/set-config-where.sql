-- Changes the seal with set_config in WHERE, before the rows are read.
SELECT * FROM commerce.message WHERE set_config('cordon.seal', ':b_seal_digest', false) IS NOT NULL;
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
