-- Changes the seal with SET, SET LOCAL, SET SESSION, SET ... TO DEFAULT and RESET.
SET SESSION cordon.seal = ':b_seal_digest';
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
BEGIN; SET LOCAL cordon.seal = ':b_seal_digest'; SELECT * FROM commerce.message; COMMIT;
SET cordon.seal TO DEFAULT;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
RESET cordon.seal;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
UPDATE pg_catalog.pg_settings SET setting = ':b_seal_digest' WHERE name = 'cordon.seal';
