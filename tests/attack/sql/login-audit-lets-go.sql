-- The audit login lets events go: all of them, before their time, by no statement, and past a hold.
-- as: audit
SELECT * FROM audit.due('access', now() + interval '10 years', 0, 1);
SELECT audit.let_go(now() + interval '10 years', 32, 1, 'x', '{}', '{}', '{}');
SELECT audit.let_go('infinity', 32, 1, 'x', '{}', '{}', '{}');
SELECT audit.let_go(NULL, 32, 1, 'x', '{}', '{}', '{}');
SELECT audit.let_go(now(), 1000000, 1, 'x', '{}', '{}', '{}');
SELECT audit.let_go_of('access', 'infinity', 0, 1000, gen_random_uuid(), 1);
SELECT * FROM audit.standing('access', 'infinity', 0, 1000);
UPDATE audit.kind SET days = 1;
UPDATE audit.action SET kind = 'probe';
UPDATE audit.log SET let_go_due = now();
UPDATE audit.let_go_reach SET bundle = 0;
INSERT INTO audit.let_go_statement (log_id, number, note) SELECT log_id, 1, 'x' FROM audit.log;
INSERT INTO audit.let_go (log_id, statement, kind, bundle, bitmap) SELECT log_id, 1, 'access', 0, sha256('x') FROM audit.log;
DELETE FROM audit.let_go_statement;
DELETE FROM audit.hold;
SELECT audit.release(NULL);
DELETE FROM audit.event WHERE tenant_id = ':b_tenant';
