-- Changes the seal with set_config in FROM, as a function.
SELECT * FROM set_config('cordon.seal', ':b_seal_digest', false) s, commerce.message m;
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
