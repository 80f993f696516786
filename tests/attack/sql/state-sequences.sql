-- Reads the last values that this connection drew for somebody else.
SELECT lastval();
SELECT currval('commerce.s');
SELECT nextval('pg_catalog.pg_class_oid_seq');
SELECT setval('commerce.s', 1);
CREATE TEMP SEQUENCE s;
SELECT * FROM pg_sequences;
