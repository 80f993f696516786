-- Calls functions that quote their arguments in errors or notices.
-- volatile: an error quotes whichever of A's own rows comes first
SELECT * FROM commerce.message WHERE to_date(body, 'YYYY') IS NOT NULL;
SELECT * FROM commerce.message WHERE pg_size_bytes(body) > 0;
SELECT * FROM commerce.message WHERE to_tsquery(body || ' & &') IS NOT NULL;
SELECT * FROM commerce.customer WHERE name::regclass IS NOT NULL;
SELECT * FROM commerce.customer WHERE set_config('foo.' || name, 'x', false) = 'y';
SELECT * FROM commerce.message WHERE convert_from(decode(body, 'hex'), 'UTF8') = '';
SELECT * FROM commerce.message WHERE body ~ ('(' || body);
SELECT * FROM commerce.message WHERE has_table_privilege(body, 'SELECT');
SELECT * FROM commerce.message WHERE to_timestamp(body, body) > now();
