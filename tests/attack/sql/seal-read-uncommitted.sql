-- Enters in READ UNCOMMITTED, which PostgreSQL treats as READ COMMITTED by another name.
-- opens nothing: not even rows of A
BEGIN ISOLATION LEVEL READ UNCOMMITTED;
SELECT * FROM commerce.merchant;
ROLLBACK;
