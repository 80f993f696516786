-- One tenant's wrapped keys, as plant.sql has the rest.
INSERT INTO keys.tenant_key (tenant_id, version, kms_version, wrapped, made_at) VALUES (':tenant', 1, ':mark-version', ':mark-key', ':day');
INSERT INTO keys.data_key (tenant_id, subject_id, version, tenant_version, wrapped, made_at, active_from)
VALUES (':tenant', ':visitor', 1, 1, ':mark-visitors-key', ':day', ':day'), (':tenant', ':visitor2', 1, 1, ':mark2-visitors-key', ':day', ':day');
