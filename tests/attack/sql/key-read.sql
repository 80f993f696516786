-- Reads another shop's wrapped keys, and another visitor's.
SELECT * FROM keys.tenant_key WHERE tenant_id = ':b_tenant';
SELECT * FROM keys.tenant_key;
SELECT * FROM keys.data_key WHERE tenant_id = ':b_tenant' OR subject_id = ':b_visitor';
SELECT subject_id, wrapped FROM keys.data_key;
