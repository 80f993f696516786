-- Leaves settings behind for the next tenant: search path, encodings, formats, timeouts, isolation.
SET search_path = commerce, door, pg_catalog;
SET client_encoding = 'LATIN1';
SET DateStyle = 'German';
SET TimeZone = 'Asia/Tokyo';
SET bytea_output = 'escape';
SET statement_timeout = '1ms';
SET standard_conforming_strings = off;
SET default_transaction_read_only = on;
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SET row_security = off;
SET xmlbinary = 'hex';
SET transform_null_equals = on;
SET array_nulls = off;
SET enable_indexscan = off;
SET application_name = 'somebody else';
