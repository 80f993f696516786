-- Prepares a transaction for somebody else to commit.
BEGIN;
UPDATE commerce.merchant SET greeting = 'x';
PREPARE TRANSACTION 'x';
COMMIT PREPARED 'x';
ROLLBACK PREPARED 'x';
