-- Reads through ONLY, partitions and inheritance.
SELECT * FROM ONLY commerce.message;
SELECT * FROM commerce.message *;
CREATE TABLE commerce.part PARTITION OF commerce.message DEFAULT;
SELECT * FROM pg_partition_tree('commerce.message');
ALTER TABLE commerce.message ATTACH PARTITION commerce.customer DEFAULT;
