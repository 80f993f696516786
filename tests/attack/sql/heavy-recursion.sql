-- Recurses and multiplies until the server gives up.
-- timeout: 300ms
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r;
SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b;
SELECT pg_sleep(60);
