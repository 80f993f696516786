-- Adds a key to another shop, one for another visitor, and one to one's own shop's tenant keys.
INSERT INTO keys.data_key (tenant_id, subject_id, version, tenant_version, wrapped) VALUES (':b_tenant', gen_random_uuid(), 1, 1, 'x');
INSERT INTO keys.data_key (tenant_id, subject_id, version, tenant_version, wrapped) VALUES (':b_tenant', ':b_visitor', 2, 1, 'x');
INSERT INTO keys.tenant_key (tenant_id, version, kms_version, wrapped) VALUES (':b_tenant', 2, '1', 'x');
INSERT INTO keys.tenant_key (tenant_id, version, kms_version, wrapped) VALUES (':a_tenant', 2, '1', 'x');
