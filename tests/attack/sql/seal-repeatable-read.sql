-- Keeps an old snapshot (REPEATABLE READ) to outlive its revocation.
-- opens nothing: not even rows of A
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1;
-- meanwhile: SELECT door.revoke(':a_session')
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.message;
ROLLBACK;
