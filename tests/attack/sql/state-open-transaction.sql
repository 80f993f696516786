-- Leaves a transaction open, for the next tenant's statements to join.
BEGIN;
SELECT door.enter(':a_seal');
UPDATE commerce.merchant SET greeting = 'x';
