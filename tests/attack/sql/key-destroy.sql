-- Asks for the end of another shop's keys, approves it, takes the custodian's turn, has every process forget its keys.
INSERT INTO keys.destruction (destruction_id, tenant_id, why, legal, asked_by, due_at) VALUES (gen_random_uuid(), ':b_tenant', 'because I can', true, 'x', now());
UPDATE keys.destruction SET approved_by = 'y', approved_at = now();
SELECT * FROM keys.destruction;
UPDATE keys.turn SET until = 'infinity';
SELECT keys.forget();
