-- Changes the seal with set_config in ORDER BY and LIMIT.
SELECT * FROM commerce.message ORDER BY set_config('cordon.seal', ':b_seal_digest', false) LIMIT length(set_config('cordon.seal', ':b_seal_digest', false));
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
