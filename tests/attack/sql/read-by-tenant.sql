-- Reads every table where the tenant is B.
SELECT * FROM commerce.merchant WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.customer WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.visitor WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.conversation WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.message WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.product WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.policy WHERE tenant_id = ':b_tenant';
SELECT * FROM commerce.shop_order WHERE tenant_id = ':b_tenant';
SELECT * FROM shopify.install WHERE tenant_id = ':b_tenant';
SELECT * FROM work.job WHERE tenant_id = ':b_tenant';
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE tenant_id = ':b_tenant';
