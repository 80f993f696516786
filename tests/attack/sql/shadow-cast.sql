-- Shadows casts, types, domains and collations.
CREATE CAST (text AS uuid) WITHOUT FUNCTION;
CREATE TYPE public.uuid AS (x text);
CREATE DOMAIN pg_temp.uuid AS text;
CREATE COLLATION public.x FROM "C";
CREATE TEXT SEARCH CONFIGURATION public.english (COPY = pg_catalog.simple);
CREATE CONVERSION public.c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
SET search_path = public, pg_catalog;
SELECT * FROM commerce.product;
