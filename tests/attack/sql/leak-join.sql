-- Joins with a table of guesses, hash, merge and nested, so that the order of evaluation shows.
SET enable_hashjoin = off;
SELECT g FROM (VALUES (':b_email'), ('nobody@example.test')) v (g) JOIN commerce.customer c ON encode(c.email, 'escape') = v.g;
SET enable_mergejoin = off;
SELECT g FROM (VALUES (':b_email')) v (g) WHERE EXISTS (SELECT FROM commerce.customer c WHERE encode(c.email, 'escape') = v.g);
RESET enable_hashjoin;
SET enable_nestloop = off;
SELECT v.g, c.name FROM (VALUES (':b_tenant'::uuid)) v (g) LEFT JOIN commerce.merchant c ON c.tenant_id = v.g;
SELECT count(*) FROM commerce.message a, commerce.message b WHERE a.tenant_id <> b.tenant_id;
