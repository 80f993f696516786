-- Goes on reading in one transaction after its session was revoked.
-- opens nothing: not even rows of A
BEGIN;
SELECT count(*) FROM commerce.merchant;
-- meanwhile: SELECT door.revoke(':a_session')
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.message;
COMMIT;
SELECT * FROM commerce.merchant;
