-- Reads B in scalar, lateral and correlated subqueries, in CASE and in ORDER BY.
SELECT (SELECT string_agg(body, ','::bytea ORDER BY body) FROM commerce.message);
SELECT l.body FROM commerce.merchant m, LATERAL (SELECT body FROM commerce.message WHERE tenant_id <> m.tenant_id) l;
SELECT name FROM commerce.merchant ORDER BY (SELECT max(encode(body, 'escape')) FROM commerce.message);
SELECT CASE WHEN EXISTS (SELECT FROM commerce.customer WHERE email = ':b_email') THEN 'there' ELSE 'not there' END;
WITH RECURSIVE r AS (SELECT body, 1 AS n FROM commerce.message UNION SELECT m.body, n + 1 FROM commerce.message m, r WHERE n < 2) SELECT body FROM r;
