-- Leaves held cursors behind that show its rows, or wait for the next seal.
DECLARE held CURSOR WITH HOLD FOR SELECT * FROM commerce.message;
DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT current_setting('cordon.seal', true), * FROM commerce.customer;
BEGIN;
DECLARE "cordon" INSENSITIVE CURSOR WITH HOLD FOR SELECT 1;
COMMIT;
FETCH ALL FROM held;
