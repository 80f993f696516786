-- Changes the seal with set_config in a SELECT list beside the read.
SELECT set_config('cordon.seal', ':b_seal_digest', true), body FROM commerce.message;
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
