-- Takes the strongest locks and leaves them.
BEGIN;
LOCK TABLE commerce.message IN ACCESS EXCLUSIVE MODE NOWAIT;
LOCK TABLE door.seal IN ACCESS EXCLUSIVE MODE NOWAIT;
LOCK TABLE pg_catalog.pg_class IN ACCESS EXCLUSIVE MODE NOWAIT;
ROLLBACK;
LOCK TABLE commerce.message;
