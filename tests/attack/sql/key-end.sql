-- Ends a version of the KMS's key, decides on another shop's destruction, and changes what has been counted and ended.
-- as: owner agent visitor assistant audit monitor
SELECT keys.end_kms_version('1');
SELECT keys.end_kms_version('of nobody');
SELECT keys.decide(gen_random_uuid(), 'x', true);
SELECT keys.decide(d.destruction_id, 'x', false) FROM keys.destruction d WHERE d.tenant_id = ':b_tenant';
SELECT keys.count_wrap();
UPDATE keys.kms_version SET ended_at = now();
UPDATE keys.kms_version SET wraps = 0, ended_at = NULL;
INSERT INTO keys.kms_version (version, ended_at) VALUES ('of nobody', now()) ON CONFLICT (version) DO UPDATE SET ended_at = now();
DELETE FROM keys.kms_version;
