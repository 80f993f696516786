-- Leaves prepared statements behind under guessable names.
PREPARE p AS SELECT * FROM commerce.message;
PREPARE s1 AS SELECT 'poisoned';
PREPARE "" AS SELECT 1;
PREPARE s_1 (text) AS SELECT door.enter(':a_seal');
EXECUTE p;
SELECT name, statement FROM pg_prepared_statements;
SELECT * FROM pg_prepared_statement();
DEALLOCATE ALL;
PREPARE s1 AS SELECT 'poisoned';
PREPARE lo_1 AS SELECT 'poisoned';
