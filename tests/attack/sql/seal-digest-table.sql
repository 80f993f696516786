-- Reads digests and whose they are from door.seal.
-- volatile: its own digest differs from run to run
SELECT * FROM door.seal;
SELECT * FROM door.seal WHERE tenant_id = ':b_tenant';
SELECT encode(digest, 'hex') FROM door.seal WHERE session_id = ':b_session_owner';
SELECT count(*) FROM door.seal;
SELECT tenant_id, subject_id FROM door.seal ORDER BY tenant_id;
