-- Sets transaction_isolation itself, in the middle of a transaction.
-- opens nothing: not even rows of A
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- meanwhile: SELECT door.revoke(':a_session')
SET transaction_isolation = 'read committed';
SELECT set_config('transaction_isolation', 'read committed', true);
SELECT * FROM commerce.merchant;
ROLLBACK;
