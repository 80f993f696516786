-- Changes the seal with set_config in RETURNING and SET of an UPDATE.
UPDATE commerce.conversation SET preview = set_config('cordon.seal', ':b_seal_digest', false)::bytea RETURNING set_config('cordon.seal', ':b_seal_digest', false), preview;
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
