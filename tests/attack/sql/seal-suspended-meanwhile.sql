-- Goes on reading after its tenant was suspended.
-- opens nothing: not even rows of A
BEGIN;
SELECT count(*) FROM commerce.merchant;
-- meanwhile: SELECT door.suspend(':a_tenant', 'test')
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.message;
COMMIT;
