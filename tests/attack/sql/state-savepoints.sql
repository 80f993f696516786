-- Piles up savepoints and subtransactions under changing seals.
BEGIN;
SAVEPOINT a;
SET LOCAL cordon.seal = ':b_seal_digest';
SAVEPOINT b;
RELEASE a;
SELECT * FROM commerce.message;
ROLLBACK;
SELECT * FROM commerce.message;
