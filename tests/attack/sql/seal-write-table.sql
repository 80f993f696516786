-- Writes itself a seal, a longer life, more permissions, another tenant.
INSERT INTO door.seal (digest, tenant_id, subject_id, session_id, role, permissions, expires_at) VALUES (sha256('x'), ':b_tenant', ':b_subject', ':b_session_owner', 'owner', '{conversation.read}', 'infinity');
UPDATE door.seal SET tenant_id = ':b_tenant';
UPDATE door.seal SET expires_at = 'infinity', permissions = '{conversation.read,tenant.suspend}';
DELETE FROM door.seal;
INSERT INTO door.role_permission VALUES ('visitor', 'conversation.read');
UPDATE door.session SET tenant_id = ':b_tenant';
