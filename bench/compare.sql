-- After the seeded rows are closed: the same messages without row security, and under what is commonly done: a policy that trusts a session variable.
CREATE TABLE bench.message_open (LIKE commerce.message INCLUDING ALL);
CREATE TABLE bench.message_guc (LIKE commerce.message INCLUDING ALL);
INSERT INTO bench.message_open SELECT * FROM commerce.message;
INSERT INTO bench.message_guc SELECT * FROM commerce.message;
ALTER TABLE bench.message_guc ENABLE ROW LEVEL SECURITY;
ALTER TABLE bench.message_guc FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON bench.message_guc USING (tenant_id = (SELECT current_setting('app.tenant')::uuid));
GRANT SELECT ON bench.message_open, bench.message_guc TO cordon_api;
VACUUM ANALYZE;
