-- Shadows a guarded table with a temporary one.
CREATE TEMP TABLE message (tenant_id uuid, body text);
CREATE TEMP VIEW customer AS SELECT * FROM commerce.customer;
CREATE TEMPORARY TABLE pg_class AS SELECT 1 AS x;
SELECT body INTO TEMP stolen FROM commerce.message;
SET search_path = pg_temp, commerce;
SELECT * FROM commerce.message;
