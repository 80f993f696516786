-- The identity login ends the KMS's version that wraps a shop's key, wraps with one that has ended, takes its end back, decides twice.
-- as: identity
SELECT keys.end_kms_version(t.kms_version) FROM keys.tenant_key t ORDER BY t.tenant_id;
SELECT ended_at IS NULL FROM keys.kms_version WHERE version IN (SELECT kms_version FROM keys.tenant_key);
SELECT keys.end_kms_version('of before');
UPDATE keys.kms_version SET ended_at = NULL;
UPDATE keys.kms_version SET wraps = 0;
DELETE FROM keys.kms_version;
SELECT keys.count_wrap();
SELECT keys.decide(gen_random_uuid(), 'x', true);
SELECT keys.decide(gen_random_uuid(), 'x', false);
