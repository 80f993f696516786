-- Lets another shop's audit events go, lifts the hold on them, and shortens their time.
SELECT audit.let_go(now(), 32, 1, 'x', '{}', '{}', '{}');
SELECT * FROM audit.due('access', now(), 0, 1);
SELECT audit.let_go_of('access', 'infinity', 0, 1000, gen_random_uuid(), 1);
SELECT * FROM audit.standing('access', 'infinity', 0, 1000);
SELECT audit.drop_empty_partition();
SELECT audit.release(':b_tenant');
INSERT INTO audit.hold (tenant_id, why) VALUES (':b_tenant', 'because I can');
SELECT * FROM audit.hold;
UPDATE audit.kind SET days = 1;
SELECT statement, kind, bundle FROM audit.let_go;
SELECT number, note FROM audit.let_go_statement;
