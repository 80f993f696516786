-- Keeps an old snapshot (SERIALIZABLE, default for the session) to outlive its revocation.
-- opens nothing: not even rows of A
SET default_transaction_isolation = 'serializable';
BEGIN;
SELECT count(*) FROM pg_catalog.pg_namespace;
-- meanwhile: SELECT door.revoke(':a_session')
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.message;
ROLLBACK;
