-- Gathers statistics over B's rows itself.
ANALYZE VERBOSE commerce.message;
VACUUM VERBOSE commerce.message;
CREATE STATISTICS commerce.s (dependencies) ON author, body FROM commerce.message;
CLUSTER commerce.message USING message_pkey;
REINDEX TABLE commerce.message;
ALTER TABLE commerce.message ALTER COLUMN body SET STATISTICS 1000;
