-- Looks for cursors and prepared statements of whoever had the connection before.
SELECT name, statement FROM pg_cursors;
SELECT * FROM pg_cursor();
SELECT statement FROM pg_prepared_statements;
FETCH ALL FROM c;
EXECUTE s1;
