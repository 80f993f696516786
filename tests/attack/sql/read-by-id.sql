-- Reads B's rows by ids that it knows.
SELECT * FROM commerce.conversation WHERE conversation_id = ':b_conversation';
SELECT * FROM commerce.message WHERE conversation_id = ':b_conversation';
SELECT * FROM commerce.customer WHERE customer_id = ':b_customer' OR email = ':b_email';
SELECT * FROM commerce.shop_order WHERE order_id = ':b_order';
SELECT * FROM work.job WHERE job_id = ':b_job';
SELECT event_id, at, tenant_id, subject_id, role, action, resource, detail FROM audit.event WHERE event_id = ':b_event';
