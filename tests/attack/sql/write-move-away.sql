-- Moves A's rows to B, and B's rows to A.
UPDATE commerce.customer SET tenant_id = ':b_tenant';
UPDATE commerce.conversation SET tenant_id = ':a_tenant' WHERE tenant_id = ':b_tenant';
UPDATE commerce.message SET tenant_id = ':b_tenant', conversation_id = ':b_conversation';
UPDATE commerce.shop_order SET tenant_id = ':b_tenant', customer_id = NULL, conversation_id = NULL;
UPDATE audit.event SET tenant_id = ':b_tenant';
UPDATE work.job SET tenant_id = ':a_tenant' WHERE job_id = ':b_job';
