-- Leaves a failed transaction behind.
BEGIN;
SELECT 1 / 0;
SELECT * FROM commerce.message;
