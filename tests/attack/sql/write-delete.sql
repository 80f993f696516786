-- Deletes everything, and B's rows by their ids.
DELETE FROM commerce.message WHERE conversation_id = ':b_conversation';
DELETE FROM commerce.shop_order;
DELETE FROM commerce.message;
DELETE FROM commerce.product USING commerce.merchant m WHERE product.tenant_id <> m.tenant_id;
DELETE FROM work.job;
DELETE FROM audit.event;
DELETE FROM commerce.merchant WHERE tenant_id = ':b_tenant';
