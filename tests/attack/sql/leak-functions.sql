-- Calls functions that quote their arguments in errors or notices.
-- volatile: an error quotes whichever of A's own rows comes first
SELECT * FROM commerce.policy WHERE to_date(body, 'YYYY') IS NOT NULL;
SELECT * FROM commerce.policy WHERE pg_size_bytes(body) > 0;
SELECT * FROM commerce.policy WHERE to_tsquery(body || ' & &') IS NOT NULL;
SELECT * FROM commerce.merchant WHERE name::regclass IS NOT NULL;
SELECT * FROM commerce.merchant WHERE set_config('foo.' || name, 'x', false) = 'y';
SELECT * FROM commerce.policy WHERE convert_from(decode(body, 'hex'), 'UTF8') = '';
SELECT * FROM commerce.policy WHERE body ~ ('(' || body);
SELECT * FROM commerce.policy WHERE has_table_privilege(body, 'SELECT');
SELECT * FROM commerce.policy WHERE to_timestamp(body, body) > now();
SELECT * FROM commerce.message WHERE convert_from(body, 'SQL_ASCII')::int2 = 1;
SELECT * FROM commerce.message WHERE to_tsquery(convert_from(body, 'UTF8') || ' & &') IS NOT NULL;
SELECT * FROM commerce.customer WHERE encode(name, 'escape')::regclass IS NOT NULL;
