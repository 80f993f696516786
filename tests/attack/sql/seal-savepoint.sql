-- Rolls a good seal back to a bad one and keeps what the good one opened.
BEGIN;
SELECT door.enter(':a_seal');
SAVEPOINT s;
SELECT door.enter(':b_seal_digest');
SELECT * FROM commerce.message;
ROLLBACK TO s;
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
COMMIT;
