-- The audit login reads what it appends, and changes it.
-- as: audit
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event;
UPDATE audit.event SET action = 'x';
DELETE FROM audit.event;
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) VALUES (':b_event', ':b_tenant', 'x', 200, gen_random_uuid()) ON CONFLICT (event_id) DO UPDATE SET action = 'x' RETURNING *;
INSERT INTO audit.event (event_id, tenant_id, action, status, request_id) SELECT gen_random_uuid(), tenant_id, name, 200, gen_random_uuid() FROM commerce.merchant;
COPY audit.event TO STDOUT;
TRUNCATE audit.event;
SELECT * FROM commerce.customer;
SELECT * FROM door.seal;
