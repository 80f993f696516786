-- Changes the seal with set_config in CASE, aggregate and window positions.
SELECT max(CASE WHEN set_config('cordon.seal', ':b_seal_digest', false) <> '' THEN encode(body, 'escape') END) FROM commerce.message;
SELECT * FROM commerce.message;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
