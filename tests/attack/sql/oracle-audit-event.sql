-- Appends an audit event under the id of one of B's and learns from a duplicate that it exists.
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (':b_event', ':a_tenant', 'x', 200, gen_random_uuid());
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (':b_event', ':a_tenant', 'x', 200, gen_random_uuid()) ON CONFLICT DO NOTHING;
