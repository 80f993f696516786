-- Forges, changes and removes audit events.
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (gen_random_uuid(), ':b_tenant', 'forged', 200, gen_random_uuid());
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (gen_random_uuid(), NULL, 'forged', 200, gen_random_uuid());
UPDATE audit.event SET action = 'forged';
DELETE FROM audit.event;
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event;
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (':b_event', ':b_tenant', 'forged', 200, gen_random_uuid()) ON CONFLICT (event_id) DO UPDATE SET action = 'forged' RETURNING *;
