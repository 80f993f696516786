-- Replaces, empties or deletes keys, so that another shop's data would be lost.
UPDATE keys.data_key SET wrapped = 'x' WHERE tenant_id = ':b_tenant';
UPDATE keys.data_key SET wrapped = NULL, destroyed_at = now();
DELETE FROM keys.data_key WHERE tenant_id = ':b_tenant';
UPDATE keys.tenant_key SET wrapped = NULL, kms_version = NULL, state = 'destroyed';
DELETE FROM keys.tenant_key;
INSERT INTO keys.data_key (tenant_id, subject_id, version, tenant_version, wrapped) VALUES (':b_tenant', ':b_visitor', 1, 1, 'x') ON CONFLICT (tenant_id, subject_id, version) DO UPDATE SET wrapped = excluded.wrapped;
