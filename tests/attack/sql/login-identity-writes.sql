-- The identity login writes tenants' rows, roles and permissions.
-- as: identity
INSERT INTO commerce.customer (tenant_id, customer_id, external_id, external_index, name) VALUES (':b_tenant', gen_random_uuid(), 'x', 'x', 'x');
INSERT INTO door.seal VALUES (sha256('x'), ':b_tenant', ':b_subject', ':b_session_owner', 'owner', '{conversation.read}', 'infinity');
UPDATE door.seal SET expires_at = 'infinity';
INSERT INTO door.role_permission VALUES ('visitor', 'customer.read');
UPDATE door.role SET kind = 'merchant';
DELETE FROM door.stop;
UPDATE work.job SET attempts = 0;
SELECT door.guard('door.seal', 'visit.read', 'visit.write');
